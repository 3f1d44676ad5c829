"""The rules of evaluation on and off, and the measures that need no database."""

import json
from dataclasses import replace

import numpy as np
import pytest
from sklearn.metrics import average_precision_score
from specs import TINY

from grimlib import filter_report
from grimlib._scan import scores
from grimlib.motifs import Motif
from grimlib.paper import evaluation
from grimlib.paper.tasks import TASK2_MOTIFS, ground_truth, inserted_motifs, simulate_task2
from grimlib.paper.trials import Trial, save_trial

pytestmark = pytest.mark.xdist_group("filters")

SPEC = replace(TINY, n_filters=8, epochs=0, seed=0, data_seed=0, n_sequences=1000)
DATA = simulate_task2(1000, 200, 0)


def detectors():
    """Filters for the six motifs, one for nothing in particular, and one that never fires."""
    kernel = np.zeros((19, 4, 8), dtype=np.float32)
    bias = np.zeros(8, dtype=np.float32)
    for i, motif in enumerate(DATA.motifs):
        kernel[1 : 1 + len(motif.ppm), :, i] = np.log2(motif.ppm + 0.01) + 2
        bias[i] = -6
    kernel[..., 6] = np.random.default_rng(0).normal(size=(19, 4))
    bias[7] = -1
    return kernel, bias


def test_the_rules_are_each_combination_once_with_the_book_s_among_them():
    rules = evaluation.SETTINGS
    assert len(rules) == len(rules.drop_duplicates()) == 4 * 3 * (3 * 2 + 1)
    assert (rules[list(evaluation.BOOK)] == list(evaluation.BOOK.values())).all(axis=1).sum() == 1


def test_the_book_s_rules_give_the_report_and_the_others_what_they_say():
    kernel, bias = detectors()
    test = DATA.tokens[DATA.split["test"]]
    counts = evaluation.SETTINGS.join(evaluation.count_matches(kernel, bias, test, TASK2_MOTIFS))

    def one(**changes):
        rule = evaluation.BOOK | changes
        (row,) = counts[(counts[list(rule)] == list(rule.values())).all(axis=1)].to_dict("records")
        return row

    for fraction in evaluation.FRACTIONS:
        for evalue in evaluation.EVALUES:
            report = filter_report(
                kernel,
                bias,
                test,
                ground_truth=ground_truth(TASK2_MOTIFS),
                evalue=evalue,
                fraction=fraction,
            )
            row = one(fraction=fraction, evalue=evalue)
            assert row["hits"] / 8 == report.tpr and row["strays"] / 8 == report.fpr
            assert row["found"] == len(report.found) and row["inactive"] == 1
    assert one()["hits"] == one()["found"] == 6
    strict, embedded = one(relatives="none"), one(relatives="none", database="embedded")
    assert strict["hits"] <= one()["hits"] <= one(relatives="all")["hits"]
    assert embedded["hits"] >= strict["hits"] and embedded["strays"] == 0
    assert one(gmeb1=True)["strays"] >= one()["strays"]


def test_a_featureless_filter_counts_only_with_gmeb1():
    kernel = np.zeros((19, 4, 1), dtype=np.float32)
    bias = np.ones(1, dtype=np.float32)
    test = DATA.tokens[DATA.split["test"]]
    counts = evaluation.SETTINGS.join(evaluation.count_matches(kernel, bias, test, ("SRF",)))
    counts = counts[(counts["database"] == "all") & (counts["evalue"] == 0.1)]
    assert (counts["strays"] == counts["gmeb1"]).all()


def test_all_relatives_are_those_that_the_embedded_matrices_match():
    none, book, every = (evaluation._factors(TASK2_MOTIFS, r) for r in evaluation.RELATIVES)
    assert none == {m.name: f for m, f in zip(DATA.motifs, TASK2_MOTIFS, strict=True)}
    assert none.items() <= book.items() and none.items() <= every.items()
    assert every["MA0478.1"] == "FOSL1" and len(every) > 20  # FOSL2
    assert evaluation._factors(("NFYB",), "book")["MA0060.2"] == "NFYB"


def test_distance_is_zero_of_the_motif_wherever_it_lies_and_one_of_nothing():
    rng = np.random.default_rng(0)
    motif = Motif("a", rng.dirichlet(np.ones(4) * 0.3, size=7))
    ppms = np.full((4, 20, 4), 0.25)
    ppms[0, 3:10] = motif.ppm
    ppms[1, 13:] = motif.ppm
    ppms[2, :4] = motif.ppm[3:]  # its beginning lies outside
    got = evaluation.motif_distances(ppms, (motif, Motif("b", motif.ppm[::-1, ::-1])))
    norms = np.linalg.norm(motif.ppm - 0.25, axis=1)
    np.testing.assert_allclose(got[:, 0], [0, 0, norms[:3].sum() / norms.sum(), 1], atol=1e-12)
    assert (got[:3, 1] > 0.1).all() and got[3, 1] == 1


def test_precision_is_scikit_learn_s_at_the_best_offset():
    kernel, bias = detectors()
    found = evaluation.site_precision(kernel, bias, DATA)
    rows = DATA.split["test"][: evaluation.SEQUENCES["test"]]
    values = scores(kernel, bias, DATA.tokens[rows])
    sites = DATA.sites[DATA.sites["sequence"].isin(rows) & (DATA.sites["motif"] == "SRF")]
    truth = np.zeros(values.shape[:2])
    # The kernel's motif starts at position 1 of 19, and its centre is position 9.
    rank = {row: i for i, row in enumerate(rows)}
    truth[[rank[row] for row in sites["sequence"]], sites["start"] + 8] = 1
    expected = average_precision_score(truth.ravel(), values[..., 0].ravel())
    assert found["motifs"]["SRF"] == pytest.approx(expected) and expected > 0.9
    assert found["base"]["SRF"] == truth.mean()
    best = evaluation.best_precision(DATA)
    assert best["SRF"] == pytest.approx(expected, abs=0.05)
    assert min(best.values()) > 0.5 and 0.5 < found["filters"] < found["motifs"]["SRF"]


def test_a_stored_trial_is_evaluated_once_and_shown(tmp_path, monkeypatch):
    kernel, bias = detectors()
    trial = Trial(SPEC, kernel, bias, {"loss": [], "val_loss": []}, {}, {})
    save_trial(trial, tmp_path / SPEC.filename)
    rows = {"GRIM": [SPEC], "untrained": [replace(SPEC, seed=1)]}
    monkeypatch.setattr(evaluation, "GROUPS", {"task1": {}, "task2": rows})
    target = tmp_path / "evaluation.json"
    assert evaluation.missing("", target) == [SPEC, replace(SPEC, seed=1)]
    evaluation.evaluate_and_keep(SPEC, target, tmp_path)
    assert evaluation.missing("", target) == [replace(SPEC, seed=1)]
    (record,) = json.loads(target.read_text())
    assert record["trial"] == SPEC.filename and {"versions", "date"} <= record["provenance"].keys()
    rates = evaluation.rates("task2", target)
    assert len(rates) == len(evaluation.SETTINGS) and set(rates["inactive"]) == {1 / 8}
    table = evaluation.one_rule_changed("task2", target)
    assert table.loc["the book's rules", ("GRIM", "TPR")] == "0.750"
    assert len(table) == 1 + 3 + 2 + 5 and ("untrained", "TPR") not in table
    laxer = evaluation.false_positives("task2", target).loc["GRIM"].astype(float)
    changes = {"FPR": {}, "with Gmeb1": dict(gmeb1=True), "at E-value 1": dict(evalue=1.0)}
    for name, change in changes.items():
        rule = evaluation.BOOK | change
        (row,) = rates[(rates[list(rule)] == list(rule.values())).all(axis=1)].to_dict("records")
        assert laxer[name] == row["FPR"]
    free = evaluation.without_database("task2", target)
    assert list(free.index) == ["GRIM"] and float(free.loc["GRIM", "motif distance"]) < 0.3
    with pytest.raises(FileNotFoundError):
        evaluation.evaluate_and_keep(replace(SPEC, seed=1), target, tmp_path)
    target.write_text("[{")
    with pytest.raises(ValueError, match="not JSON"):
        evaluation.missing("", target)


def test_the_motifs_are_those_of_the_task():
    assert [m.name for m in DATA.motifs] == [m.name for m in inserted_motifs(TASK2_MOTIFS)]
