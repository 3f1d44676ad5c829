"""Trials: specification, training, artifact, and what happens to a damaged one."""

import hashlib
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import time
import warnings
from dataclasses import asdict, fields, replace
from pathlib import Path

import keras
import numpy as np
import platformdirs
import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st
from keras import ops

from grimlib import GRIM, choose_words, consensus, decode, encode, first_layer, one_hot
from grimlib._places import cache_folder
from grimlib._scan import scores
from grimlib.paper import training, trials
from grimlib.paper.__main__ import main
from grimlib.paper.draws import STARTS
from grimlib.paper.tasks import TASK2_MOTIFS, ground_truth
from grimlib.paper.training import build_model, run, run_and_save, run_or_load
from grimlib.paper.trials import (
    Trial,
    TrialSpec,
    load_trial,
    mean_auroc,
    save_trial,
    simulate,
    stored_trial,
)
from grimlib.paper.variants import Variant

pytestmark = pytest.mark.xdist_group("trials")

ROOT = Path(__file__).parents[2]
REQUIRED = dict(
    task="task1", model="grim", pool_size=25, n_filters=4, epochs=1, seed=1, data_seed=2
)
# Something else for every field.
OTHER = dict(
    task="task2",
    model="cnn",
    pool_size=4,
    n_filters=5,
    epochs=0,
    seed=0,
    data_seed=0,
    n_sequences=60,
    views="filter",
    width=64,
    activation="linear",
    discriminator="inner",
    drop_local=True,
    negatives="fixed",
    initializer="he_normal",
    batch_size=50,
    batch_norm=False,
    both_strands=True,
    first_activation="exponential",
    encoding="other",
    start="words",
    local_norm=True,
    contrast="background",
)


def tiny(**changes):
    return TrialSpec(**{**REQUIRED, "n_sequences": 60, **changes})


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees or leaves an artifact outside its own folder."""
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(training, "STORED", tmp_path / "stored")


def own(spec):
    """Where a user's artifact of a trial is kept."""
    return cache_folder() / "trials" / spec.filename


def rounded(kernel):
    """What an artifact keeps of a kernel."""
    return kernel.astype(np.float16).astype(np.float32)


def made_up(spec, seed=0):
    """A trial that was never trained."""
    rng = np.random.default_rng(seed)
    kernel = rounded(rng.normal(size=(19, 4, spec.n_filters)))
    bias = rng.normal(size=spec.n_filters).astype("f4")
    losses = [float(x) for x in rng.uniform(1, 2, spec.epochs)]
    history = {"loss": losses, "val_loss": [x + 0.1 for x in losses]}
    metrics = {"test_auroc": 0.75} if spec.model == "cnn" else {}
    return Trial(spec, kernel, bias, history, metrics, {"versions": {"x": "1"}, "seconds": 2.5})


def assert_same(a, b):
    assert a.spec == b.spec
    for x, y in ((a.kernel, b.kernel), (a.bias, b.bias)):
        np.testing.assert_array_equal(x, y)
        assert x.dtype == y.dtype == np.float32
    assert (a.history, a.metrics) == (b.history, b.metrics)


def no_training(*_, **__):
    raise AssertionError("trained")


# --------------------------------------------------------------------------- specification and key


@pytest.mark.parametrize("name", [field.name for field in fields(TrialSpec)])
def test_key_and_filename_change_with_every_field(name):
    before = TrialSpec(**REQUIRED)
    after = replace(before, **{name: OTHER[name]})
    assert after != before
    assert after.key != before.key and after.filename != before.filename


def test_all_single_and_double_changes_have_their_own_names():
    specs = {TrialSpec(**REQUIRED)}
    for a in OTHER:
        for b in OTHER:
            specs.add(replace(TrialSpec(**REQUIRED), **{a: OTHER[a], b: OTHER[b]}))
    assert len(specs) == 1 + 23 + 253
    assert len({spec.filename for spec in specs}) == len({spec.key for spec in specs}) == len(specs)


def test_key_is_known_and_leaves_out_defaults():
    """A stored artifact must be found again by every later version."""
    spec = TrialSpec(**REQUIRED)
    assert spec.filename == "task1_grim-both_s25_d4_e1_seed1_57336b2fb420.npz"
    text = json.dumps({"protocol": 1, **REQUIRED}, sort_keys=True)
    assert spec.key == hashlib.sha256(text.encode()).hexdigest()[:12]
    again = TrialSpec(**json.loads(json.dumps(asdict(spec))))  # with every default
    assert again == spec and hash(again) == hash(spec) and again.filename == spec.filename


def test_numpy_s_numbers_are_those_of_python():
    spec = TrialSpec(**{**REQUIRED, "seed": np.int64(REQUIRED["seed"]), "batch_norm": np.True_})
    assert spec.filename == TrialSpec(**REQUIRED).filename and type(spec.seed) is int


def test_key_changes_with_the_protocol(monkeypatch):
    before = TrialSpec(**REQUIRED).key
    monkeypatch.setattr(trials, "PROTOCOL", 999)
    assert TrialSpec(**REQUIRED).key != before


BAD = dict(
    task=["task3", None],
    model=["CNN", None],
    pool_size=[0, 101, 2.0, "4", True],
    n_filters=[0, 1.5],
    epochs=[-1, 0.5, None, False],
    seed=[-1, 1.0, True, 2**32],
    data_seed=[-1, "7"],
    n_sequences=[9, 60.0],
    views=["depth", "Both", None],
    width=[-1, None],
    activation=["sigmod", None],
    discriminator=["min", None],
    drop_local=[1, None],
    negatives=["new", "dinucleotide"],
    initializer=["he", "zeros"],
    batch_size=[0, True],
    batch_norm=[0, None],
    both_strands=[1, None],
    first_activation=["gelu", None],
    encoding=["none", None],
    start=["Glorot", "word", None],
    local_norm=[1, None],
    contrast=["none", None],
)


@pytest.mark.parametrize(
    ("name", "value"), [(f.name, value) for f in fields(TrialSpec) for value in BAD[f.name]]
)
def test_bad_value_is_refused_by_the_name_of_its_field(name, value):
    with pytest.raises(ValueError) as error:
        TrialSpec(**{**REQUIRED, name: value})
    assert name in str(error.value) and str(value) in str(error.value)


def test_values_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="n_sequences is 61"):
        tiny(task="task2", n_sequences=61)
    assert tiny(task="task1", n_sequences=61).n_sequences == 61
    with pytest.raises(ValueError, match="inner.*views"):
        tiny(views="sequence", discriminator="inner")


def test_a_missing_or_unknown_field_is_refused():
    with pytest.raises(TypeError, match="seed"):
        TrialSpec(**{name: value for name, value in REQUIRED.items() if name != "seed"})
    with pytest.raises(TypeError, match="sed"):
        TrialSpec(**REQUIRED, sed=7)


# ------------------------------------------------------------------------------------------ models


def test_a_trial_s_network_has_its_settings():
    grim = dict(views="filter", width=7, activation="linear", initializer="he_normal")
    variant = dict(discriminator="inner", drop_local=True, encoding="other", local_norm=True)
    shape = dict(pool_size=25, filters=4, length=200)
    plain = build_model(tiny(**grim))
    assert type(plain) is GRIM and plain.settings == {**shape, **grim}
    for name, value in variant.items():
        assert type(build_model(tiny(**grim, **{name: value}))) is Variant
    assert build_model(tiny(**grim, **variant)).settings == {**shape, **grim, **variant}
    for task, outputs in (("task1", 11), ("task2", 1)):
        supervised = build_model(tiny(task=task, model="cnn"))
        assert supervised.output_shape == (None, outputs) and supervised.name == "CNN-25"


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_initialiser_sets_the_spread_of_every_kernel(model):
    for initializer in ("glorot_uniform", "he_normal"):
        keras.utils.set_random_seed(0)
        spec = tiny(model=model, pool_size=4, n_filters=64, initializer=initializer)
        kernels = [
            weight
            for weight in build_model(spec).trainable_weights
            if weight.name == "kernel" and np.prod(weight.shape) > 2000
        ]
        assert len(kernels) >= 3
        for weight in kernels:
            *receptive, fan_in, fan_out = weight.shape
            size = int(np.prod(receptive))
            expected = {
                "glorot_uniform": np.sqrt(2 / (size * (fan_in + fan_out))),
                "he_normal": np.sqrt(2 / (size * fan_in)),
            }[initializer]
            measured = ops.convert_to_numpy(weight).std()
            assert measured == pytest.approx(expected, rel=0.05), weight.path


def test_a_network_without_batch_normalisation_has_biases():
    model = build_model(tiny(model="cnn", batch_norm=False))
    assert not any(isinstance(layer, keras.layers.BatchNormalization) for layer in model.layers)
    assert all(layer.use_bias for layer in model.layers if hasattr(layer, "use_bias"))
    conv = model.get_layer("conv1")
    conv.bias.assign(np.linspace(-1, 1, 4))
    tokens = simulate(tiny()).tokens[:5]
    expected = ops.convert_to_numpy(keras.Model(model.input, conv.output)(tokens))
    np.testing.assert_allclose(scores(*first_layer(model), tokens), expected, atol=1e-5)


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_a_trial_starts_from_what_its_specification_says(model):
    """From words of the training sequences, or windows of them; the flanks are zero."""
    kernels = {}
    for start in STARTS:
        spec = tiny(model=model, epochs=0, start=start, n_sequences=400)
        kernels[start] = run(spec).kernel * (np.sqrt(1.001) if model == "cnn" else 1)
    plain, spread = kernels["glorot"], kernels["glorot"].std()
    widths = {"windows": slice(3, 15), "random words": slice(5, 13), "words": slice(5, 13)}
    data = simulate(tiny(n_sequences=400))
    texts = [decode(row) for row in data.tokens[data.split["train"]]]
    for start, at in widths.items():
        added = (kernels[start] - plain)[at].transpose(2, 0, 1) / spread
        words = [consensus(filter_) for filter_ in added]
        expected = one_hot(np.stack([encode(word) for word in words])) * 8 / 3 - 2 / 3
        np.testing.assert_allclose(added, expected, atol=1e-4)
        outside = np.delete(kernels[start], np.arange(19)[at], axis=0)
        np.testing.assert_allclose(outside, 0, atol=1e-6)
        if start != "random words":
            assert all(any(word in text for text in texts) for word in words)
    chosen = choose_words(data.tokens[data.split["train"]], 4, spec.seed)
    assert words == list(chosen["word"])


@pytest.mark.parametrize(
    "change",
    [
        dict(encoding="constant"),
        dict(activation="relu"),
        dict(initializer="he_normal"),
        dict(model="cnn"),
    ],
)
def test_without_a_further_encoder_all_else_of_it_is_as_by_default(change):
    with pytest.raises(ValueError, match="width 0"):
        tiny(width=0, **change)


def test_a_trial_without_a_further_encoder():
    spec = tiny(width=0, epochs=3, start="words", n_sequences=400)
    trial, again = run(spec), run(spec)
    assert "numba" in trial.provenance["versions"] and trial.metrics == {}
    assert trial.provenance["seconds"] >= 0 and not trial.collapsed
    np.testing.assert_array_equal(trial.kernel, again.kernel)
    assert [len(losses) for losses in trial.history.values()] == [3, 3]
    assert trial.history["loss"][2] < trial.history["loss"][0]


def test_the_data_depend_on_task_and_data_seed():
    data = simulate(tiny(data_seed=3))
    assert data.tokens.shape == (60, 200) and data.labels.shape == (60, 11)
    np.testing.assert_array_equal(simulate(tiny(data_seed=3, seed=9)).tokens, data.tokens)
    for change in (dict(data_seed=4), dict(data_seed=3, both_strands=True)):
        assert (simulate(tiny(**change)).tokens != data.tokens).any()
    assert simulate(tiny(task="task2")).labels.shape == (60, 1)
    for contrast in ("background", "weak", "others"):
        against = simulate(tiny(task="task2", contrast=contrast))
        assert (against.tokens[30:] != simulate(tiny(task="task2")).tokens[30:]).any()
        # Task 1 has no negative class.
        assert (simulate(tiny(data_seed=3, contrast=contrast)).tokens == data.tokens).all()


# ---------------------------------------------------------------------------------------- training

TRAINED = {
    "task1-grim": dict(epochs=2),
    "task2-grim": dict(task="task2", encoding="other", negatives="other", start="random words"),
    "task1-cnn": dict(model="cnn", epochs=2),
    "task2-cnn": dict(model="cnn", task="task2"),
    "task2-norm": dict(task="task2", local_norm=True, contrast="others"),
    "task1-filters": dict(model="filters", epochs=2),
}


@pytest.fixture(scope="module")
def trained():
    """Each tiny trial, trained when first asked for; a warning of a collapse would be an error."""
    found = {}

    def train(name):
        if name not in found:
            with warnings.catch_warnings():
                warnings.simplefilter("error", RuntimeWarning)
                found[name] = run(tiny(**TRAINED[name]))
        return found[name]

    return train


@pytest.mark.backend
@pytest.mark.parametrize("name", TRAINED)
def test_training_and_artifact(name, trained, tmp_path):
    trial = trained(name)
    spec = trial.spec
    assert spec == tiny(**TRAINED[name])
    assert trial.kernel.shape == (19, 4, 4) and trial.bias.shape == (4,)
    assert trial.kernel.dtype == trial.bias.dtype == np.float32
    keras.utils.set_random_seed(spec.seed)
    fresh = build_model(spec)
    untrained, _ = first_layer(fresh.local_encoder if spec.local_norm else fresh)
    assert np.abs(trial.kernel - untrained).max() > 0
    assert set(trial.history) == {"loss", "val_loss"}
    for values in trial.history.values():
        assert len(values) == spec.epochs and all(map(math.isfinite, values))
    assert set(trial.metrics) == (set() if spec.model == "grim" else {"test_auroc"})
    assert all(0 <= value <= 1 for value in trial.metrics.values())
    assert not trial.collapsed
    about = trial.provenance
    assert about["backend"] == keras.backend.backend()
    assert {"grimlib", "keras", "numpy", keras.backend.backend()} <= set(about["versions"])
    assert about["seconds"] >= 0 and about["processor"]

    path = tmp_path / spec.filename
    save_trial(trial, path)
    again = load_trial(path)
    assert_same(again, replace(trial, kernel=rounded(trial.kernel)))
    np.testing.assert_allclose(again.kernel, trial.kernel, rtol=1e-3, atol=1e-6)
    assert again.provenance == trial.provenance
    assert [file.name for file in tmp_path.iterdir()] == [spec.filename]


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_a_step_is_compiled_once(model, monkeypatch):
    """And one of validation: TensorFlow runs the Python code of a step when it compiles it."""
    network, compiled = GRIM if model == "grim" else keras.Model, []
    original = network.compute_loss

    def compute_loss(*given, **named):
        compiled.append(model)
        return original(*given, **named)

    monkeypatch.setattr(network, "compute_loss", compute_loss)
    run(tiny(model=model, epochs=3))
    assert len(compiled) == 2


@pytest.mark.backend
@pytest.mark.parametrize("name", ["task1-grim", "task1-cnn"])
def test_a_seed_decides_everything(name, trained):
    first = trained(name)
    keras.utils.set_random_seed(12345)  # whatever was drawn before
    assert_same(run(first.spec), first)
    other = run(replace(first.spec, seed=99))
    assert np.abs(other.kernel - first.kernel).max() > 0.01
    assert other.history != first.history


@pytest.mark.parametrize("model", ["grim", "cnn"])
def test_no_epoch_keeps_the_untrained_network(model):
    trial = run(tiny(model=model, epochs=0, seed=5))
    keras.utils.set_random_seed(5)
    kernel, bias = first_layer(build_model(trial.spec))
    np.testing.assert_array_equal(trial.kernel, kernel)
    np.testing.assert_array_equal(trial.bias, bias)
    assert trial.history == {"loss": [], "val_loss": []} and not trial.collapsed
    assert set(trial.metrics) == ({"test_auroc"} if model == "cnn" else set())
    report = trial.report(simulate(trial.spec))
    assert len(report.table) == 4 and len(report.ground_truth) == 11


def test_batch_size_is_used_for_training(monkeypatch):
    sizes = []
    batches = training.training_batches

    def recorded(*arguments, **settings):
        for batch in batches(*arguments, **settings):
            sizes.append(len(batch[0]["sequence"]))
            yield batch

    monkeypatch.setattr(training, "training_batches", recorded)
    run(tiny(n_sequences=100, batch_size=64))  # 70 to train on
    assert sizes[:2] == [64, 6]


def test_validation_loss_is_on_one_set_of_negatives(monkeypatch):
    """So that the curve is comparable: a network that does not change has one validation loss."""
    frozen = keras.optimizers.SGD(0.0)
    compile_ = GRIM.compile
    monkeypatch.setattr(GRIM, "compile", lambda self, optimizer: compile_(self, optimizer=frozen))
    trial = run(tiny(epochs=3, n_filters=2, width=4))
    assert len(set(trial.history["val_loss"])) == 1
    assert len(set(trial.history["loss"])) > 1


@pytest.mark.parametrize("policy", ["mixed_float16", "float64"])
def test_another_precision_is_refused(policy):
    before = keras.config.dtype_policy()
    keras.config.set_dtype_policy(policy)
    try:
        with pytest.raises(ValueError, match=f"Keras computes in {policy}.*set_dtype_policy"):
            run(tiny())
    finally:
        keras.config.set_dtype_policy(before)


def test_a_diverged_trial_is_no_result(monkeypatch):
    wild = keras.optimizers.SGD(1e30)
    compile_ = GRIM.compile
    monkeypatch.setattr(GRIM, "compile", lambda self, optimizer: compile_(self, optimizer=wild))
    spec = tiny(epochs=2)
    with pytest.raises(RuntimeError, match="diverged"):
        run_and_save(spec, own(spec))
    assert not own(spec).parent.exists() or list(own(spec).parent.iterdir()) == []


def test_report_uses_the_test_set_the_task_s_motifs_and_the_activation(monkeypatch):
    seen = []
    monkeypatch.setattr(
        trials, "filter_report", lambda *given, **settings: seen.append((given, settings))
    )
    spec = tiny(task="task2", first_activation="exponential")
    data = simulate(spec)
    for model, used in (("cnn", "exponential"), ("grim", "relu")):  # GRIM's is always a ReLU
        trial = made_up(replace(spec, model=model))
        trial.report(data, 5, clipped=False)
        (kernel, bias, tokens), chosen = seen.pop()
        assert kernel is trial.kernel and bias is trial.bias
        np.testing.assert_array_equal(tokens, data.tokens[data.split["test"]])
        expected = ground_truth(TASK2_MOTIFS)
        assert chosen == dict(ground_truth=expected, evalue=5, activation=used, clipped=False)


def test_provenance_where_tensorflow_is_not_the_cpu_distribution(monkeypatch):
    """After hours of training, a package of another name must not lose the result."""
    from grimlib import _provenance

    def version(package):
        if package == "tensorflow-cpu":
            raise _provenance.PackageNotFoundError(package)
        return "1.0"

    monkeypatch.setattr(_provenance, "version", version)
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    assert _provenance.provenance()["versions"]["tensorflow"] == "1.0"


# ---------------------------------------------------------------------------------------- collapse


@pytest.mark.parametrize(
    ("views", "n_views"), [("position", 8), ("filter", 4), ("both", 12), ("sequence", 1)]
)
def test_a_collapse_is_told_by_the_number_of_views(views, n_views):
    def ends_at(loss, **changes):
        trial = made_up(tiny(views=views, epochs=3, **changes))
        return replace(trial, history={"loss": [loss] * 3, "val_loss": [loss] * 3}).collapsed

    ceiling = 2 * n_views * math.log(2)
    assert ends_at(ceiling)
    assert not ends_at(ceiling * 0.99) and not ends_at(2 * (n_views + 1) * math.log(2))
    assert not ends_at(ceiling, model="cnn")


def test_a_collapsing_trial_says_so_and_its_artifact_as_well():
    """A single ReLU unit as the global encoding, below zero for every sequence: every score is
    zero and has no gradient."""
    for seed in range(10):
        spec = tiny(width=1, activation="relu", seed=seed, n_filters=2, n_sequences=40, epochs=3)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trial = run_or_load(spec)
        told = [str(w.message) for w in caught if issubclass(w.category, RuntimeWarning)]
        assert trial.collapsed == bool(told)
        if trial.collapsed:
            break
    assert trial.collapsed and spec.filename in told[0]
    assert trial.history["val_loss"][-1] == pytest.approx(2 * 10 * math.log(2), rel=1e-6)
    assert run_or_load(spec).collapsed


# ------------------------------------------------------------------------------------ run_or_load


def test_a_trial_is_trained_once_and_the_same_ever_after(monkeypatch):
    spec = tiny(n_filters=2, n_sequences=20)
    first = run_or_load(spec)
    monkeypatch.setattr(training, "run", no_training)
    assert_same(run_or_load(spec), first)
    assert run_or_load(spec).provenance == first.provenance
    assert list(own(spec).parent.iterdir()) == [own(spec)]
    with pytest.raises(AssertionError, match="trained"):
        run_or_load(replace(spec, seed=2))


def test_stored_artifacts_come_first(monkeypatch):
    spec = tiny()
    save_trial(made_up(spec, seed=1), training.STORED / spec.filename)
    save_trial(made_up(spec, seed=2), own(spec))
    monkeypatch.setattr(training, "run", no_training)
    assert_same(run_or_load(spec), made_up(spec, seed=1))


def test_the_cache_is_the_user_s_or_the_one_chosen(tmp_path, monkeypatch):
    assert cache_folder() == tmp_path / "cache"
    for unset in (lambda: monkeypatch.setenv("GRIMLIB_CACHE", ""), monkeypatch.undo):
        unset()
        monkeypatch.delenv("GRIMLIB_CACHE", raising=False)
        assert cache_folder() == platformdirs.user_cache_path("grimlib")


def test_an_unwritable_cache_is_told_before_training(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(training, "run", no_training)
    with pytest.raises(OSError, match=r"file.*GRIMLIB_CACHE"):
        run_or_load(tiny())


def test_a_missing_trial_names_the_command_that_trains_it(tmp_path):
    spec = tiny()
    with pytest.raises(FileNotFoundError, match=f"python -m grimlib.paper run {spec.filename}"):
        stored_trial(spec, tmp_path)
    with pytest.raises(FileNotFoundError, match=r"none\.npz does not exist"):
        load_trial(tmp_path / "none.npz")


# ------------------------------------------------------------------------------------- checkpoints


class StopAfter(keras.callbacks.Callback):
    """Ctrl-C in the epoch after this one."""

    def __init__(self, epochs):
        super().__init__()
        self.epochs = epochs

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epochs:
            raise KeyboardInterrupt


def trained_in_parts(spec, checkpoint, *stops):
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            run(spec, [StopAfter(stop)], checkpoint)
    return run(spec, checkpoint=checkpoint)


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, marks=pytest.mark.backend),
        dict(negatives="fixed", encoding="gains"),
        dict(negatives="other", views="filter"),
    ],
)
def test_a_stopped_training_goes_on_to_the_same_result(change, tmp_path):
    spec = tiny(epochs=4, **change)
    whole = run(spec)
    parts = trained_in_parts(spec, tmp_path / "c", 1, 3)
    assert_same(parts, whole)
    assert parts.provenance["resumed after epochs"] == [1, 3]
    assert "resumed after epochs" not in whole.provenance
    # What is complete is not trained again.
    assert_same(run(spec, [StopAfter(0)], tmp_path / "c"), whole)


def test_the_training_time_of_all_parts_is_kept(tmp_path):
    spec = tiny(epochs=2)
    pause = keras.callbacks.LambdaCallback(on_epoch_begin=lambda epoch, logs: time.sleep(0.5))
    with pytest.raises(KeyboardInterrupt):
        run(spec, [pause, StopAfter(1)], tmp_path / "c")
    assert run(spec, [pause], tmp_path / "c").provenance["seconds"] >= 1


def test_a_supervised_training_has_no_checkpoint_and_begins_anew(tmp_path):
    parts = trained_in_parts(tiny(model="cnn", epochs=2), tmp_path / "c", 1)
    assert list(tmp_path.iterdir()) == []
    assert len(parts.history["loss"]) == 2 and "resumed after epochs" not in parts.provenance


def test_the_checkpoint_of_another_trial_or_version_is_refused_and_kept(tmp_path, monkeypatch):
    spec, checkpoint = tiny(epochs=2), tmp_path / "c"
    with pytest.raises(KeyboardInterrupt):
        run(spec, [StopAfter(1)], checkpoint)
    before = checkpoint.read_bytes()
    for change in (dict(seed=5), dict(negatives="fixed"), dict(encoding="other")):
        other = replace(spec, **change)
        with pytest.raises(ValueError, match=f"{spec.filename}.*{other.filename}"):
            run(other, checkpoint=checkpoint)
    # A trial says with which versions it was trained, so it is trained with one of each.
    now = training.provenance()
    older = {**now, "versions": {**now["versions"], "keras": "3.0"}}
    monkeypatch.setattr(training, "provenance", lambda: older)
    with pytest.raises(ValueError, match="keras is '.*', not '3.0'"):
        run(spec, checkpoint=checkpoint)
    assert checkpoint.read_bytes() == before


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_trial_goes_on_from_its_last_epoch(tmp_path):
    """kill -9 in the third epoch of the command that trains the book's trials, and here again."""
    spec = tiny(epochs=5)
    folder = tmp_path / "out"
    (tmp_path / "specs.json").write_text(json.dumps([asdict(spec)]))
    program = """
import os, signal, sys
from grimlib.paper import fitting
from grimlib.paper.__main__ import main
ended = fitting._Watch.on_epoch_end
def on_epoch_end(self, epoch, logs=None):
    if epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    ended(self, epoch, logs)
fitting._Watch.on_epoch_end = on_epoch_end
main()
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    arguments = ["run", "--specs", str(tmp_path / "specs.json"), "--folder", str(folder)]
    ended = subprocess.run(
        [sys.executable, "-c", program, *arguments], capture_output=True, text=True, env=environment
    )
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    (left,) = folder.iterdir()
    assert left.name == Path(spec.filename).with_suffix(".checkpoint").name
    again = CliRunner().invoke(main, arguments)
    assert again.exit_code == 0, (again.output, again.exception)
    assert list(folder.iterdir()) == [folder / spec.filename]
    trial = load_trial(folder / spec.filename)
    assert trial.provenance["resumed after epochs"] == [2]
    whole = run(spec)
    assert_same(trial, replace(whole, kernel=rounded(whole.kernel)))


# ------------------------------------------------------------------------------- damaged artifacts


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """The bytes of an artifact, and a place to try changed ones."""
    path = tmp_path_factory.mktemp("damaged") / "x.npz"
    save_trial(made_up(tiny(n_filters=1)), path)
    return path.read_bytes(), path


@settings(deadline=None, max_examples=200)
@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(0, 255))
def test_a_cut_or_changed_byte_is_noticed_or_harmless(whole, place, flip):
    """A disk or a download may lose or change bytes: never another result, nor another error."""
    content, path = whole
    at = int(place * len(content))
    changed = content[:at]
    if flip:
        changed += bytes([content[at] ^ flip]) + content[at + 1 :]
    path.write_bytes(changed)
    try:
        loaded = load_trial(path)
    except ValueError as error:
        assert "x.npz" in str(error)
    else:
        assert flip, "a file that was cut is never whole"
        assert_same(loaded, made_up(tiny(n_filters=1)))


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def test_what_is_no_artifact_is_refused_and_kept(monkeypatch):
    spec = tiny()
    path = own(spec)
    save_trial(made_up(spec), path)
    with np.load(path) as arrays:
        parts = dict(arrays)
    about = json.loads(str(parts["about"]))
    wrong_spec = {**about, "spec": {**about["spec"], "n_filters": 5}}
    monkeypatch.setattr(training, "run", no_training)
    for other in (
        dict(x=np.zeros(3)),
        dict(parts, kernel=np.array([Harmful()], dtype=object)),
        dict(parts, kernel=np.zeros((18, 4, 4), "f4")),
        dict(parts, bias=np.zeros(5, "f4")),
        dict(parts, about=np.array("[1]")),
        dict(parts, about=np.array(json.dumps(wrong_spec))),
        pickle.dumps(Harmful()),
    ):
        if isinstance(other, bytes):
            path.write_bytes(other)
        else:
            np.savez_compressed(path, **other)
        before = path.read_bytes()
        for load in (lambda: load_trial(path), lambda: run_or_load(spec)):
            with pytest.raises(ValueError, match="run the trial again") as error:
                load()
            assert str(path) in str(error.value)
        assert path.read_bytes() == before


def test_right_file_under_another_trial_s_name(monkeypatch):
    spec, other = tiny(), tiny(seed=2)
    save_trial(made_up(other), own(spec))
    monkeypatch.setattr(training, "run", no_training)
    with pytest.raises(ValueError, match=f"{spec.filename} holds another .*{other.filename}"):
        run_or_load(spec)
    assert_same(load_trial(own(spec)), made_up(other))


# ------------------------------------------------------------------------------------------ AUROC


def naive_auroc(truth, score):
    pairs = [(p, n) for p in score[truth == 1] for n in score[truth == 0]]
    return sum(1.0 if p > n else 0.5 if p == n else 0.0 for p, n in pairs) / len(pairs)


@settings(deadline=None, max_examples=50)
@given(seed=st.integers(0, 2**32), n=st.integers(2, 20), levels=st.integers(1, 6))
def test_mean_auroc_counts_pairs(seed, n, levels):
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, (n, 3), dtype=np.int8)
    scores = rng.integers(0, levels, (n, 3)).astype("f4")  # with ties
    areas = [
        naive_auroc(labels[:, k], scores[:, k]) for k in range(3) if 0 < labels[:, k].sum() < n
    ]
    got = mean_auroc(labels, scores)
    assert got == pytest.approx(np.mean(areas)) if areas else math.isnan(got)


def test_mean_auroc_by_hand():
    labels = np.array([[1, 1], [1, 1], [0, 1], [0, 1]])
    scores = np.array([[0.9, 0], [0.4, 0], [0.4, 0], [0.1, 0]])
    assert mean_auroc(labels, scores) == pytest.approx(3.5 / 4)  # the second label tells nothing
    assert mean_auroc(labels[:, :1], -scores[:, :1]) == pytest.approx(0.5 / 4)
    assert math.isnan(mean_auroc(labels[:, 1:], scores[:, 1:]))
