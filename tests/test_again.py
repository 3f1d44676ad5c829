"""A trial trained again: what is compared, what is kept, and what is refused."""

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from grimlib.trials import TrialSpec, run, save_trial

pytestmark = pytest.mark.xdist_group("trials")

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "workflow"))
import again  # noqa: E402

SPEC = TrialSpec(
    task="task2",
    model="grim",
    pool_size=25,
    n_filters=4,
    epochs=1,
    seed=3,
    data_seed=1,
    n_sequences=600,
)


@pytest.fixture(scope="module")
def trial():
    return run(SPEC)


def test_the_same_training_differs_by_rounding_and_a_changed_one_by_its_change(trial):
    same = again.compare(trial, run(SPEC))
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
    other = replace(trial, spec=replace(SPEC, seed=4))
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
    with pytest.raises(ValueError, match=r"again\.json is not JSON .*move it away"):
        again.train_again(trial, target)
    assert target.read_text() == '[{"trial"'


@pytest.mark.parametrize("content", [None, b"", b"PK no archive"])
def test_what_is_no_artifact_is_refused_before_any_training(trial, tmp_path, content):
    good, bad, target = (tmp_path / name for name in ("good.npz", "bad.npz", "again.json"))
    save_trial(trial, good)
    if content is not None:
        bad.write_bytes(content)
    command = [sys.executable, str(ROOT / "workflow/again.py"), str(good), str(bad)]
    done = subprocess.run(
        [*command, "--output", str(target)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode != 0 and f"{bad} " in done.stderr
    assert not target.exists()


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
