"""The networks against the paper's section 4, layer by layer and number by number."""

import json
import zipfile

import keras
import numpy as np
import pytest
from keras import layers, ops

from grimlib._checks import VIEWS
from grimlib._scan import scores
from grimlib.losses import grim_loss
from grimlib.models import GRIM, OneHot, cnn, first_layer, pooled_sizes, set_first_layer
from grimlib.sequences import dinucleotide_shuffle, one_hot

pytestmark = [pytest.mark.backend, pytest.mark.xdist_group("models")]


def random_tokens(n, length, seed=0, unknown=True):
    return np.random.default_rng(seed).integers(0, 5 if unknown else 4, (n, length), dtype=np.int8)


def random_batch(n, length, seed=0):
    tokens = random_tokens(n, length, seed)
    return {"sequence": tokens, "shuffled": dinucleotide_shuffle(tokens, np.random.default_rng(1))}


def numpy_of(tensor):
    return np.asarray(ops.convert_to_numpy(tensor))


def randomise(model, seed=0, scale=1.0):
    """Give every weight a random value, biases and normalisation included."""
    rng = np.random.default_rng(seed)
    for weight in model.weights:
        inputs = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 4
        value = rng.normal(0, scale / np.sqrt(inputs), weight.shape)  # nothing saturates
        if "variance" in weight.path:
            value = rng.uniform(0.05, 2, weight.shape)  # of the order of epsilon and above
        if "seed" not in weight.path:
            weight.assign(value.astype("float32"))
    return model


def of_kind(model, kind):
    """The layers of one kind, in the order of the data."""
    parts = [model.local_encoder, model.further_encoder] if isinstance(model, GRIM) else [model]
    return [layer for part in parts for layer in part.layers if isinstance(layer, kind)]


# ------------------------------------------------------------- the layers, written out in NumPy


def relu(x):
    return np.maximum(x, 0)


def convolve(x, kernel, bias=0.0):
    """Keras's "same" convolution for an odd width: (N, L, C) with (width, C, F)."""
    pad = len(kernel) // 2
    padded = np.pad(x, ((0, 0), (pad, pad), (0, 0)))
    result = np.zeros((*x.shape[:2], kernel.shape[2]))
    for i, weights in enumerate(kernel):
        result += padded[:, i : i + x.shape[1]] @ weights
    return result + bias


def max_pool(x, size):
    positions = x.shape[1] // size
    return np.stack([x[:, i * size : (i + 1) * size].max(axis=1) for i in range(positions)], axis=1)


def normalise(x, weights):
    gamma, beta, mean, variance = weights
    return (x - mean) / np.sqrt(variance + 1e-3) * gamma + beta


def weights_of(weights):
    return [numpy_of(weight) for weight in weights]


# --------------------------------------------------------------------------------- supervised CNN


@pytest.mark.parametrize(("pool_size", "pools"), [(4, [4, 25]), (25, [25, 4])])
@pytest.mark.parametrize(("filters", "outputs"), [(128, 11), (64, 1)])
def test_cnn_has_the_paper_s_layers(pool_size, pools, filters, outputs):
    model = cnn(pool_size, filters, outputs)
    assert model.input_shape == (None, 200)
    assert model.output_shape == (None, outputs)
    assert [layer.pool_size[0] for layer in of_kind(model, layers.MaxPooling1D)] == pools
    convolutions = [(layer.filters, layer.kernel_size) for layer in of_kind(model, layers.Conv1D)]
    assert convolutions == [(filters, (19,)), (128, (5,))]
    assert [layer.units for layer in of_kind(model, layers.Dense)] == [512, outputs]
    # Before each hidden layer's ReLU, in the order of the data; nothing else is normalised.
    kinds = [type(layer) for layer in model.layers]
    norms = [i for i, kind in enumerate(kinds) if kind is layers.BatchNormalization]
    relus = [i for i, kind in enumerate(kinds) if kind is layers.ReLU]
    assert len(norms) == len(relus) == 3
    assert all(a < b for a, b in zip(norms, relus, strict=True))
    assert all(b < a for a, b in zip(norms[1:], relus[:-1], strict=True))
    # Dropout behind each max pooling and the dense hidden layer.
    assert [layer.rate for layer in of_kind(model, layers.Dropout)] == [0.1, 0.1, 0.5]
    relevant = (layers.MaxPooling1D, layers.Dense, layers.Dropout)
    order = [type(layer).__name__ for layer in model.layers if isinstance(layer, relevant)]
    assert order == ["MaxPooling1D", "Dropout"] * 2 + ["Dense", "Dropout", "Dense"]
    # Two positions remain behind the second pooling of either network.
    convolution = 19 * 4 * filters + 4 * filters + 5 * filters * 128 + 4 * 128
    assert model.count_params() == (convolution + 2 * 128 * 512 + 4 * 512 + 512 * outputs + outputs)


@pytest.mark.parametrize("length", [40, 47])
@pytest.mark.parametrize("first", ["relu", "exponential"])
def test_cnn_is_its_literal_computation(length, first):
    """Convolution, normalisation, activation, then max pooling: the paper's order."""
    model = randomise(cnn(4, 3, 2, length, first_activation=first), scale=2)
    tokens = random_tokens(6, length)
    got = numpy_of(model(tokens, training=False))

    conv1, *rest = weights_of(model.weights)
    norm1, (conv2, *rest) = rest[:4], rest[4:]
    norm2, (dense, *rest) = rest[:4], rest[4:]
    norm3, (logits, bias) = rest[:4], rest[4:]
    activate = {"relu": relu, "exponential": np.exp}[first]
    x = max_pool(activate(normalise(convolve(one_hot(tokens), conv1), norm1)), 4)
    x = max_pool(relu(normalise(convolve(x, conv2), norm2)), length // 8)
    x = relu(normalise(x.reshape(6, -1) @ dense, norm3)) @ logits + bias
    assert (x.std(axis=0) > 0.05).all()  # the sequences differ
    np.testing.assert_allclose(got, x, rtol=1e-3, atol=1e-3)


def test_cnn_gives_logits_from_tokens():
    model = cnn(25, 4, 2)
    assert model.layers[-1].activation is keras.activations.linear
    assert keras.backend.standardize_dtype(model.inputs[0].dtype) == "int8"


@pytest.fixture(scope="module")
def trained_cnn():
    keras.utils.set_random_seed(3)
    model = cnn(4, 5, 2, length=60)
    model.compile("adam", keras.losses.BinaryCrossentropy(from_logits=True))
    tokens = random_tokens(40, 60)
    labels = (tokens[:, :2] == 0).astype("float32")
    model.fit(tokens, labels, batch_size=10, epochs=2, verbose=0)
    return model, tokens


@pytest.mark.parametrize("small_variance", [False, True])
def test_first_layer_of_the_trained_cnn(trained_cnn, small_variance):
    trained, tokens = trained_cnn
    model = keras.models.clone_model(trained)
    model.set_weights(trained.get_weights())
    norm = model.get_layer("conv1_norm")
    assert np.abs(numpy_of(norm.moving_mean)).max() > 1e-3
    rng = np.random.default_rng(0)
    norm.gamma.assign(rng.uniform(-2, 2, 5).astype("float32"))  # trained far, signs and all
    norm.beta.assign(rng.normal(size=5).astype("float32"))
    if small_variance:  # so that forgetting epsilon would show
        norm.moving_variance.assign(np.full(5, 1e-3, "float32"))
    kernel, bias = first_layer(model)
    assert kernel.shape == (19, 4, 5) and bias.shape == (5,)
    assert kernel.dtype == bias.dtype == np.float32

    local = keras.Model(model.inputs[0], model.get_layer("local").output)
    expected = numpy_of(local(tokens, training=False))
    assert (expected > 0).any(axis=(0, 1)).sum() >= 3
    got = max_pool(relu(scores(kernel, bias, tokens)), 4)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-4)


def test_an_unknown_first_activation_is_refused():
    with pytest.raises(ValueError, match="first_activation is 'gelu'"):
        cnn(25, 4, 2, first_activation="gelu")


FILTERS = np.random.default_rng(5).normal(size=(19, 4, 3)).astype("f4")
BIAS = np.array([-3, 0.5, 2], "f4")


def local_encoding(tokens):
    return relu(scores(FILTERS, BIAS, tokens))


@pytest.mark.parametrize("training", [False, True])
def test_a_network_starts_from_given_filters(training):
    """Behind batch normalisation, too, and in training as well as in inference."""
    tokens = random_tokens(64, 60)
    model = randomise(cnn(4, 3, 2, length=60), scale=2)
    norm = model.get_layer("conv1_norm")
    set_first_layer(model.get_layer("conv1"), FILTERS, BIAS, norm, one_hot(tokens))
    kernel, bias = first_layer(model)
    np.testing.assert_allclose(kernel, FILTERS, rtol=1e-4)
    np.testing.assert_allclose(bias, BIAS, atol=1e-4)
    local = keras.Model(model.inputs[0], model.get_layer("local").output)
    expected = max_pool(local_encoding(tokens), 4)
    assert 0.05 < (expected > 0).mean() < 1
    got = numpy_of(local(tokens, training=training))
    np.testing.assert_allclose(got, expected, rtol=1e-3, atol=2e-3)


@pytest.mark.parametrize("use_bias", [False, True])
def test_a_bias_before_the_normalisation_is_no_second_threshold(use_bias):
    tokens = random_tokens(64, 60)
    inputs = keras.Input((60, 4))
    conv = keras.layers.Conv1D(3, 19, padding="same", use_bias=use_bias, bias_initializer="ones")
    norm = keras.layers.BatchNormalization()
    model = keras.Model(inputs, keras.layers.ReLU()(norm(conv(inputs))))
    set_first_layer(conv, FILTERS, BIAS, norm, one_hot(tokens))
    got = numpy_of(model(one_hot(tokens), training=False))
    np.testing.assert_allclose(got, local_encoding(tokens), rtol=1e-3, atol=2e-3)


def test_a_network_without_normalisation_starts_from_given_filters():
    tokens = random_tokens(8, 60)
    conv = keras.layers.Conv1D(3, 19, padding="same", activation="relu")
    model = keras.Sequential([keras.Input((60, 4)), conv])
    set_first_layer(conv, FILTERS, BIAS)
    got = numpy_of(model(one_hot(tokens)))
    np.testing.assert_allclose(got, local_encoding(tokens), rtol=1e-4, atol=1e-4)


def test_filters_that_do_not_fit_are_refused_before_anything_changes():
    tokens = one_hot(random_tokens(4, 60))
    plain = keras.layers.Conv1D(3, 19, name="plain")
    with pytest.raises(ValueError, match="'plain' .*None"):
        set_first_layer(plain, FILTERS, BIAS)
    plain.build((None, 60, 4))
    before = numpy_of(plain.kernel).copy()
    for kernel, bias in ((FILTERS[:, :, :2], BIAS[:2]), (FILTERS[1:], BIAS), (FILTERS, BIAS[:2])):
        with pytest.raises(ValueError, match=r"'plain' .*\(19, 4, 3\)"):
            set_first_layer(plain, kernel, bias)
    for norm, sequences in (
        (keras.layers.BatchNormalization(name="norm"), None),
        (keras.layers.BatchNormalization(name="norm", scale=False), tokens),
        (keras.layers.BatchNormalization(name="norm", center=False), tokens),
    ):
        with pytest.raises(ValueError, match="'norm' .*scale.*center.*one_hot"):
            set_first_layer(plain, FILTERS, BIAS, norm, sequences)
    np.testing.assert_array_equal(numpy_of(plain.kernel), before)
    bare = keras.layers.Conv1D(3, 19, use_bias=False, name="bare")
    bare.build((None, 60, 4))
    with pytest.raises(ValueError, match="'bare' has no bias"):
        set_first_layer(bare, FILTERS, BIAS)


# ------------------------------------------------------------------------------------------ GRIM


def literal_grim(model, batch):
    """Scores by the paper's order of layers, with the outer product formed."""
    settings = model.settings
    pool = settings["pool_size"]
    kernel, bias = weights_of(model.local_encoder.weights)

    def local_encoding(tokens):
        return max_pool(relu(convolve(one_hot(tokens), kernel, bias)), pool)

    trained = weights_of(model.further_encoder.trainable_weights)
    conv2, bias2, dense, bias3, to_h, bias4 = trained
    local = local_encoding(batch["sequence"])
    x = max_pool(relu(convolve(local, conv2, bias2)), settings["length"] // (2 * pool))
    x = relu(x.reshape(len(x), -1) @ dense + bias3) @ to_h + bias4
    h = {
        "sigmoid": lambda x: 1 / (1 + np.exp(-x)),
        "relu": relu,
        "linear": lambda x: x,
        "tanh": np.tanh,
    }[settings["activation"]](x)

    scores = {}
    shuffled = local_encoding(batch["shuffled"])
    for name, encoding in (("matched", local), ("mismatched", shuffled)):
        outer = encoding[:, :, :, None] * h[:, None, None, :]
        position, filter_ = outer.max(axis=(2, 3)), outer.max(axis=(1, 3))
        scores[name] = {
            "position": position,
            "filter": filter_,
            "both": np.concatenate([position, filter_], axis=1),
            "sequence": outer.max(axis=(1, 2, 3))[:, None],
        }[settings["views"]]
    return scores


@pytest.mark.parametrize(
    ("views", "activation", "width"),
    [(views, "sigmoid", 6) for views in VIEWS]
    + [("both", activation, 6) for activation in ("relu", "linear", "tanh")]
    # One unit is negative for some sequences, where the largest local encoding is not the best.
    + [("both", "linear", 1), ("filter", "tanh", 1)],
)
def test_grim_is_its_literal_computation(views, activation, width):
    """At a length that neither pooling divides."""
    model = GRIM(4, 3, length=47, views=views, width=width, activation=activation)
    model.build({"sequence": (None, 47), "shuffled": (None, 47)})
    randomise(model, seed=1)
    if width == 1:
        model.local_encoder.get_layer("conv1_bias").bias.assign(np.full(3, 2, "float32"))
    batch = random_batch(5, 47)
    got = model(batch, training=False)
    expected = literal_grim(model, batch)
    for name in ("matched", "mismatched"):
        assert got[name].shape == (5, model.n_views)
        np.testing.assert_allclose(numpy_of(got[name]), expected[name], rtol=1e-3, atol=1e-4)
    assert np.abs(expected["matched"] - expected["mismatched"]).max() > 0.01
    if width == 1:
        assert (expected["matched"] < -0.01).any()


@pytest.mark.parametrize(("pool_size", "pools"), [(4, [4, 25]), (25, [25, 4])])
def test_grim_has_the_paper_s_layers_and_no_normalisation(pool_size, pools):
    model = GRIM(pool_size, 64)
    assert [layer.pool_size[0] for layer in of_kind(model, layers.MaxPooling1D)] == pools
    convolutions = [(layer.filters, layer.kernel_size) for layer in of_kind(model, layers.Conv1D)]
    assert convolutions == [(64, (19,)), (128, (5,))]
    assert [layer.units for layer in of_kind(model, layers.Dense)] == [512, 128]
    assert [layer.rate for layer in of_kind(model, layers.Dropout)] == [0.1, 0.1, 0.5]
    assert not of_kind(model, layers.BatchNormalization)
    assert sum(int(np.prod(w.shape)) for w in model.trainable_weights) == (
        (19 * 4 * 64 + 64) + (5 * 64 * 128 + 128) + (256 * 512 + 512) + (512 * 128 + 128)
    )
    assert model.n_views == 200 // pool_size + 64


def test_defaults_of_grim():
    model = GRIM(25, 4)
    assert model.settings == dict(
        pool_size=25,
        filters=4,
        length=200,
        views="both",
        width=128,
        activation="sigmoid",
        initializer="glorot_uniform",
    )


@pytest.fixture(scope="module")
def trained_grim():
    keras.utils.set_random_seed(4)
    model = GRIM(4, 5, length=60, width=8)
    model.compile("adam")
    batch = random_batch(40, 60)
    model.fit(batch, batch_size=10, epochs=2, verbose=0)
    return model, batch


def test_first_layer_of_the_trained_grim(trained_grim):
    model, batch = trained_grim
    kernel, bias = first_layer(model)
    assert kernel.shape == (19, 4, 5) and bias.shape == (5,)
    assert np.abs(bias).max() > 1e-4
    expected = numpy_of(model.local_encoder(batch["sequence"]))
    got = max_pool(relu(scores(kernel, bias, batch["sequence"])), 4)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-5)


def test_evaluated_loss_is_grim_loss_of_the_scores(trained_grim):
    """Averaged over all sequences, also where the last batch is smaller."""
    model, batch = trained_grim

    def loss_of(rows):
        scores = model({name: tokens[rows] for name, tokens in batch.items()}, training=False)
        return float(grim_loss(scores["matched"], scores["mismatched"]))

    whole = loss_of(slice(None))
    assert model.evaluate(batch, batch_size=40, verbose=0) == pytest.approx(whole, rel=1e-5)
    assert model.evaluate(batch, batch_size=15, verbose=0) == pytest.approx(whole, rel=1e-5)
    assert float(model.test_on_batch(batch)) == pytest.approx(whole, rel=1e-5)
    assert loss_of(slice(10)) != pytest.approx(whole, rel=1e-5)


def test_one_step_changes_every_weight_of_c_and_f():
    keras.utils.set_random_seed(5)
    model = GRIM(4, 5, length=60, width=8)
    model.compile("adam")
    batch = random_batch(40, 60)
    before = [w.copy() for w in weights_of(model.trainable_weights)]
    assert len(before) == 8
    model.train_on_batch(batch)
    for weight, old in zip(model.trainable_weights, before, strict=True):
        assert np.abs(numpy_of(weight) - old).max() > 1e-5, weight.path


def test_training_tells_sequences_from_shuffles():
    """Ten nucleotides in every sequence, and in hardly any shuffle: the loss must fall well below
    that of scores that tell nothing."""
    keras.utils.set_random_seed(6)
    tokens = random_tokens(200, 40, unknown=False)
    tokens[:, 10:20] = [0, 2, 1, 3, 3, 0, 1, 2, 2, 0]
    batch = {"sequence": tokens, "shuffled": dinucleotide_shuffle(tokens, np.random.default_rng(0))}
    model = GRIM(20, 8, length=40, views="filter", width=16)
    model.compile(keras.optimizers.Adam(0.01))
    model.fit(batch, batch_size=50, epochs=15, verbose=0)
    after = model.evaluate(batch, verbose=0)
    assert after < 0.8 * 2 * model.n_views * np.log(2)


@pytest.mark.parametrize("views", VIEWS)
@pytest.mark.parametrize("activation", ["sigmoid", "linear"])
def test_without_a_further_encoder_scores_are_the_maxima_of_c(views, activation):
    model = GRIM(4, 3, length=47, views=views, width=0, activation=activation)
    model.build({"sequence": (None, 47), "shuffled": (None, 47)})
    randomise(model)
    assert model.further_encoder is None
    assert [weight.shape for weight in model.weights] == [(19, 4, 3), (3,)]
    batch = random_batch(5, 47)
    got = model(batch, training=True)
    for name, source in (("matched", "sequence"), ("mismatched", "shuffled")):
        c = numpy_of(model.local_encoder(batch[source], training=True))
        of_positions, of_filters = c.max(axis=2), c.max(axis=1)
        expected = {
            "position": of_positions,
            "filter": of_filters,
            "both": np.concatenate([of_positions, of_filters], axis=1),
            "sequence": c.max(axis=(1, 2))[:, None],
        }[views]
        np.testing.assert_array_equal(numpy_of(got[name]), expected)


def test_training_and_a_file_without_a_further_encoder(tmp_path):
    keras.utils.set_random_seed(6)
    tokens = random_tokens(200, 40, unknown=False)
    tokens[:, 10:20] = [0, 2, 1, 3, 3, 0, 1, 2, 2, 0]
    batch = {"sequence": tokens, "shuffled": dinucleotide_shuffle(tokens, np.random.default_rng(0))}
    model = GRIM(20, 8, length=40, width=0)
    model.compile(keras.optimizers.Adam(0.01))
    before = [w.copy() for w in weights_of(model.trainable_weights)]
    model.fit(batch, batch_size=50, epochs=15, verbose=0)
    assert model.evaluate(batch, verbose=0) < 0.8 * 2 * model.n_views * np.log(2)
    for weight, old in zip(weights_of(model.trainable_weights), before, strict=True):
        assert np.abs(weight - old).max() > 1e-5
    model.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras")
    assert again.further_encoder is None and again.settings == model.settings
    for name, expected in model(batch).items():
        np.testing.assert_array_equal(numpy_of(again(batch)[name]), numpy_of(expected))


def test_dropout_acts_in_training_only(trained_grim, trained_cnn):
    model, batch = trained_grim
    still = [numpy_of(model(batch, training=False)["matched"]) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    moving = [numpy_of(model(batch, training=True)["matched"]) for _ in range(2)]
    assert (moving[0] != moving[1]).any()
    assert (moving[0] != still[0]).any()
    supervised, tokens = trained_cnn
    still = [numpy_of(supervised(tokens, training=False)) for _ in range(2)]
    np.testing.assert_array_equal(*still)
    assert (numpy_of(supervised(tokens, training=True)) != still[0]).any()


def test_build_makes_every_weight(recwarn):
    model = GRIM(4, 3, length=30, width=4)
    model.build({"sequence": (None, 30), "shuffled": (None, 30)})
    weights = len(model.trainable_weights)
    assert [str(w.message) for w in recwarn if "build" in str(w.message)] == []
    model(random_batch(2, 30))
    assert len(model.trainable_weights) == weights


# ----------------------------------------------------------------------------------- tokens, files


def test_one_hot_layer():
    tokens = np.array([[0, 1, 2, 3, 4]], dtype=np.int8)
    got = numpy_of(OneHot()(ops.convert_to_tensor(tokens)))
    np.testing.assert_array_equal(got, one_hot(tokens))
    np.testing.assert_array_equal(got[0], [*np.eye(4), np.zeros(4)])


def test_weights_file(trained_grim, tmp_path):
    model, batch = trained_grim
    model.save_weights(tmp_path / "x.weights.h5")
    again = GRIM.from_config(model.get_config())
    again.build({"sequence": (None, 60), "shuffled": (None, 60)})
    assert again.settings == model.settings
    expected = model(batch)
    assert (numpy_of(again(batch)["matched"]) != numpy_of(expected["matched"])).any()
    again.load_weights(tmp_path / "x.weights.h5")
    for name in ("matched", "mismatched"):
        np.testing.assert_array_equal(numpy_of(again(batch)[name]), numpy_of(expected[name]))


def test_config_keeps_every_setting():
    settings = (5, 3, 33, "filter", 7, "linear", "he_normal")
    again = GRIM.from_config(GRIM(*settings, name="other").get_config())
    assert tuple(again.settings.values()) == settings
    assert again.name == "other"


OLDER = {"discriminator": "max", "drop_local": False}  # settings that GRIM's files once named


def test_an_older_configuration_is_the_same_network():
    model = GRIM(4, 3, length=33)
    assert GRIM.from_config({**model.get_config(), **OLDER}).settings == model.settings
    # Another value is another network, and is not passed over.
    for other in ({"discriminator": "inner"}, {"drop_local": True}):
        with pytest.raises((TypeError, ValueError), match=next(iter(other))):
            GRIM.from_config({**model.get_config(), **OLDER, **other})


def test_an_older_model_file(trained_grim, tmp_path):
    model, batch = trained_grim
    model.save(tmp_path / "new.keras")
    with (
        zipfile.ZipFile(tmp_path / "new.keras") as new,
        zipfile.ZipFile(tmp_path / "old.keras", "w") as old,
    ):
        for name in new.namelist():
            data = new.read(name)
            if name == "config.json":
                about = json.loads(data)
                about["config"] |= OLDER
                data = json.dumps(about).encode()
            old.writestr(name, data)
    again = keras.saving.load_model(tmp_path / "old.keras")
    np.testing.assert_array_equal(
        numpy_of(again(batch)["matched"]), numpy_of(model(batch)["matched"])
    )


def test_model_files(trained_grim, trained_cnn, tmp_path):
    model, batch = trained_grim
    model.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras")
    np.testing.assert_array_equal(
        numpy_of(again(batch)["matched"]), numpy_of(model(batch)["matched"])
    )
    supervised, tokens = trained_cnn
    supervised.save(tmp_path / "y.keras")
    again = keras.saving.load_model(tmp_path / "y.keras")
    np.testing.assert_array_equal(numpy_of(again(tokens)), numpy_of(supervised(tokens)))


# -------------------------------------------------------------------------------------- bad input


@pytest.mark.parametrize(
    ("length", "pool_size", "sizes"),
    [(200, 4, (50, 25)), (200, 25, (8, 4)), (19, 1, (19, 9)), (47, 4, (11, 5)), (50, 25, (2, 1))],
)
def test_pooled_sizes(length, pool_size, sizes):
    assert pooled_sizes(length, pool_size) == sizes


@pytest.mark.parametrize(("length", "pool_size", "needed"), [(18, 4, 19), (49, 25, 50), (0, 1, 19)])
def test_too_short_sequences(length, pool_size, needed):
    message = f"{length} nt .*CNN-{pool_size}: .* {needed} nt"
    for build in (
        lambda: pooled_sizes(length, pool_size),
        lambda: cnn(pool_size, 4, 1, length),
        lambda: GRIM(pool_size, 4, length),
    ):
        with pytest.raises(ValueError, match=message):
            build()


def test_shortest_sequences_run():
    batch = random_batch(3, 19)
    assert GRIM(4, 2, 19)(batch)["matched"].shape == (3, 4 + 2)
    assert cnn(9, 2, 1, 19)(batch["sequence"]).shape == (3, 1)


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (dict(views="depth"), "views is 'depth'.*position, filter, both, sequence"),
        (dict(activation="sigmod"), "sigmod"),
    ],
)
def test_bad_settings(settings, message):
    with pytest.raises(ValueError, match=message):
        GRIM(4, 3, **settings)


def test_numpy_integers_are_integers(tmp_path):
    four, length = np.int64(4), np.int32(40)
    network = GRIM(four, four, length, width=four)
    network.save(tmp_path / "x.keras")
    assert (
        keras.saving.load_model(tmp_path / "x.keras").settings == GRIM(4, 4, 40, width=4).settings
    )
    assert cnn(four, four, four, length).output_shape == (None, 4)


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_training_in_another_precision(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        model = GRIM(4, 3, 40, width=5)
        model.compile("adam")
        assert np.isfinite(model.fit(random_batch(4, 40), verbose=0).history["loss"]).all()
    finally:
        keras.config.set_dtype_policy(before)


def test_a_model_file_of_a_stranger_runs_no_code(tmp_path, monkeypatch):
    """Keras opens it in its safe mode, which importing grimlib leaves on."""
    monkeypatch.chdir(tmp_path)
    inputs, tokens = keras.Input((40,)), np.zeros((1, 40))
    keras.Sequential([inputs, layers.Lambda(lambda x: open("ran", "w").close() or x)]).save(
        "code.keras"
    )
    (tmp_path / "ran").unlink()
    call = dict(module="os", class_name="system", config="touch ran", registered_name="system")
    keras.Sequential([inputs, layers.Dense(3)]).save("good.keras")
    for where in ("layer", "activation"):
        with (
            zipfile.ZipFile("good.keras") as good,
            zipfile.ZipFile(f"{where}.keras", "w") as bad,
        ):
            for name in good.namelist():
                data = good.read(name)
                if name == "config.json":
                    about = json.loads(data)
                    dense = about["config"]["layers"][1]
                    dense["config"]["activation"] = call
                    about["config"]["layers"][1] = call if where == "layer" else dense
                    data = json.dumps(about).encode()
                bad.writestr(name, data)
    for name in ("code", "layer", "activation"):
        with pytest.raises((ValueError, TypeError)):
            keras.saving.load_model(f"{name}.keras")(tokens)
    assert not (tmp_path / "ran").exists()
    keras.saving.load_model("code.keras", safe_mode=False)(tokens)
    assert (tmp_path / "ran").exists(), "it would have run"


def test_a_users_data_format_changes_nothing():
    tokens = np.zeros((2, 40), np.int8)
    shapes = []
    for data_format in ("channels_first", "channels_last"):
        keras.config.set_image_data_format(data_format)  # as a keras.json does
        networks = (GRIM(4, 3, 40, width=5), cnn(4, 3, 1, 40))
        shapes.append([[weight.shape for weight in network.weights] for network in networks])
        assert networks[0].local_encoder(tokens).shape == (2, 10, 3)
        assert networks[1](tokens).shape == (2, 1)
    assert shapes[0] == shapes[1]
