"""Tables over trials: what is counted, what is kept, and the tests between models."""

from dataclasses import replace
from functools import lru_cache
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats as scipy_stats

from grimlib.filters import FilterReport, _judge
from grimlib.matches import TOMTOM_COLUMNS
from grimlib.motifs import Motif
from grimlib.paper import tables
from grimlib.paper.figures import (
    MODEL_COLOURS,
    plot_by_filters,
    plot_differences,
    plot_found,
    plot_thresholds,
)
from grimlib.paper.groups import GROUPS
from grimlib.paper.scores import Score
from grimlib.paper.statistics import compare_by_seed, holm, read_interval, welch_interval
from grimlib.paper.tables import (
    FIGURES,
    cliffs_delta,
    compare_models,
    compare_rows,
    compare_with_paper,
    mean_sd,
    overview,
    report_trials,
    state_differences,
    summarise,
    summarise_variants,
)
from grimlib.paper.tasks import ground_truth_name
from grimlib.paper.trials import Trial, TrialSpec, simulate, stored_trial

FACTORS = ("SRF", "MAX")
SRF, MAX, OTHER, GMEB1 = "MA0083.3", "MA0058.3", "MA0105.4", "MA0615.1"
UNTRAINED = GROUPS["task2"]["untrained"]


def report_of(matches: list[tuple[int, str, float]], n: int = 4) -> FilterReport:
    """A report on n filters from (filter, target, E-value), judged by the package itself."""
    rows = [
        {"Query_ID": f"filter_{i}", "Target_ID": target, "E-value": e, "p-value": e / 519}
        for i, target, e in matches
    ]
    table = pd.DataFrame(rows, columns=TOMTOM_COLUMNS).sort_values(["Query_ID", "E-value"])
    motifs = [Motif(f"filter_{i}", np.full((8, 4), 0.25)) for i in range(n)]
    filters = pd.DataFrame({"filter": range(n), "windows": 1, "consensus": ""})
    factors = table["Target_ID"].map(ground_truth_name)
    return _judge(filters, motifs, table, factors, {}, FACTORS, 10.0)


REPORT = report_of(
    [
        (0, SRF, 0.01),
        (0, OTHER, 0.001),  # a true match counts, whatever else matches better
        (1, OTHER, 0.05),
        (1, MAX, 5.0),  # turns true at a lax threshold
        (2, GMEB1, 0.02),  # an artefact alone is no match
        (2, OTHER, 0.5),
    ]
)


class Figures:
    """Only the figures of a report."""

    def __init__(self, tpr: float, fpr: float = 0.0, recall: float = 1.0, inactive: float = 0.0):
        self.tpr, self.fpr, self.recall, self.inactive = tpr, fpr, recall, inactive


# --------------------------------------------------------------------------------- reports


@pytest.mark.slow
def test_a_report_judged_down_is_the_report_made_so() -> None:
    trial = stored_trial(UNTRAINED[0])
    direct = trial.report(simulate(trial.spec))
    down = report_trials({"": [trial]})[""][0]
    pd.testing.assert_frame_equal(down.table, direct.table)
    assert down.found == direct.found
    assert down.matches["Target_ID"].tolist() == direct.matches["Target_ID"].tolist()


def test_trials_on_one_data_set_simulate_it_once(monkeypatch) -> None:
    monkeypatch.delenv("GRIMLIB_REPORTS")  # what follows is no trial to keep
    monkeypatch.setattr(tables, "_simulated", lru_cache(tables._simulated.__wrapped__))
    specs = [replace(UNTRAINED[0], n_sequences=40, seed=k) for k in range(3)]
    specs.append(replace(specs[0], data_seed=1))
    made, seen = [], []

    class Fake:
        def __init__(self, spec: TrialSpec):
            self.spec = spec

        def report(self, data: int, evalue: float) -> FilterReport:
            seen.append((self.spec.data_seed, data))
            return REPORT

    def simulation(n_sequences: int, length: int, seed: int, both_strands: bool) -> int:
        made.append((n_sequences, length, seed, both_strands))
        return seed

    monkeypatch.setattr(tables, "TASKS", {"task2": (simulation,)})
    for _ in range(2):  # the second time, no data are made
        groups = {"a": [Fake(s) for s in specs[:2]], "b": [Fake(s) for s in specs[2:]]}
        reports = report_trials(groups, 3)
        assert [r.evalue for group in reports.values() for r in group] == [3] * 4
        assert made == [(40, 200, 0, False), (40, 200, 1, False)]
    assert len(seen) == 8 and all(data_seed == data for data_seed, data in seen)


@pytest.fixture
def analysed(monkeypatch) -> list[tuple]:
    """The trials that were analysed, by the settings of their data."""
    calls = []
    monkeypatch.setattr(tables, "_simulated", lambda *settings: calls.append(settings))
    monkeypatch.setattr(Trial, "report", lambda trial, data, evalue: REPORT.at(evalue))
    return calls


@pytest.mark.parametrize("by_environment", [False, True])
def test_chapters_that_share_a_folder_analyse_a_trial_once(
    by_environment: bool, analysed, tmp_path, monkeypatch
) -> None:
    cache = tmp_path / "reports"
    if by_environment:
        monkeypatch.setenv("GRIMLIB_REPORTS", str(cache))
        cache = None
    first, second = (stored_trial(spec) for spec in UNTRAINED[:2])
    (report,) = report_trials({"": [first]}, cache=cache)[""]
    assert len(analysed) == 1
    same = replace(first, kernel=first.kernel.copy())
    (again,) = report_trials({"": [same]}, cache=cache)[""]
    (laxer,) = report_trials({"": [same]}, 10, cache=cache)[""]
    assert len(analysed) == 1 and (report.evalue, laxer.evalue) == (0.1, 10)
    pd.testing.assert_frame_equal(again.table, report.table)
    pd.testing.assert_frame_equal(laxer.matches, REPORT.matches)
    # Another trial, and other weights of the same, are analysed.
    changed = replace(first, kernel=first.kernel + 1), replace(first, bias=-first.bias - 1)
    report_trials({"": [second, *changed]}, cache=cache)
    assert len(analysed) == 4


def test_without_a_folder_nothing_is_kept(analysed, monkeypatch) -> None:
    monkeypatch.delenv("GRIMLIB_REPORTS", raising=False)
    trial = stored_trial(UNTRAINED[0])
    for _ in range(2):
        report_trials({"": [trial]})
    assert len(analysed) == 2


@pytest.mark.parametrize("evalue", [0, -1, float("nan")])
def test_an_evalue_that_is_none_is_refused(evalue: float) -> None:
    with pytest.raises(ValueError, match=f"evalue must be above 0, not {float(evalue)}"):
        report_trials({"": [stored_trial(UNTRAINED[0])]}, evalue)


# ---------------------------------------------------------------------------------- counts


def test_a_score_counts_filters_not_matches() -> None:
    twice = report_of([(0, SRF, 0.01), (0, "MA0083.2", 0.01), (1, SRF, 0.02), (1, MAX, 0.03)])
    score = Score.of(twice)
    assert score.motifs == {"SRF": 2, "MAX": 0} and score.matching == {"SRF": 2, "MAX": 1}
    assert score.found == FACTORS and (score.other, score.no_match, score.filters) == (0, 2, 4)
    none = Score.of(report_of([(3, OTHER, 0.01)]))
    assert (none.found, none.tpr, none.fpr, none.recall) == ((), 0, 0.25, 0)


def test_a_score_by_hand_at_several_thresholds() -> None:
    rates = Score.of(REPORT).rates
    assert rates.index.name == "E-value"
    chosen = rates.iloc[[0, 9, 17, 25, 33, 40]]
    np.testing.assert_allclose(
        chosen.index, [1e-4, 10**-2.875, 10**-1.875, 10**-0.875, 10**0.125, 10]
    )
    np.testing.assert_allclose(chosen["TPR"], [0, 0, 0.25, 0.25, 0.25, 0.5])
    np.testing.assert_allclose(chosen["FPR"], [0, 0.25, 0, 0.25, 0.5, 0.25])


def test_a_score_is_the_report_s_at_each_threshold() -> None:
    score = Score.of(REPORT)
    at = REPORT.at(0.1)
    assert (score.tpr, score.fpr, score.recall) == (at.tpr, at.fpr, at.recall)
    for evalue, rates in score.rates.iterrows():
        strict = REPORT.at(evalue)
        assert (rates["TPR"], rates["FPR"]) == (strict.tpr, strict.fpr)


def test_a_report_that_is_too_strict_cannot_be_counted() -> None:
    with pytest.raises(ValueError, match="evalue is 10.* 0.1 .*higher"):
        Score.of(REPORT.at(0.1))


def test_the_overview_sets_our_means_beside_the_paper_s() -> None:
    table = overview({"task1": {"GRIM, literal": [REPORT], "CNN-4": [REPORT, REPORT.at(1e-3)]}})
    assert table.index.tolist() == ["Task 1, GRIM, literal", "Task 1, CNN-4"]
    first = ["0.929 ± 0.028", "0.500", "0.021 ± 0.016", "0.250", "2.0/2", 1]
    assert REPORT.evalue == 10 and table.iloc[0].tolist() == first
    assert table.iloc[1, -2:].tolist() == ["1.0/2", 2]


# ------------------------------------------------------------------------------ statistics


def test_mean_and_standard_deviation() -> None:
    assert mean_sd(np.array([0.5])) == "0.500"
    assert mean_sd(np.array([0.5, 0.7])) == "0.600 ± 0.141"


def test_summary_has_a_row_a_model() -> None:
    table = summarise({"A": [REPORT], "B": [Figures(0.5, 0.1), Figures(0.7, 0.1, 0.5, 1.0)]})
    assert list(table.columns) == ["trials", *FIGURES]
    assert table.loc["A"].tolist() == [1, "0.500", "0.250", "1.000", "0.000"]
    spread = ["0.600 ± 0.141", "0.100 ± 0.000", "0.750 ± 0.354", "0.500 ± 0.707"]
    assert table.loc["B"].tolist() == [2, *spread]


def test_summary_of_variants_lists_what_the_trials_of_a_row_found() -> None:
    table = summarise_variants({"A": [REPORT, REPORT.at(0.1)], "B": [report_of([])]})
    assert table.loc["A"].tolist() == ["0.375", "0.250", "0.000", "2, 1 of 2", ""]
    assert table.loc["B"].tolist() == ["0.000", "0.000", "0.000", "0 of 2", "every motif"]


def test_cliffs_delta() -> None:
    x = np.array([1.0, 2, 3])
    assert cliffs_delta(x + 5, x) == 1 and cliffs_delta(x - 5, x) == -1
    assert cliffs_delta(x, x) == 0
    assert cliffs_delta(np.array([2.0, 3]), np.array([1.0, 3])) == 1 / 4


def test_permutation_test_counts_all_ways_to_deal() -> None:
    a, b = [0.9, 0.8, 0.95, 0.7, 0.7], [0.3, 0.75, 0.5, 0.2]
    table = compare_models({"A": [Figures(x) for x in a], "B": [Figures(x) for x in b]}, "A", "B")
    pooled = np.array(a + b)
    differences = []
    for chosen in combinations(range(9), 5):
        mask = np.isin(np.arange(9), chosen)
        differences.append(pooled[mask].mean() - pooled[~mask].mean())
    observed = np.mean(a) - np.mean(b)
    differences = np.array(differences)
    upper = (differences >= observed - 1e-12).mean()
    lower = (differences <= observed + 1e-12).mean()
    expected = min(2 * min(upper, lower), 1)
    assert float(table.loc["TPR", "p"]) == pytest.approx(expected, rel=0.06)  # two digits
    signed = table.loc["TPR", ["difference", "Cliff's delta"]].str.replace("\N{MINUS SIGN}", "-")
    delta = cliffs_delta(np.array(a), np.array(b))
    assert signed.tolist() == [f"{observed:+.3f}", f"{delta:+.2f}"]
    assert float(table.loc["FPR", "p"]) == 1  # all equal
    interval = scipy_stats.ttest_ind(a, b, equal_var=False).confidence_interval()
    minus = str.maketrans("\N{MINUS SIGN}", "-")
    shown = table.loc["TPR", "95% interval"].translate(minus)
    assert shown == f"[{interval.low:+.3f}, {interval.high:+.3f}]"


def test_too_few_trials_are_told_and_not_tested() -> None:
    few = {"A": [Figures(0.9)] * 3, "B": [Figures(0.1)] * 3}
    table = compare_models(few, "A", "B")
    assert (table["p"] == "").all() and table["note"].str.contains("3 and 3 trials").all()
    enough = {"A": [Figures(0.9)] * 4, "B": [Figures(0.1)] * 4}
    p = float(compare_models(enough, "A", "B").loc["TPR", "p"])
    assert p == pytest.approx(2 / 70, rel=0.02)


def test_verdicts_against_the_paper() -> None:
    at_paper = [Figures(x, 0.02) for x in (0.90, 0.93, 0.96, 0.92, 0.93)]
    low = [Figures(0.008 + 0.001 * k, 0.211) for k in range(5)]
    models = {"GRIM": at_paper, "CNN-4": low, "other": low, "GRIM, position views": low}
    table = compare_with_paper("task1", models)
    named = ["GRIM", "CNN-4", "GRIM, position views"]
    assert table.index.get_level_values("model").unique().tolist() == named
    assert table.loc[("GRIM", "TPR"), "paper"] == "0.929 ± 0.028"
    verdict, difference = table["verdict"], table["difference [95% interval]"]
    assert (verdict["GRIM"] == "reproduced").all()
    assert difference["GRIM", "FPR"].startswith("\N{MINUS SIGN}0.001 [")  # ours do not vary
    assert table.loc[("GRIM, position views", "TPR"), "paper"] == "0.929 ± 0.028"
    assert verdict["GRIM, position views", "TPR"] == "lower"
    assert verdict["CNN-4", "TPR"] == verdict["CNN-4", "FPR"] == "lower"
    unsure = compare_with_paper("task1", {"GRIM": [Figures(0.8), Figures(1.0)]})
    assert unsure["verdict"].tolist() == ["undecided", "reproduced"]


@pytest.mark.parametrize(
    ("interval", "verdict"),
    [
        ((0.01, 0.03), "equivalent"),
        ((0.02, 0.06), "higher"),
        ((-0.4, -0.2), "lower"),
        ((-0.06, 0.06), "undecided"),
        ((-0.01, 0.09), "undecided"),
    ],
)
def test_an_interval_is_judged_by_the_margin(interval, verdict) -> None:
    assert read_interval(*interval) == verdict


def test_rows_are_compared_seed_by_seed_and_corrected_for_all_tests() -> None:
    own, other = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0], [0.3, 0.41, 0.5, 0.62, 0.7, 0.8]
    reports = {
        name: [Figures(v) for v in row] for name, row in {"own": own, "other": other}.items()
    }
    found = compare_rows(reports, [("other", "own"), ("own", "own")])
    assert list(found.index) == [
        (row, figure) for row in ("other", "own") for figure in ("TPR", "FPR", "motif recall")
    ]
    alone = compare_by_seed(other, own)
    row = found.loc["other", "TPR"]
    assert (row["difference"], row["low"], row["high"]) == (
        alone.difference,
        alone.low,
        alone.high,
    )
    assert row["difference"] < -0.15 and row["verdict"] == "lower"
    assert row["p"] == holm([alone.p, 1, 1, 1, 1, 1])[0] > alone.p
    assert set(found["verdict"].drop(("other", "TPR"))) == {"equivalent"}
    texts = state_differences(found)
    assert texts.loc[("own", "TPR"), "difference [95% interval]"] == "+0.000 [+0.000, +0.000]"


# -------------------------------------------------------------------------------- figures


def test_figure_of_differences_draws_a_row_a_pair_from_the_top() -> None:
    reports = {
        name: [Figures(tpr), Figures(tpr + 0.1)] for name, tpr in {"a": 0.2, "b": 0.5}.items()
    }
    differences = compare_rows(reports, [("b", "a"), ("a", "b")])
    figure = plot_differences(differences)
    first, second = figure.axes
    assert [label.get_text() for label in first.get_yticklabels()] == ["b", "a"]
    assert first.yaxis_inverted() and second.yaxis_inverted()
    points = first.containers[0].lines[0]
    np.testing.assert_allclose(points.get_xydata(), [[0.3, 0], [-0.3, 1]])


def test_figure_of_found_motifs_marks_the_missed() -> None:
    counts = {
        "A": pd.DataFrame({0: [3, 0], 4: [1, 2]}, index=FACTORS),
        "B, long": pd.DataFrame({1: [0, 0]}, index=FACTORS),
    }
    figure = plot_found(counts)
    texts = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    assert texts == [["3", "1", "×", "2"], ["×", "×"]]
    ticks = [[label.get_text() for label in ax.get_xticklabels()] for ax in figure.axes]
    assert ticks == [["0", "4"], ["1"]]


def test_figure_by_filters_draws_means_between_lowest_and_highest() -> None:
    figure = plot_by_filters({"A": {8: [4, 6, 5], 16: [6]}, "B": {16: [1, 2]}}, "found")
    (ax,) = figure.axes
    lines, _, (bars,) = ax.containers[0].lines
    np.testing.assert_allclose(lines.get_xydata(), [[8, 5], [16, 6]])
    np.testing.assert_allclose([bar[:, 1] for bar in bars.get_segments()], [[4, 6], [6, 6]])
    assert ax.containers[1].lines[0].get_xdata()[0] != 16  # beside the other, not on it
    assert [label.get_text() for label in ax.get_xticklabels()] == ["8", "16"]


def test_figure_of_thresholds_draws_means_and_marks_the_chosen() -> None:
    scores = [Score.of(REPORT), Score.of(report_of([(3, SRF, 1e-5)]))]
    figure = plot_thresholds({"CNN-25": scores}, chosen=0.1)
    for ax, column in zip(figure.axes, ("TPR", "FPR"), strict=True):
        (thick,) = [line for line in ax.lines if line.get_lw() == 2]
        assert len(ax.lines) == 4
        first, second = (score.rates[column] for score in scores)
        np.testing.assert_allclose(thick.get_xydata(), np.c_[first.index, (first + second) / 2])
        assert list(ax.lines[-1].get_xdata()) == [0.1, 0.1]


def test_a_model_has_one_colour_and_shares_it_with_no_other() -> None:
    models = {*GROUPS["task1"], *GROUPS["task2"]}
    assert models == MODEL_COLOURS.keys() and len(set(MODEL_COLOURS.values())) == len(models)
    for task in ("task1", "task2"):
        names = list(GROUPS[task])
        figure = plot_thresholds({name: [Score.of(REPORT)] for name in names}, chosen=0.1)
        for ax in figure.axes:
            drawn = [line.get_color() for line in ax.lines if line.get_lw() == 2]
            assert drawn == [MODEL_COLOURS[name] for name in names]


def test_welch_interval_agrees_with_scipy_s_test_and_covers_what_it_should():
    rng = np.random.default_rng(0)
    a, b = rng.normal(0, 1, 10), rng.normal(0.5, 3, 4)
    first, second = ((x.mean(), x.std(ddof=1), len(x)) for x in (a, b))
    difference, low, high = welch_interval(first, second)
    expected = scipy_stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    np.testing.assert_allclose((difference, low, high), (b.mean() - a.mean(), *expected))
    assert welch_interval((1, 0, 3), (3, 0, 3)) == (2, 2, 2)
