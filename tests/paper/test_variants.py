"""GRIM but for one thing: global encodings, discriminator, dropout, and negatives."""

from itertools import islice

import keras
import numpy as np
import pytest
from keras import ops

from grimlib import GRIM, dinucleotide_shuffle, first_layer, training_batches
from grimlib._scan import scores
from grimlib.paper.draws import NEGATIVES, training_negatives
from grimlib.paper.trials import ENCODINGS
from grimlib.paper.variants import Variant, filter_classifier, filter_loss

pytestmark = [pytest.mark.backend, pytest.mark.xdist_group("models")]

TOKENS = np.random.default_rng(0).integers(0, 4, (40, 47), dtype=np.int8)
BATCH = {"sequence": TOKENS, "shuffled": dinucleotide_shuffle(TOKENS, np.random.default_rng(1))}
SMALL = dict(pool_size=4, filters=3, length=47, width=6)
KERNEL = np.random.default_rng(2).normal(0, 0.1, (19, 4, 3))


def numpy_of(tensor):
    return np.array(ops.convert_to_numpy(tensor))


def weights_of(weights):
    return [numpy_of(weight) for weight in weights]


def randomise(layer):
    """Give every weight a random value, biases included."""
    rng = np.random.default_rng(0)
    for weight in layer.trainable_weights:
        inputs = np.prod(weight.shape[:-1]) if len(weight.shape) > 1 else 4
        weight.assign(rng.normal(0, 1 / np.sqrt(inputs), weight.shape).astype("float32"))


# --------------------------------------------------------------------------------- encodings


def test_a_sequence_s_own_encoding_is_grim_to_the_bit():
    trained = []
    for kind in (GRIM, Variant):
        keras.utils.set_random_seed(7)
        model = kind(**SMALL)
        model.compile("adam")
        history = model.fit(BATCH, batch_size=10, epochs=2, verbose=0).history
        trained.append((history["loss"], weights_of(model.trainable_weights)))
    (losses, weights), (same_losses, same_weights) = trained
    assert losses == same_losses and len(weights) == len(same_weights) == 8
    for weight, same in zip(weights, same_weights, strict=True):
        np.testing.assert_array_equal(weight, same)


def test_a_constant_encoding_is_grim_without_its_further_encoder_to_the_bit():
    trained = []
    for model in (Variant(**SMALL, encoding="constant"), GRIM(**SMALL | {"width": 0})):
        model.local_encoder.get_layer("conv1").kernel.assign(KERNEL)
        model.compile("adam")
        losses = model.fit(BATCH, batch_size=10, epochs=2, shuffle=False, verbose=0).history["loss"]
        trained.append([losses, *weights_of(model.trainable_weights)])
    assert len(trained[0]) == 3
    for one, same in zip(*trained, strict=True):
        np.testing.assert_array_equal(one, same)


def literal_scores(local, h, views):
    """Eq. (2), with the outer product formed."""
    outer = local[:, :, :, None] * h[:, None, None, :]
    if views == "sequence":
        return outer.max(axis=(1, 2, 3))[:, None]
    families = {"position": outer.max(axis=(2, 3)), "filter": outer.max(axis=(1, 3))}
    return np.concatenate([families[name] for name in families if views in (name, "both")], axis=1)


@pytest.mark.parametrize("views", ["position", "filter", "both", "sequence"])
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_scores_are_eq_2_with_the_encoding_chosen(encoding, views):
    model = Variant(**SMALL, views=views, activation="linear", encoding=encoding)  # h < 0 as well
    randomise(model.local_encoder)
    local, shuffled = (numpy_of(model.local_encoder(BATCH[name])) for name in BATCH)
    gain = np.array({"gain": [1.7], "gains": [0.0, 0.4, 1.7]}.get(encoding, [1.0]))
    if encoding in ("constant", "gain", "gains"):
        assert model.further_encoder is None
        h = np.ones((len(TOKENS), 1))
    else:
        source = BATCH["shuffled" if encoding == "shuffled" else "sequence"]
        h = numpy_of(model.further_encoder(model.local_encoder(source), training=False))
        h = {"other": h[np.arange(-1, len(h) - 1)]}.get(encoding, h)
    if encoding in ("gain", "gains"):
        model.gain.assign(gain)
    got = model(BATCH, training=False)
    for name, encoded in (("matched", local), ("mismatched", shuffled)):
        assert got[name].shape == (40, model.n_views)
        expected = literal_scores(encoded * gain, h, views)
        np.testing.assert_allclose(numpy_of(got[name]), expected, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("encoding", ["gain", "gains"])
def test_gains_are_learned_and_stay_at_or_above_zero(encoding):
    """Between sequences that nothing tells apart, a high score costs more than it gains."""
    model = Variant(**SMALL, encoding=encoding)
    assert model.gain.shape == ({"gain": 1, "gains": 3}[encoding],)
    randomise(model.local_encoder)
    model.local_encoder.trainable = False
    gains = [numpy_of(model.gain)]
    for rate in (0.01, 100.0):  # by a step of the second size, they would go below zero
        model.compile(keras.optimizers.SGD(rate))
        model.train_on_batch({"sequence": TOKENS, "shuffled": TOKENS[::-1].copy()})
        gains.append(numpy_of(model.gain))
    start, less, least = gains
    assert (start == 1).all() and (0 < less).all() and (less < 1).all() and (least == 0).all()


# ------------------------------------------------------- batch normalisation of local encodings


@pytest.mark.xfail(
    keras.backend.backend() == "jax",
    reason="on JAX, the averages of GRIM's batch normalisation do not move",
)
def test_a_normalised_grim_has_the_supervised_network_s_first_layer():
    keras.utils.set_random_seed(4)
    plain = GRIM(**SMALL)
    keras.utils.set_random_seed(4)
    model = Variant(**SMALL, local_norm=True)
    np.testing.assert_array_equal(
        first_layer(plain)[0], model.local_encoder.get_layer("conv1").kernel
    )
    assert len(model.trainable_weights) == len(plain.trainable_weights) + 1  # gain and offset
    norm = model.local_encoder.get_layer("conv1_norm")
    model.compile("adam")
    model.fit(BATCH, batch_size=10, epochs=2, verbose=0)
    # Training normalises by the batch, and moves the averages that `first_layer` folds in.
    assert (numpy_of(norm.moving_mean) != 0).all() and (numpy_of(norm.gamma) != 1).all()
    expected = scores(*first_layer(model.local_encoder), TOKENS)[:, :44].reshape(40, 11, 4, 3)
    local = numpy_of(model.local_encoder(TOKENS, training=False))
    np.testing.assert_allclose(local, np.maximum(expected.max(axis=2), 0), atol=1e-5)


# ----------------------------------------------------------------- labels, filter by filter


def test_single_filters_are_told_the_labels_each_for_itself():
    model = filter_classifier(3, 2, 47)
    randomise(model)
    kernel, bias = first_layer(model)
    highest = np.maximum(scores(kernel, bias, TOKENS).max(axis=1), 0)
    layer = model.get_layer("logits")
    expected = highest[:, :, None] * numpy_of(layer.scale) + numpy_of(layer.offset)
    logits = numpy_of(model(TOKENS))
    np.testing.assert_allclose(logits, expected.reshape(40, 6), rtol=1e-4, atol=1e-4)
    labels = np.random.default_rng(0).integers(0, 2, (40, 2)).astype("int8")
    entropies = [
        keras.losses.BinaryCrossentropy(from_logits=True)(labels, one)
        for one in expected.transpose(1, 0, 2)
    ]
    got = filter_loss(ops.convert_to_tensor(labels), ops.convert_to_tensor(logits))
    assert float(got) == pytest.approx(np.mean([float(e) for e in entropies]), rel=1e-5)


def test_filters_start_with_labels_of_their_own_where_there_are_several():
    one, several = (
        numpy_of(filter_classifier(50, k, 47).get_layer("logits").scale) for k in (1, 9)
    )
    assert (one == 1).all() and several.shape == (50, 9)
    assert abs(several.mean()) < 0.2 and several.std() == pytest.approx(1, abs=0.1)


def test_one_filter_s_labels_do_not_move_another_filter():
    model = filter_classifier(3, 1, 47)
    randomise(model)
    layer = model.get_layer("logits")
    layer.scale.assign([[0.0], [1.0], [0.0]])
    before = first_layer(model)[0]
    layer.trainable = False
    model.compile(keras.optimizers.SGD(1.0), filter_loss)
    model.train_on_batch(TOKENS, np.ones((40, 1), "int8"))
    moved = (first_layer(model)[0] != before).any(axis=(0, 1))
    assert moved.tolist() == [False, True, False]


def test_a_filter_classifier_is_saved_and_loaded(tmp_path):
    model = filter_classifier(3, 2, 47)
    model.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras")
    np.testing.assert_array_equal(numpy_of(again(TOKENS)), numpy_of(model(TOKENS)))


# ------------------------------------------------------------------------- dropout before D


@pytest.mark.parametrize("drop_local", [False, True])
def test_dropout_before_the_discriminator_reaches_the_scores(drop_local, monkeypatch):
    model = Variant(4, 50, 47, views="filter", activation="relu", drop_local=drop_local)
    seen = []
    inner = model.discriminate
    monkeypatch.setattr(model, "discriminate", lambda c, h: seen.append(numpy_of(c)) or inner(c, h))
    for training in (False, True):
        model(BATCH, training=training)
    for plain, trained in zip(seen[:2], seen[2:], strict=True):  # sequences, shuffles
        if not drop_local:
            np.testing.assert_allclose(trained, plain, atol=1e-5)
            continue
        kept = plain > 0
        assert (trained[kept] == 0).mean() == pytest.approx(0.1, abs=0.02)
        survived = kept & (trained > 0)
        np.testing.assert_allclose(trained[survived], plain[survived] / 0.9, atol=1e-5)


# ------------------------------------------------------------------ inner-product discriminator


@pytest.mark.parametrize("views", ["position", "filter", "both"])
def test_inner_product_is_that_of_the_projections(views):
    model = Variant(**SMALL, views=views, discriminator="inner")
    randomise(model.inner_product)
    rng = np.random.default_rng(0)
    local, global_ = rng.normal(size=(2, 11, 3)), rng.normal(size=(2, 6))
    got = model.discriminate(*(ops.convert_to_tensor(x, "float32") for x in (local, global_)))
    assert got.shape == (2, {"position": 11, "filter": 3, "both": 14}[views])
    assert got.shape[1] == model.n_views

    def projected(projection, x):
        (a, b), (c, d), (e, f) = (weights_of(layer.weights) for layer in projection)
        return x @ a + b + np.maximum(x @ c + d, 0) @ e + f

    expected = []
    for family, (of_local, of_global) in model.inner_product.projections.items():
        seen = local if family == "position" else local.transpose(0, 2, 1)
        phi, theta = projected(of_local, seen), projected(of_global, global_)
        expected.append((phi * theta[:, None]).sum(axis=-1))
    np.testing.assert_allclose(numpy_of(got), np.concatenate(expected, 1), rtol=1e-3, atol=5e-2)


def test_every_weight_of_the_inner_product_is_built_at_once_and_trained(recwarn):
    model = Variant(**SMALL, discriminator="inner")
    weights = len(model.trainable_weights)
    # The quicker way for each: JAX would compile each operation by itself.
    model.compile("adam", run_eagerly=keras.backend.backend() == "tensorflow")
    model.train_on_batch(BATCH)
    assert [str(w.message) for w in recwarn if "build" in str(w.message)] == []
    assert len(model.trainable_weights) == weights == 8 + 24  # 3 layers, 2 projections, 2 families
    before = weights_of(model.inner_product.trainable_weights)
    model.train_on_batch(BATCH)
    for weight, old in zip(model.inner_product.trainable_weights, before, strict=True):
        assert (numpy_of(weight) != old).any(), weight.path


# ----------------------------------------------------------------------------- files, bad input


@pytest.mark.parametrize(
    "changes",
    [
        *(dict(encoding=encoding) for encoding in ENCODINGS),
        dict(discriminator="inner", encoding="other", initializer="he_normal"),
        dict(discriminator="inner", encoding="constant", views="position"),
        dict(drop_local=True, encoding="gains", views="sequence"),
        dict(local_norm=True, encoding="other"),
    ],
)
def test_a_variant_is_saved_and_loaded(changes, tmp_path):
    model = Variant(**SMALL, **changes, name="other")
    model(BATCH)
    randomise(model)
    model.save(tmp_path / "x.keras")
    again = keras.saving.load_model(tmp_path / "x.keras")
    assert isinstance(again, Variant) and again.name == "other"
    assert again.settings == model.settings and changes.items() <= again.settings.items()
    assert len(again.trainable_weights) == len(model.trainable_weights)
    for name, expected in model(BATCH).items():
        np.testing.assert_array_equal(numpy_of(again(BATCH)[name]), numpy_of(expected))


@pytest.mark.parametrize(
    "changes",
    [
        dict(discriminator="min"),
        dict(encoding="none"),
        dict(views="depth"),
        dict(views="sequence", discriminator="inner"),
    ],
)
def test_bad_settings_are_refused_by_name(changes):
    with pytest.raises(ValueError) as error:
        Variant(**SMALL, **changes)
    for name, value in changes.items():
        assert name in str(error.value) and (value in str(error.value) or name == "views")


# --------------------------------------------------------------------------------- negatives


def pairs_of_epochs(kind, n_epochs):
    """For each epoch, every sequence's negative example."""
    negatives = training_negatives(kind, TOKENS, seed=3)
    batches = training_batches(TOKENS, 10, seed=3, negatives=negatives)
    epochs = []
    for _ in range(n_epochs):
        several = [batch for (batch,) in islice(batches, 4)]
        rows = [[row.tobytes() for b in several for row in b[name]] for name in BATCH]
        epochs.append(dict(zip(*rows, strict=True)))
        assert set(epochs[-1]) == {row.tobytes() for row in TOKENS}
    batches.close()
    return epochs


def n_grams(row, n):
    return tuple(sorted(row[i : i + n] for i in range(len(row) - n + 1)))


@pytest.mark.parametrize("kind", NEGATIVES)
def test_negatives_change_from_epoch_to_epoch_unless_they_are_fixed(kind):
    first, second, third = pairs_of_epochs(kind, 3)
    if kind == "fixed":
        assert first == second == third
    else:
        assert sum(first[row] == second[row] for row in first) < len(first) / 10


@pytest.mark.parametrize("kind", ["fresh", "fixed", "mononucleotide"])
def test_shuffles_keep_what_they_are_named_for(kind):
    (pairs,) = pairs_of_epochs(kind, 1)
    for sequence, negative in pairs.items():
        assert negative != sequence and n_grams(negative, 1) == n_grams(sequence, 1)
    same = [n_grams(negative, 2) == n_grams(sequence, 2) for sequence, negative in pairs.items()]
    assert not any(same) if kind == "mononucleotide" else all(same)


@pytest.mark.parametrize("kind", ["other", "other shuffled"])
def test_no_sequence_meets_itself_among_the_others(kind):
    (pairs,) = pairs_of_epochs(kind, 1)
    pairs_in = {n_grams(sequence, 2): sequence for sequence in pairs}
    assert len(pairs_in) == len(TOKENS)  # by its dinucleotides, a shuffle tells what it is of
    met = {sequence: pairs_in[n_grams(negative, 2)] for sequence, negative in pairs.items()}
    assert set(met.values()) == set(pairs)  # each is met once
    assert all(one != other for one, other in met.items())
    exactly = [pairs[sequence] == other for sequence, other in met.items()]
    assert all(exactly) if kind == "other" else not any(exactly)
