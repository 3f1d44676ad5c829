"""The transfer experiment: its runs, what they keep, and how they resume."""

from dataclasses import asdict, replace

import numpy as np
import pytest
from click.testing import CliRunner

from grimlib.models import first_layer
from grimlib.paper import transfer
from grimlib.paper.__main__ import main
from grimlib.paper.figures import plot_transfer
from grimlib.paper.trials import Trial, load_trial, save_trial

pytestmark = pytest.mark.xdist_group("transfer")


@pytest.fixture
def small(monkeypatch, tmp_path):
    """Numbers of labels that 400 sequences have, and two folders for the results."""
    monkeypatch.setattr(transfer, "LABELS", {"task1": (100, 280, 500), "task2": (100, 280, 500)})
    return tmp_path / "runs", tmp_path / "trials"


def spec_of(task="task2", start="random", labels=100):
    return transfer.TransferSpec(task, start, labels, 5, steps=3, epochs=1, n_sequences=400)


def test_every_run_has_its_own_file_and_a_grim_before_it_is_needed():
    specs = transfer.every_run()
    assert len({spec.filename for spec in specs}) == len(specs) > 50
    seen = set()
    for spec in specs:
        if spec.start == "probe":
            seen.add(spec.grim)
        assert spec.grim in seen
    for change in (dict(steps=3), dict(epochs=1), dict(n_sequences=2000)):
        changed = transfer.every_run((7,), **change)
        assert {asdict(spec)[name] for spec in changed for name in change} == set(change.values())
        assert {spec.seed for spec in changed} == {7}
        assert not {spec.filename for spec in changed} & {spec.filename for spec in specs}
    # Of 2,000 sequences, 1,400 are trained on.
    assert {(spec.task, spec.labels) for spec in changed} == {
        *(("task1", 0), ("task1", 100), ("task1", 500), ("task2", 0), ("task2", 100)),
    }


def test_fewer_labels_are_a_part_of_more_and_none_is_of_the_test_set():
    data = transfer.data_of("task1", 400)
    few, many = (transfer.labelled(data, n, 3) for n in (100, 250))
    assert len(set(few)) == 100 and set(few) < set(many)
    assert set(many) <= set(data.split["train"])
    assert set(few) != set(transfer.labelled(data, 100, 4))


def test_areas_of_known_scores():
    truth = np.array([[1, 0], [1, 1], [0, 1], [0, 0]])
    perfect = transfer.score(truth, truth * 2.0 - 1)
    assert perfect == {"auroc": 1.0, "aupr": 1.0}
    # Ranks: first label 1, 1, 0, 0 scored 3, 1, 2, 0: one of four pairs wrong; AP = (1 + 2/3) / 2.
    scores = np.array([[3.0, 0], [1, 1], [2, 1], [0, 0]])
    half = transfer.score(truth, scores)
    assert half["auroc"] == pytest.approx((0.75 + 1) / 2)
    assert half["aupr"] == pytest.approx((5 / 6 + 1) / 2)


@pytest.mark.parametrize("task", ["task1", "task2"])
def test_a_grim_is_kept_as_a_trial_and_regressed_on(small, task):
    runs, trials = small
    spec = spec_of(task, "probe", 0)
    assert transfer.is_missing(spec, runs, trials)
    transfer.carry_out(spec, runs, trials)
    assert not transfer.is_missing(spec, runs, trials)
    run = transfer.load_run(spec, runs)
    assert [(p["features"], p["labels"]) for p in run["probes"]] == [
        *(("h", 100), ("h", 280), ("c", 100), ("c", 280)),
    ]
    for p in run["probes"]:
        assert 0 < p["auroc"] < 1 and 0 < p["aupr"] < 1
    assert {"versions", "date", "seconds"} <= set(run["provenance"])
    trial = load_trial(trials / spec.grim.filename)
    assert trial.kernel.shape == (19, 4, 64)
    (trials / spec.grim.filename).unlink()
    assert transfer.is_missing(spec, runs, trials)


def test_networks_start_from_the_filters_of_their_grim(small):
    _, trials = small
    data = transfer.data_of("task2", 400)
    # A GRIM and a supervised network of one seed begin with the same weights; these are others.
    rng = np.random.default_rng(0)
    kernel, bias = rng.normal(0, 0.1, (19, 4, 64)).astype("f4"), rng.normal(size=64).astype("f4")
    grim = Trial(spec_of().grim, kernel, bias, {"loss": [], "val_loss": []}, {}, {})
    save_trial(grim, trials / grim.spec.filename)
    kernels = {}
    for start in transfer.STARTS:
        _, model = transfer.supervised(spec_of(start=start), data, trials)
        kernels[start], bias = first_layer(model)
        if start == "frozen":
            np.testing.assert_allclose(kernels[start], grim.kernel, rtol=1e-3, atol=1e-6)  # half
            np.testing.assert_allclose(bias, grim.bias, atol=1e-4)
        kind = "exponential" if start == "exponential" else "relu"
        assert model.get_layer("local").get_config().get("activation", "relu") == kind
    alike = {
        start: np.corrcoef(kernel.ravel(), grim.kernel.ravel())[0, 1]
        for start, kernel in kernels.items()
    }
    assert 0.9 < alike["tuned"] < 1 - 1e-6
    assert abs(alike["random"]) < 0.5 and abs(alike["exponential"]) < 0.5


def test_a_run_is_written_whole_and_read_back(small):
    runs, trials = small
    spec = spec_of(labels=280)
    with pytest.raises(
        FileNotFoundError, match=f"python -m grimlib.paper transfer {spec.filename}"
    ):
        transfer.load_run(spec, runs)
    transfer.carry_out(spec, runs, trials)
    run = transfer.load_run(spec, runs)
    assert 0 <= run["auroc"] <= 1 and run["loss"] > 0
    assert run["kernel"].shape == (19, 4, 64) and run["bias"].shape == (64,)
    again = runs / "again"
    transfer.carry_out(spec, again, trials)
    assert transfer.load_run(spec, again)["loss"] == run["loss"]  # a seed decides

    other = replace(spec, labels=100)
    (runs / spec.filename).rename(runs / other.filename)
    with pytest.raises(ValueError, match=other.filename):
        transfer.load_run(other, runs)
    (runs / spec.filename).write_bytes(b"PK cut off")
    with pytest.raises(ValueError, match=spec.filename):
        transfer.load_run(spec, runs)


def test_the_command_does_only_what_is_missing(monkeypatch):
    specs = [spec_of(start=start) for start in ("random", "exponential")]
    done = []
    monkeypatch.setattr(transfer, "every_run", lambda: specs)
    monkeypatch.setattr(transfer, "is_missing", lambda spec, *_: spec in specs[1:])
    monkeypatch.setattr(transfer, "carry_out", lambda spec, *_: done.append(spec))
    for prefix in ([], ["task2_random"], ["task2_exp"]):
        assert CliRunner().invoke(main, ["transfer", *prefix]).exit_code == 0
    assert done == [specs[1], specs[1]]
    assert CliRunner().invoke(main, ["transfer", "task3"]).exit_code == 2
    listed = CliRunner().invoke(main, ["list"]).output.splitlines()[-2:]
    states = [(line.split()[0], line.split("/")[1]) for line in listed]
    assert states == [("stored", specs[0].filename), ("missing", specs[1].filename)]


def test_every_run_is_stored_and_no_other():
    specs = transfer.every_run()
    assert not any(map(transfer.is_missing, specs))
    names = {path.name for path in transfer.FOLDER.glob("*.npz")}
    assert {spec.filename for spec in specs} == names
    for spec in specs:
        assert transfer.load_run(spec)["provenance"]["versions"]


def test_a_run_of_ones_own_is_done_once(small, monkeypatch, tmp_path):
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path))
    spec = spec_of()
    run = transfer.run_or_load(spec)
    assert (tmp_path / "transfer" / spec.filename).exists()
    monkeypatch.setattr(transfer, "carry_out", None)
    assert transfer.run_or_load(spec)["auroc"] == run["auroc"]


def made_runs() -> dict:
    """Two seeds of a network and of the regressions, for both tasks."""
    areas = {"auroc": 0.8, "aupr": 0.7}
    runs = {}
    for task in ("task1", "task2"):
        for seed in (0, 1):
            spec = transfer.TransferSpec(task, "frozen", 100, seed)
            runs[spec] = {key: value + seed / 10 for key, value in areas.items()}
            probes = [dict(features=f, labels=n, **areas) for f in "hc" for n in (100, 500)]
            runs[replace(spec, start="probe", labels=0)] = {"probes": probes}
    return runs


def test_scores_have_a_row_for_each_network_and_regression():
    scores = transfer.scores(made_runs())
    assert len(scores) == 2 * 2 * (1 + 4)
    assert set(scores["network"]) == {"frozen", "regression on h", "regression on c"}
    assert set(scores["network"]) <= set(transfer.NETWORKS)
    assert set(scores[scores["network"] == "regression on c"]["labels"]) == {100, 500}
    frozen = scores[scores["network"] == "frozen"].groupby(["task", "labels"])["auroc"]
    assert dict(frozen.mean()) == pytest.approx({("task1", 100): 0.85, ("task2", 100): 0.85})
    assert list(transfer.scores({}).columns) == list(scores.columns)


def test_areas_are_drawn_with_their_range():
    names = {key: transfer.NETWORKS[key] for key in ("frozen", "regression on h")}
    figure = plot_transfer(transfer.scores(made_runs()), names)
    ax = figure.axes[0]
    assert ax.get_title() == "Task 1" and ax.get_ylabel() == "AUROC"
    frozen = ax.containers[0]
    assert frozen.lines[0].get_ydata() == pytest.approx([0.85])
    (bar,) = frozen.lines[2][0].get_segments()
    assert bar[:, 1] == pytest.approx([0.8, 0.9])
    (legend,) = figure.legends
    assert [text.get_text() for text in legend.texts] == list(names.values())


def test_filters_are_matched_on_a_thousand_test_sequences(monkeypatch):
    monkeypatch.setattr(transfer, "filter_report", lambda *given, **named: (given, named))
    spec = transfer.TransferSpec("task2", "exponential", 100, 0, n_sequences=8000)
    (kernel, bias, tokens), named = transfer.report(spec, "kernel", "bias")
    assert (kernel, bias, len(tokens)) == ("kernel", "bias", 1000)
    assert named["activation"] == "exponential" and set(named["ground_truth"]) >= {"SRF", "MAX"}
    _, named = transfer.report(replace(spec, start="tuned"), "kernel", "bias")
    assert named["activation"] == "relu"
