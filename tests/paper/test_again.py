"""A trial trained again: what is compared, what is kept, and what is refused."""

import json
from dataclasses import replace

import numpy as np
import pytest
from click.testing import CliRunner
from specs import TINY

from grimlib.paper import again
from grimlib.paper.__main__ import main
from grimlib.paper.training import run
from grimlib.paper.trials import TrialSpec, save_trial

pytestmark = pytest.mark.xdist_group("trials")


@pytest.fixture(scope="module")
def trial():
    return run(TINY)


def test_the_same_training_differs_by_rounding_and_a_changed_one_by_its_change(trial):
    same = again.compare(trial, run(TINY))
    assert same["largest difference"] < 1e-4 < same["deviation of weights"]
    assert same["correlation"] > 0.9999
    assert same["stored"]["provenance"]["date"] and same["stored"]["TPR"] == same["again"]["TPR"]

    kernel = trial.kernel.copy()
    kernel[5, 2, 1] += 0.25
    changed = again.compare(trial, replace(trial, kernel=kernel))
    assert changed["largest difference"] == pytest.approx(0.25, abs=1e-6)
    upside_down = again.compare(trial, replace(trial, kernel=-trial.kernel))
    assert upside_down["correlation"] == pytest.approx(-1)


def test_trials_of_two_specifications_are_not_compared(trial):
    other = replace(trial, spec=replace(TINY, seed=4))
    with pytest.raises(ValueError, match="seed3.* is compared with .*seed4"):
        again.compare(trial, other)


def test_a_comparison_takes_the_place_of_an_earlier_one(trial, tmp_path, monkeypatch):
    target = tmp_path / "again.json"
    monkeypatch.setattr(again, "run", lambda spec: trial)
    for threads, kernel in ((1, trial.kernel + 1), (2, trial.kernel), (1, trial.kernel)):
        monkeypatch.setenv("TF_NUM_INTRAOP_THREADS", str(threads))
        again.train_again(replace(trial, kernel=kernel), target)
    records = json.loads(target.read_text())
    assert [record["threads"] for record in records] == [2, 1]
    assert [record["largest difference"] for record in records] == [0, 0]


def test_a_damaged_file_of_comparisons_is_named_and_kept(trial, tmp_path, monkeypatch):
    target = tmp_path / "again.json"
    target.write_text('[{"trial"')
    monkeypatch.setattr(again, "run", lambda spec: pytest.fail("it was trained"))
    with pytest.raises(ValueError, match=r"again\.json is not JSON"):
        again.train_again(trial, target)
    assert target.read_text() == '[{"trial"'


def test_the_command_compares_what_it_is_given(trial, tmp_path, monkeypatch):
    good, bad, target = (tmp_path / name for name in ("good.npz", "bad.npz", "again.json"))
    save_trial(trial, good)
    trained = []
    monkeypatch.setattr(again, "run", lambda spec: trained.append(spec) or trial)
    for content in (None, b"", b"PK no archive"):  # refused before any training
        if content is not None:
            bad.write_bytes(content)
        done = CliRunner().invoke(main, ["again", str(good), str(bad), "--output", str(target)])
        assert done.exit_code != 0 and str(bad) in str(done.exception)
        assert not trained and not target.exists()
    done = CliRunner().invoke(main, ["again", str(good), "--output", str(target)])
    assert done.exit_code == 0 and str(good) in done.output and trained == [TINY]
    (record,) = json.loads(target.read_text())
    assert record["trial"] == TINY.filename and record["largest difference"] < 1e-3  # half


def test_what_is_stored_compares_stored_trials():
    records = json.loads(again.TARGET.read_text())
    for record in records:
        assert TrialSpec(**record["spec"]).filename == record["trial"]
        assert np.isfinite(record["largest difference"])
    # The claim of the page on status: GRIM with the same backend and one thread, the same weights.
    one_thread = [r for r in records if (r["backend"], r["threads"]) == ("tensorflow", 1)]
    alike = [record for record in one_thread if record["spec"]["model"] == "grim"]
    assert any(record["spec"]["epochs"] == 250 for record in alike)
    assert alike and max(record["largest difference"] for record in alike) < 1e-5
    # And that it is otherwise with a supervised network, and with two threads.
    supervised = [r["largest difference"] for r in one_thread if r["spec"]["model"] == "cnn"]
    assert sum(difference == 0 for difference in supervised) == 1
    two_threads = [r for r in records if (r["backend"], r["threads"]) == ("tensorflow", 2)]
    assert two_threads
    for record in two_threads:
        for rate in ("TPR", "FPR"):
            change = abs(record["stored"][rate] - record["again"][rate])
            assert change * record["spec"]["n_filters"] <= 2
