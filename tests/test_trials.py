"""Trials: specification, training, artifact, and what happens to a damaged one."""

import gc
import hashlib
import json
import math
import os
import pickle
import signal
import subprocess
import sys
import threading
import time
import warnings
from dataclasses import asdict, fields, replace
from itertools import islice
from pathlib import Path

import keras
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib import trials
from grimlib.losses import collapsed_loss
from grimlib.models import GRIM, first_layer
from grimlib.sequences import dinucleotide_shuffle, reverse_complement
from grimlib.trials import (
    Trial,
    TrialSpec,
    build_model,
    cache_folder,
    load_trial,
    mean_auroc,
    run,
    run_or_load,
    save_trial,
    simulate,
    training_batches,
)

pytestmark = pytest.mark.xdist_group("trials")

ROOT = Path(__file__).parents[1]
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
)


def tiny(**changes):
    return TrialSpec(**{**REQUIRED, "n_sequences": 60, **changes})


@pytest.fixture(autouse=True)
def own_folders(tmp_path, monkeypatch):
    """No test sees or leaves an artifact outside its own folder."""
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(trials, "STORED", tmp_path / "stored")


def made_up(spec, seed=0):
    """A trial that was never trained."""
    rng = np.random.default_rng(seed)
    kernel = rng.normal(size=(19, 4, spec.n_filters)).astype("f4")
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


def test_every_field_has_another_value_here():
    assert list(OTHER) == [field.name for field in fields(TrialSpec)]
    spec = TrialSpec(**REQUIRED)
    for name, value in OTHER.items():
        assert getattr(spec, name) != value


@pytest.mark.parametrize("name", OTHER)
def test_key_and_filename_change_with_every_field(name):
    before = TrialSpec(**REQUIRED)
    after = replace(before, **{name: OTHER[name]})
    assert after.key != before.key
    assert after.filename != before.filename


def test_all_single_and_double_changes_have_their_own_names():
    specs = {TrialSpec(**REQUIRED)}
    for a in OTHER:
        for b in OTHER:
            specs.add(replace(TrialSpec(**REQUIRED), **{a: OTHER[a], b: OTHER[b]}))
    assert len(specs) == 1 + 19 + 171
    assert len({spec.filename for spec in specs}) == len({spec.key for spec in specs}) == len(specs)


@settings(deadline=None, max_examples=30)
@given(seed=st.integers(0, 2**32 - 1), epochs=st.integers(0, 999))
def test_equal_specifications_have_equal_keys(seed, epochs):
    a = TrialSpec(**{**REQUIRED, "seed": seed, "epochs": epochs})
    b = TrialSpec(**json.loads(json.dumps(asdict(a))))
    assert a == b and a.key == b.key and a.filename == b.filename
    assert replace(a, seed=(seed + 1) % 2**32).key != a.key


def test_key_is_known_and_leaves_out_defaults():
    """A stored artifact must be found again by every later version."""
    spec = TrialSpec(**REQUIRED)
    assert spec.filename == "task1_grim-both_s25_d4_e1_seed1_57336b2fb420.npz"
    text = json.dumps({"protocol": 1, **REQUIRED}, sort_keys=True)
    assert spec.key == hashlib.sha256(text.encode()).hexdigest()[:12]
    defaults = dict(
        n_sequences=25_000, views="both", width=128, activation="sigmoid", discriminator="max"
    )
    assert TrialSpec(**REQUIRED, **defaults).key == spec.key
    assert {f.name: getattr(spec, f.name) for f in fields(spec) if f.name in defaults} == defaults


def test_key_changes_with_the_protocol(monkeypatch):
    before = TrialSpec(**REQUIRED).key
    monkeypatch.setattr(trials, "PROTOCOL", 999)
    assert TrialSpec(**REQUIRED).key != before


def test_the_same_seed_in_another_model_has_another_name():
    names = {
        TrialSpec(**{**REQUIRED, "model": model, "views": views}).filename
        for model in ("grim", "cnn")
        for views in ("both", "filter", "position", "sequence")
    }
    assert len(names) == 8
    assert all(Path(name).name == name and name.endswith(".npz") for name in names)


BAD = [
    ("task", ["task3", "", None, 1]),
    ("model", ["CNN", "gan", None]),
    ("pool_size", [0, -4, 101, 2.0, "4", None, True]),
    ("n_filters", [0, -1, 1.5, "128", True]),
    ("epochs", [-1, 0.5, "1", None, False]),
    ("seed", [-1, 1.0, "7", None, True, 2**32]),
    ("data_seed", [-1, 1.0, "7", None]),
    ("n_sequences", [9, 0, -10, 60.0, "60"]),
    ("views", ["depth", "", None, "Both"]),
    ("width", [0, -1, 1.5, None]),
    ("activation", ["sigmod", "", None, 3]),
    ("discriminator", ["min", None]),
    ("drop_local", [1, None, "yes"]),
    ("negatives", ["new", "", None, "dinucleotide"]),
    ("initializer", ["he", "", None, "zeros"]),
    ("batch_size", [0, -1, 1.5, None, True]),
    ("batch_norm", [0, None]),
    ("both_strands", [1, None]),
    ("first_activation", ["gelu", "", None, 3]),
]


def test_bad_values_are_listed_for_every_field():
    assert [name for name, _ in BAD] == list(OTHER)


@pytest.mark.parametrize(("name", "value"), [(name, v) for name, vs in BAD for v in vs])
def test_bad_value_is_refused_by_the_name_of_its_field(name, value):
    with pytest.raises(ValueError) as error:
        TrialSpec(**{**REQUIRED, name: value})
    message = str(error.value)
    assert name in message
    assert str(value) in message or repr(value) in message


def test_values_that_do_not_go_together_are_refused():
    with pytest.raises(ValueError, match="n_sequences is 61.*even"):
        tiny(task="task2", n_sequences=61)
    assert tiny(task="task1", n_sequences=61).n_sequences == 61
    with pytest.raises(ValueError, match=r"discriminator.*inner.*views"):
        tiny(views="sequence", discriminator="inner")


@pytest.mark.parametrize("activation", ["linear", "relu", "sigmoid"])
def test_activations_of_the_book_are_accepted(activation):
    assert tiny(activation=activation).activation == activation


def test_a_missing_or_unknown_field_is_refused():
    with pytest.raises(TypeError, match="seed"):
        TrialSpec(**{name: value for name, value in REQUIRED.items() if name != "seed"})
    with pytest.raises(TypeError, match="sed"):
        TrialSpec(**REQUIRED, sed=7)


def test_specification_is_frozen_and_hashable():
    spec = TrialSpec(**REQUIRED)
    with pytest.raises(AttributeError):
        spec.seed = 2
    assert {spec: 1}[TrialSpec(**REQUIRED)] == 1


# ------------------------------------------------------------------------------------------ models


def test_build_model():
    grim = build_model(
        tiny(views="filter", width=7, activation="linear", discriminator="inner", n_filters=3)
    )
    assert isinstance(grim, GRIM)
    assert grim.settings == dict(
        pool_size=25,
        filters=3,
        length=200,
        views="filter",
        width=7,
        activation="linear",
        discriminator="inner",
        initializer="glorot_uniform",
        drop_local=False,
    )
    for task, outputs in (("task1", 11), ("task2", 1)):
        supervised = build_model(tiny(task=task, model="cnn"))
        assert supervised.output_shape == (None, outputs)
        assert supervised.name == "CNN-25"


def test_simulate_takes_the_data_seed():
    data = simulate(tiny(data_seed=3))
    assert data.tokens.shape == (60, 200) and data.labels.shape == (60, 11)
    np.testing.assert_array_equal(simulate(tiny(data_seed=3, seed=9)).tokens, data.tokens)
    assert (simulate(tiny(data_seed=4)).tokens != data.tokens).any()
    assert simulate(tiny(task="task2")).labels.shape == (60, 1)


# ---------------------------------------------------------------------------------------- training

TRAINED = {
    "task1-grim": dict(epochs=2),
    "task2-grim": dict(task="task2", views="filter"),
    "task1-cnn": dict(model="cnn", epochs=2),
    "task2-cnn": dict(model="cnn", task="task2"),
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


@pytest.mark.parametrize("name", TRAINED)
def test_training_and_artifact(name, trained, tmp_path):
    trial = trained(name)
    spec = trial.spec
    assert spec == tiny(**TRAINED[name])
    assert trial.kernel.shape == (19, 4, 4) and trial.bias.shape == (4,)
    assert trial.kernel.dtype == trial.bias.dtype == np.float32
    assert set(trial.history) == {"loss", "val_loss"}
    for values in trial.history.values():
        assert len(values) == spec.epochs and all(map(math.isfinite, values))
        assert all(type(value) is float for value in values)
    assert set(trial.metrics) == ({"test_auroc"} if spec.model == "cnn" else set())
    assert all(0 <= value <= 1 for value in trial.metrics.values())
    assert not trial.collapsed
    about = trial.provenance
    assert about["backend"] == keras.backend.backend()
    assert {"grimlib", "keras", "numpy", keras.backend.backend()} <= set(about["versions"])
    assert about["seconds"] >= 0 and about["processor"]
    assert json.loads(json.dumps(about)) == about

    path = tmp_path / spec.filename
    save_trial(trial, path)
    again = load_trial(path)
    assert_same(again, trial)
    assert again.provenance == trial.provenance
    assert [file.name for file in tmp_path.iterdir()] == [spec.filename]


def test_training_moves_the_filters(trained):
    for name in TRAINED:
        trial = trained(name)
        keras.utils.set_random_seed(trial.spec.seed)
        untrained, _ = first_layer(build_model(trial.spec))
        assert 0 < np.abs(trial.kernel - untrained).max()


@pytest.mark.parametrize("name", ["task1-grim", "task1-cnn"])
def test_a_seed_decides_everything(name, trained):
    first = trained(name)
    # Whatever was drawn before, and whatever the global generators hold.
    keras.utils.set_random_seed(12345)
    assert_same(run(first.spec), first)
    other = run(replace(first.spec, seed=99))
    assert np.abs(other.kernel - first.kernel).max() > 0.01
    assert other.history != first.history


def test_no_epoch_keeps_the_untrained_network():
    for model in ("grim", "cnn"):
        spec = tiny(model=model, epochs=0, seed=5)
        trial = run(spec)
        keras.utils.set_random_seed(5)
        kernel, bias = first_layer(build_model(spec))
        np.testing.assert_array_equal(trial.kernel, kernel)
        np.testing.assert_array_equal(trial.bias, bias)
        assert trial.history == {"loss": [], "val_loss": []}
        assert not trial.collapsed
        assert set(trial.metrics) == ({"test_auroc"} if model == "cnn" else set())


def test_progress_bar_tells_losses(capsys):
    run(tiny(n_filters=2, width=4, n_sequences=20))
    shown = capsys.readouterr().err
    assert "task1 grim seed 1" in shown and "1/1" in shown
    assert "val_loss=" in shown


def test_report_uses_the_test_set_and_the_task_s_motifs(monkeypatch):
    seen = []
    monkeypatch.setattr(trials, "filter_report", lambda *arguments: seen.append(arguments))
    spec = tiny(task="task2")
    data = simulate(spec)
    trial = made_up(spec)
    trial.report(data)
    kernel, bias, tokens, ground_truth, evalue, activation = seen[0]
    for model, used in (("cnn", "exponential"), ("grim", "relu")):  # GRIM's is always a ReLU
        made_up(replace(spec, model=model, first_activation="exponential")).report(data)
        assert seen.pop()[-1] == used
    assert (evalue, activation) == (0.1, "relu")
    assert kernel is trial.kernel and bias is trial.bias
    np.testing.assert_array_equal(tokens, data.tokens[data.split["test"]])
    assert ground_truth == ("SRF", "CEBPB", "FOSL1", "MAFK", "MAX", "SP1")


def test_report_of_an_untrained_network():
    trial = run(tiny(epochs=0))
    report = trial.report(simulate(trial.spec))
    assert len(report.table) == 4 and len(report.ground_truth) == 11


def test_provenance_where_tensorflow_is_not_the_cpu_distribution(monkeypatch):
    """After hours of training, a package of another name must not lose the result."""

    def version(package):
        if package == "tensorflow-cpu":
            raise trials_metadata.PackageNotFoundError(package)
        return "1.0"

    import importlib.metadata as trials_metadata

    monkeypatch.setattr(trials_metadata, "version", version)
    monkeypatch.setattr(trials, "version", version, raising=False)
    monkeypatch.setattr(keras.backend, "backend", lambda: "tensorflow")
    assert "tensorflow" in trials.provenance()["versions"]


# ---------------------------------------------------------------------------------------- collapse


@pytest.mark.parametrize(
    ("views", "n_views"), [("position", 8), ("filter", 4), ("both", 12), ("sequence", 1)]
)
def test_collapse_is_recognised(views, n_views):
    ceiling = 2 * n_views * math.log(2)

    def ends_at(loss, **changes):
        trial = made_up(tiny(views=views, epochs=2, **changes))
        return replace(trial, history={"loss": [0.0, 0.0], "val_loss": [0.0, loss]}).collapsed

    assert collapsed_loss(n_views) == ceiling
    assert ends_at(ceiling)
    assert ends_at(ceiling * 1.0005) and ends_at(ceiling * 0.9995)
    assert not ends_at(ceiling * 0.99) and not ends_at(ceiling * 1.01)
    assert not ends_at(float("nan"))
    assert not ends_at(ceiling, model="cnn")


def test_only_the_last_epoch_tells_a_collapse():
    ceiling = collapsed_loss(12)
    trial = made_up(tiny(epochs=2))
    history = {"loss": [ceiling, ceiling], "val_loss": [ceiling, 1.0]}
    assert not replace(trial, history=history).collapsed


def test_a_collapsing_run_says_so():
    """A single ReLU unit as the global encoding, below zero for every sequence: every score is
    zero and has no gradient."""
    for seed in range(10):
        spec = tiny(width=1, activation="relu", seed=seed, n_filters=2, n_sequences=40)
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            trial = run(spec)
        told = [w for w in caught if "collapsed" in str(w.message)]
        assert trial.collapsed == bool(told)
        if trial.collapsed:
            break
    assert trial.collapsed
    assert trial.history["val_loss"][-1] == pytest.approx(2 * 10 * math.log(2), rel=1e-6)
    (warning,) = told
    assert issubclass(warning.category, RuntimeWarning)
    for part in (spec.filename, f"width is {spec.width}", f"{trial.history['val_loss'][-1]:.4f}"):
        assert part in str(warning.message)
    # Named, kept, and named again from the file.
    save_trial(trial, cache_folder() / spec.filename)
    assert run_or_load(spec).collapsed


# ------------------------------------------------------------------------------------ run_or_load


def test_trains_once(monkeypatch):
    spec = tiny()
    trained = made_up(spec)
    calls = []
    monkeypatch.setattr(trials, "run", lambda s, **_: calls.append(s) or trained)
    assert run_or_load(spec) is trained
    assert calls == [spec]
    path = cache_folder() / spec.filename
    assert path.is_file()
    monkeypatch.setattr(trials, "run", no_training)
    assert_same(run_or_load(spec), trained)
    assert [file.name for file in path.parent.iterdir()] == [spec.filename]
    with pytest.raises(AssertionError, match="trained"):
        run_or_load(replace(spec, seed=2))


def test_cache_folder(tmp_path, monkeypatch):
    assert cache_folder() == tmp_path / "cache"
    monkeypatch.setenv("GRIMLIB_CACHE", "")
    inside = cache_folder()
    monkeypatch.delenv("GRIMLIB_CACHE")
    assert cache_folder() == inside
    assert inside.is_relative_to(ROOT)


def test_stored_artifacts_come_first(monkeypatch):
    spec = tiny()
    save_trial(made_up(spec, seed=1), trials.STORED / spec.filename)
    save_trial(made_up(spec, seed=2), cache_folder() / spec.filename)
    monkeypatch.setattr(trials, "run", no_training)
    assert_same(run_or_load(spec), made_up(spec, seed=1))


def test_the_repository_s_own_artifacts_can_be_loaded():
    for path in sorted((ROOT / "data" / "trials").glob("*.npz")):
        assert load_trial(path).spec.filename == path.name


def test_an_unwritable_cache_is_told_before_training(tmp_path, monkeypatch):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(trials, "run", no_training)
    with pytest.raises((ValueError, OSError), match=r"file.*GRIMLIB_CACHE"):
        run_or_load(tiny())
    assert (tmp_path / "file").read_text() == "no folder"


# ------------------------------------------------------------------------------------- checkpoints


class StopAfter(keras.callbacks.Callback):
    """Ctrl-C in the epoch after this one, or `how` in its place."""

    def __init__(self, epochs, how=lambda: None):
        super().__init__()
        self.epochs, self.how = epochs, how

    def on_epoch_begin(self, epoch, logs=None):
        if epoch == self.epochs:
            self.how()
            raise KeyboardInterrupt


def trained_in_parts(spec, checkpoint, *stops):
    for stop in stops:
        with pytest.raises(KeyboardInterrupt):
            run(spec, [StopAfter(stop)], checkpoint)
    return run(spec, checkpoint=checkpoint)


@pytest.mark.parametrize(
    "change", [{}, dict(views="position", negatives="fixed"), dict(discriminator="inner")]
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
    spec = tiny(model="cnn", epochs=2)
    parts = trained_in_parts(spec, tmp_path / "c", 1)
    assert list(tmp_path.iterdir()) == []
    assert len(parts.history["loss"]) == 2


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (dict(seed=5), "its trial is '.*_seed1_.*npz', not '.*_seed5_"),
        (dict(negatives="fixed"), "its trial is"),
    ],
)
def test_the_checkpoint_of_another_trial_is_refused(change, message, tmp_path):
    spec = tiny(epochs=2)
    trained_in_parts(spec, tmp_path / "c", 1)
    before = (tmp_path / "c").read_bytes()
    with pytest.raises(ValueError, match=f"c belongs to another training: {message}.*delete it"):
        run(replace(spec, **change), checkpoint=tmp_path / "c")
    assert (tmp_path / "c").read_bytes() == before


def test_the_checkpoint_of_another_version_is_refused(tmp_path, monkeypatch):
    """A trial says with which versions it was trained, so it is trained with one of each."""
    spec = tiny(epochs=2)
    trained_in_parts(spec, tmp_path / "c", 1)
    now = trials.provenance()
    older = {**now, "versions": {**now["versions"], "keras": "3.0"}}
    monkeypatch.setattr(trials, "provenance", lambda: older)
    with pytest.raises(ValueError, match="its keras is '.*', not '3.0'; delete it"):
        run(spec, checkpoint=tmp_path / "c")


def test_a_diverged_epoch_is_not_kept_in_the_checkpoint(tmp_path, monkeypatch):
    wild = keras.optimizers.SGD(1e30)
    compile_ = GRIM.compile
    monkeypatch.setattr(GRIM, "compile", lambda self, optimizer: compile_(self, optimizer=wild))
    with pytest.raises(RuntimeError, match="diverged.*nan"):
        run(tiny(epochs=2), checkpoint=tmp_path / "c")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_a_killed_trial_goes_on_from_its_last_epoch(tmp_path):
    """kill -9 in the third epoch of the command that trains the book's trials, and again."""
    spec = tiny(epochs=5)
    folder = tmp_path / "out"
    (tmp_path / "specs.json").write_text(json.dumps([asdict(spec)]))
    program = f"""
import os, runpy, signal, sys
from grimlib import trials
ended = trials._Watch.on_epoch_end
def on_epoch_end(self, epoch, logs=None):
    if epoch == 2:
        os.kill(os.getpid(), signal.SIGKILL)
    ended(self, epoch, logs)
if sys.argv.pop(1) == "kill":
    trials._Watch.on_epoch_end = on_epoch_end
sys.argv[0] = "trials.py"
runpy.run_path({str(ROOT / "workflow" / "trials.py")!r}, run_name="__main__")
"""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    arguments = ["run", "--specs", tmp_path / "specs.json", "--folder", folder]
    for how, left in (("kill", ".checkpoint"), ("train", ".npz")):
        ended = subprocess.run(
            [sys.executable, "-c", program, how, *arguments],
            capture_output=True,
            text=True,
            env=environment,
        )
        assert ended.returncode == (-signal.SIGKILL if how == "kill" else 0), ended.stderr
        assert [path.name for path in folder.iterdir()] == [
            Path(spec.filename).with_suffix(left).name
        ]
    trial = load_trial(folder / spec.filename)
    assert trial.provenance["resumed after epochs"] == [2]
    assert_same(trial, run(spec))


# ------------------------------------------------------------------------------- damaged artifacts


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was opened",))


def damaged():
    """Ways in which a file under an artifact's name is none, as functions of the file."""

    def cut(fraction):
        return lambda path: path.write_bytes(
            path.read_bytes()[: int(fraction * path.stat().st_size)]
        )

    def without(*left_out, **changed):
        def write(path):
            with np.load(path) as arrays:
                kept = {name: arrays[name] for name in arrays if name not in left_out}
            np.savez_compressed(path, **{**kept, **changed})

        return write

    def about(**changed):
        def write(path):
            with np.load(path) as arrays:
                kept = dict(arrays)
            text = json.dumps({**json.loads(str(kept["about"])), **changed})
            np.savez_compressed(path, **{**kept, "about": np.array(text)})

        return write

    def array_file(path):
        with path.open("wb") as file:
            np.save(file, np.zeros(3))

    spec = asdict(tiny())
    harmful = np.array([Harmful()], dtype=object)
    return {
        "empty": lambda path: path.write_bytes(b""),
        "cut after 1 byte": lambda path: path.write_bytes(path.read_bytes()[:1]),
        **{f"cut at {fraction:.0%}": cut(fraction) for fraction in (0.02, 0.3, 0.6, 0.9)},
        "cut before the last byte": lambda path: path.write_bytes(path.read_bytes()[:-1]),
        "text": lambda path: path.write_text("a note\n"),
        "bytes": lambda path: path.write_bytes(bytes(range(256))),
        "pickle": lambda path: path.write_bytes(pickle.dumps(Harmful())),
        "npy": array_file,
        "foreign npz": lambda path: np.savez(path, x=np.zeros(3)),
        "empty npz": lambda path: np.savez(path),
        "pickle in the npz": without(kernel=harmful),
        "pickle as about": without(about=harmful),
        "no kernel": without("kernel"),
        "no bias": without("bias"),
        "no about": without("about"),
        "about no JSON": without(about=np.array("{")),
        "about a list": without(about=np.array("[1]")),
        "kernel of another width": without(kernel=np.zeros((18, 4, 4), "f4")),
        "bias of another length": without(bias=np.zeros(5, "f4")),
        "other number of filters": about(spec={**spec, "n_filters": 5}),
        "unknown field": about(spec={**spec, "depth": 3}),
        "missing field": about(spec={k: v for k, v in spec.items() if k != "seed"}),
        "bad value": about(spec={**spec, "epochs": -1}),
    }


@pytest.mark.parametrize("kind", damaged())
def test_damaged_artifact_is_refused_and_kept(kind, monkeypatch):
    spec = tiny()
    path = cache_folder() / spec.filename
    save_trial(made_up(spec), path)
    damaged()[kind](path)
    before = path.read_bytes()
    monkeypatch.setattr(trials, "run", no_training)
    for load in (lambda: load_trial(path), lambda: run_or_load(spec)):
        with pytest.raises(ValueError) as error:
            load()
        assert str(path) in str(error.value)
        assert "delete it and run the trial again" in str(error.value)
    assert path.read_bytes() == before


def test_every_cut_is_noticed(tmp_path):
    path = tmp_path / "x.npz"
    save_trial(made_up(tiny(n_filters=1)), path)
    whole = path.read_bytes()
    for size in range(0, len(whole), 13):
        path.write_bytes(whole[:size])
        with pytest.raises(ValueError, match=r"x\.npz is damaged"):
            load_trial(path)


def test_every_changed_byte_is_noticed_or_harmless(tmp_path):
    """A disk or a download may change a byte: never another result, never another error."""
    path = tmp_path / "x.npz"
    trial = made_up(tiny(n_filters=1))
    save_trial(trial, path)
    whole = path.read_bytes()
    refused = 0
    for i in range(len(whole)):
        changed = bytearray(whole)
        changed[i] ^= (1, 8, 128)[i % 3]
        path.write_bytes(changed)
        try:
            assert_same(load_trial(path), trial)
        except ValueError as error:
            assert "x.npz is damaged" in str(error)
            refused += 1
    assert refused > len(whole) / 2


def test_right_file_under_another_trial_s_name(monkeypatch):
    spec, other = tiny(), tiny(seed=2)
    path = cache_folder() / spec.filename
    save_trial(made_up(other), path)
    before = path.read_bytes()
    monkeypatch.setattr(trials, "run", no_training)
    with pytest.raises(ValueError, match="holds another trial") as error:
        run_or_load(spec)
    for part in (str(path), other.filename, "delete it or give it its own name back"):
        assert part in str(error.value)
    assert path.read_bytes() == before


def test_missing_artifact(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"none\.npz does not exist.*run the trial"):
        load_trial(tmp_path / "none.npz")


def test_failed_save_leaves_the_old_artifact(tmp_path, monkeypatch):
    path = tmp_path / "x.npz"
    save_trial(made_up(tiny(), seed=1), path)

    def half(file, **_):
        file.write(b"half")
        raise OSError("disk full")

    monkeypatch.setattr(trials.np, "savez_compressed", half)
    with pytest.raises(OSError, match="disk full"):
        save_trial(made_up(tiny(), seed=2), path)
    assert_same(load_trial(path), made_up(tiny(), seed=1))
    assert [file.name for file in tmp_path.iterdir()] == ["x.npz"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
def test_killed_in_mid_run_and_called_again(tmp_path, monkeypatch):
    """The first trial is finished, the second is being trained, the third is being written."""
    specs = [dict(REQUIRED, n_sequences=20, n_filters=2, epochs=0, seed=seed) for seed in range(3)]
    program = f"""
import sys, time
from grimlib import trials
specs = [trials.TrialSpec(**spec) for spec in {specs!r}]

def announce(what):
    print(what, flush=True)
    time.sleep(600)

trials.run_or_load(specs[0])
if sys.argv[1] == "training":
    trials.run = lambda *_, **__: announce("training")
else:
    def half(file, **_):
        file.write(b"PK half an artifact")
        file.flush()
        announce("writing")
    trials.np.savez_compressed = half
trials.run_or_load(specs[1])
"""
    specs = [TrialSpec(**spec) for spec in specs]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    for moment in ("training", "writing"):
        process = subprocess.Popen(
            [sys.executable, "-c", program, moment],
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env=environment,
        )
        try:
            assert process.stdout.readline() == f"{moment}\n"
        finally:
            process.kill()
            process.wait()
            process.stdout.close()
        folder = tmp_path / "cache"
        names = [path.name for path in folder.iterdir() if not path.name.startswith(".")]
        assert names == [specs[0].filename]

    kept = load_trial(folder / specs[0].filename)
    train = trials.run
    calls = []
    monkeypatch.setattr(trials, "run", lambda s, **_: calls.append(s) or train(s))
    again = [run_or_load(spec) for spec in specs[:2]]
    assert calls == [specs[1]]
    assert_same(again[0], kept)
    assert_same(load_trial(folder / specs[1].filename), again[1])


# --------------------------------------------------------------------------------- training batches


def dinucleotides(tokens):
    pairs = 4 * tokens[:, :-1].astype(int) + tokens[:, 1:]
    return np.stack([(pairs == pair).sum(axis=1) for pair in range(16)], axis=1)


def epochs_of(tokens, batch_size, seed, n_epochs):
    """The batches of each epoch, as two arrays (N, L)."""
    per_epoch = -(-len(tokens) // batch_size)
    batches = training_batches(tokens, batch_size, seed)
    found = []
    for _ in range(n_epochs):
        several = [batch for (batch,) in islice(batches, per_epoch)]
        sizes = [len(batch["sequence"]) for batch in several]
        rest = len(tokens) % batch_size
        assert sizes == [batch_size] * (len(tokens) // batch_size) + ([rest] if rest else [])
        found.append([np.concatenate([batch[name] for batch in several]) for name in several[0]])
        assert set(several[0]) == {"sequence", "shuffled"}
    batches.close()
    return found


@pytest.mark.parametrize("batch_size", [1, 7, 10, 30, 100])
def test_every_epoch_holds_every_sequence_and_fresh_shuffles(batch_size):
    tokens = np.random.default_rng(0).integers(0, 4, (30, 50), dtype=np.int8)
    epochs = epochs_of(tokens, batch_size, seed=3, n_epochs=3)
    for sequence, shuffled in epochs:
        assert sequence.dtype == shuffled.dtype == np.int8
        np.testing.assert_array_equal(np.unique(sequence, axis=0), np.unique(tokens, axis=0))
        np.testing.assert_array_equal(dinucleotides(shuffled), dinucleotides(sequence))
        np.testing.assert_array_equal(shuffled[:, [0, -1]], sequence[:, [0, -1]])
        assert (shuffled != sequence).any(axis=1).all()
    order = [sequence for sequence, _ in epochs]
    assert (order[0] != order[1]).any() and (order[1] != order[2]).any()
    # The same sequence's shuffle is another one in every epoch.
    ranked = [shuffled[np.lexsort(sequence.T)] for sequence, shuffled in epochs]
    for a, b in ((0, 1), (1, 2), (0, 2)):
        assert (ranked[a] != ranked[b]).any(axis=1).all()


def test_batches_are_decided_by_the_seed():
    tokens = np.random.default_rng(0).integers(0, 4, (20, 50), dtype=np.int8)
    before = tokens.copy()
    first, again, other = (epochs_of(tokens, 6, seed, 2) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first, again)
    for epoch in range(2):
        for part in range(2):
            assert (np.asarray(first[epoch][part]) != other[epoch][part]).any()
    np.testing.assert_array_equal(tokens, before)


def test_batches_of_training_that_goes_on_are_those_of_the_later_epochs():
    tokens = np.random.default_rng(0).integers(0, 4, (20, 50), dtype=np.int8)
    for strands in (1, 2):
        whole = training_batches(tokens, 6, 3, strands)
        later = training_batches(tokens, 6, 3, strands, first_epoch=2)
        for (one,), (other,) in zip(islice(whole, 8, 16), islice(later, 8), strict=True):
            for name in ("sequence", "shuffled"):
                np.testing.assert_array_equal(one[name], other[name])
        whole.close(), later.close()


def test_with_two_strands_each_epoch_turns_about_half_the_sequences():
    tokens = np.random.default_rng(0).integers(0, 4, (400, 40), dtype=np.int8)
    tokens[:, 30:] = 4
    turned_rows = {row.tobytes() for row in reverse_complement(tokens)}
    rows = {row.tobytes() for row in tokens}
    seen = []
    batches = training_batches(tokens, 100, 3, strands=2)
    for _ in range(2):
        epoch = [batch for (batch,) in islice(batches, 4)]
        sequence = np.concatenate([batch["sequence"] for batch in epoch])
        shuffled = np.concatenate([batch["shuffled"] for batch in epoch])
        is_turned = [row.tobytes() in turned_rows for row in sequence]
        assert all(
            row.tobytes() in (turned_rows if turned else rows)
            for row, turned in zip(sequence, is_turned, strict=True)
        )
        assert 0.4 < np.mean(is_turned) < 0.6
        # A shuffle is of the strand that is shown.
        np.testing.assert_array_equal(shuffled == 4, sequence == 4)
        np.testing.assert_array_equal(dinucleotides(shuffled), dinucleotides(sequence))
        seen.append({row.tobytes() for row in sequence})
    batches.close()
    assert seen[0] != seen[1], "chosen afresh"
    # And on one strand none is.
    (batch,) = next(training_batches(tokens, 400, 3))
    assert {row.tobytes() for row in batch["sequence"]} == rows


def shuffling_threads():
    return [t for t in threading.enumerate() if t.name.startswith("ThreadPoolExecutor")]


def wait_until_gone(before):
    for _ in range(200):
        gc.collect()
        if len(shuffling_threads()) <= before:
            return True
        time.sleep(0.05)
    return False


def test_shuffles_are_made_in_another_thread_that_ends(monkeypatch):
    before = len(shuffling_threads())
    seen = set()

    def shuffle(tokens, rng):
        seen.add(threading.current_thread())
        return dinucleotide_shuffle(tokens, rng)

    monkeypatch.setattr(trials, "dinucleotide_shuffle", shuffle)
    tokens = np.random.default_rng(0).integers(0, 4, (20, 50), dtype=np.int8)
    batches = training_batches(tokens, 6, 0)
    next(batches)
    batches.close()
    assert seen and threading.main_thread() not in seen
    assert wait_until_gone(before)


def test_no_thread_is_left_behind_by_a_run():
    before = len(shuffling_threads())
    run(tiny(n_sequences=20, n_filters=2, width=4, seed=8))
    assert wait_until_gone(before)


def test_a_diverged_run_is_no_result(monkeypatch):
    wild = keras.optimizers.SGD(1e30)
    compile_ = GRIM.compile
    monkeypatch.setattr(GRIM, "compile", lambda self, optimizer: compile_(self, optimizer=wild))
    with pytest.raises(RuntimeError, match="diverged.*nan"):
        run(tiny(epochs=2))


def test_an_error_in_the_thread_is_raised():
    batches = training_batches(np.full((4, 30), 9, dtype=np.int8), 2, 0)
    with pytest.raises(ValueError, match="9 is not a token"):
        next(batches)


def test_validation_loss_is_on_one_shuffle(monkeypatch):
    """The validation set's negatives are the same in every epoch, so that the curve is comparable;
    the last losses of a network that does not change are equal."""
    frozen = keras.optimizers.SGD(0.0)
    compile_ = GRIM.compile
    monkeypatch.setattr(GRIM, "compile", lambda self, optimizer: compile_(self, optimizer=frozen))
    trial = run(tiny(epochs=3, n_filters=2, width=4))
    assert len(set(trial.history["val_loss"])) == 1
    assert len(set(trial.history["loss"])) > 1


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
    assert type(got) is float
    assert got == pytest.approx(np.mean(areas)) if areas else math.isnan(got)


def test_mean_auroc_by_hand():
    labels = np.array([[1, 1], [1, 1], [0, 1], [0, 1]])
    scores = np.array([[0.9, 0], [0.4, 0], [0.4, 0], [0.1, 0]])
    assert mean_auroc(labels, scores) == pytest.approx(3.5 / 4)  # the second label tells nothing
    assert mean_auroc(labels[:, :1], -scores[:, :1]) == pytest.approx(0.5 / 4)
    assert math.isnan(mean_auroc(labels[:, 1:], scores[:, 1:]))
