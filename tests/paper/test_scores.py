"""The counts that pages show are those of the trials' reports."""

import json

import numpy as np
import pytest
from specs import TINY

from grimlib.paper import scores
from grimlib.paper.groups import GROUPS, every_trial
from grimlib.paper.scores import EVALUES, Score, count, filters_by_seed, missing, scored_trials
from grimlib.paper.tables import report_trials, summarise
from grimlib.paper.training import run_and_save
from grimlib.paper.trials import STORED, stored_trial

STORED_SPECS = [spec for spec in every_trial() if (STORED / spec.filename).exists()]


def test_every_stored_trial_is_counted_and_no_other():
    kept = [record["trial"] for record in json.loads(scores.TARGET.read_text())]
    assert len(kept) == len(set(kept))
    assert set(kept) == {spec.filename for spec in STORED_SPECS}
    assert not missing()


def test_the_kept_counts_are_those_of_the_reports():
    """Of some trials, others in each run."""
    chosen = np.random.default_rng().choice(len(STORED_SPECS), 4, replace=False)
    rows = {STORED_SPECS[i].filename: [STORED_SPECS[i]] for i in chosen}
    kept = scored_trials(rows)
    trials = {name: [stored_trial(*specs)] for name, specs in rows.items()}
    reports, lax = report_trials(trials), report_trials(trials, max(EVALUES))
    for name, (report,) in reports.items():
        (score,) = kept[name]
        assert score == Score.of(*lax[name]), name
        assert (score.found, score.ground_truth) == (report.found, report.ground_truth), name
        for figure in ("tpr", "fpr", "recall", "inactive"):
            assert getattr(score, figure) == pytest.approx(getattr(report, figure)), name
        assert score.filters == len(report.table)
    assert summarise(kept).equals(summarise(reports))


def test_filters_are_counted_by_seed():
    rows = {"untrained": GROUPS["task2"]["untrained"][4:6]}
    (first, second) = scored_trials(rows)["untrained"]
    found = filters_by_seed(rows)["untrained"]
    assert found.to_dict() == {4: first.matching, 5: second.matching}
    assert tuple(found.index) == first.ground_truth


def test_a_trial_is_counted_once_and_the_rest_named(tmp_path, monkeypatch):
    monkeypatch.delenv("GRIMLIB_REPORTS", raising=False)
    target = tmp_path / "scores.json"
    for group in GROUPS:
        monkeypatch.setitem(GROUPS, group, {"row": [TINY]})
    settings = dict(target=target, trials=tmp_path)
    assert missing(**settings) == []  # which is not trained
    run_and_save(TINY, tmp_path / TINY.filename)
    assert missing(**settings) == [TINY]
    with pytest.raises(FileNotFoundError, match=f"{TINY.filename}.*python -m grimlib.paper scores"):
        scored_trials({"row": [TINY]}, target)
    score = count(TINY, **settings)
    assert missing(**settings) == []
    assert scored_trials({"row": [TINY]}, target) == {"row": [score]}
    assert score.filters == TINY.n_filters
    (record,) = json.loads(target.read_text())
    assert record["provenance"]["date"] and record["trial"] == TINY.filename
    target.write_text("[{}]")
    with pytest.raises(ValueError, match="record 1"):
        count(TINY, **settings)
    with pytest.raises(ValueError, match="record 1"):
        scored_trials({}, target)
