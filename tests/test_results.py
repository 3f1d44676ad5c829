"""Tables over trials: what is counted, what is missing, and the tests between models."""

import shutil
from dataclasses import replace
from itertools import combinations
from pathlib import Path

import joblib
import jupytext
import numpy as np
import pandas as pd
import pytest

import grimlib
from grimlib import results
from grimlib.filters import FilterReport, align, mean_sd
from grimlib.motifs import load_jaspar
from grimlib.results import (
    PAPER,
    cliffs_delta,
    compare_models,
    compare_with_paper,
    describe_missed,
    describe_thresholds,
    filters_by_seed,
    filters_per_motif,
    full_scale,
    missing_notice,
    rates,
    report_trials,
    stored_trials,
)
from grimlib.trials import STORED, Trial, load_trial, save_trial

ROOT = Path(__file__).parents[1]
FACTORS = ("SRF", "MAX")
SRF, MAX, OTHER, GMEB1 = "MA0083.3", "MA0058.3", "MA0095.2", "MA0615.1"


def report_of(matches: list[tuple[int, str, float]], n: int = 4, evalue: float = 10.0):
    """A report on n filters from (filter, target, E-value), judged by the package itself."""
    from grimlib.filters import _judge
    from grimlib.motifs import TOMTOM_COLUMNS, Motif

    rows = [
        {"Query_ID": f"filter_{i}", "Target_ID": target, "E-value": e, "p-value": e / 519}
        for i, target, e in matches
    ]
    table = pd.DataFrame(rows, columns=TOMTOM_COLUMNS).sort_values(["Query_ID", "E-value"])
    motifs = [Motif(f"filter_{i}", np.full((8, 4), 0.25)) for i in range(n)]
    return _judge(np.ones(n, dtype=int), motifs, table, FACTORS, evalue)


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


def test_rates_by_hand() -> None:
    table = rates(REPORT, [0.001, 0.01, 0.1, 1, 10])
    np.testing.assert_allclose(table["TPR"], [0, 0.25, 0.25, 0.25, 0.5])
    np.testing.assert_allclose(table["FPR"], [0.25, 0, 0.25, 0.5, 0.25])
    np.testing.assert_allclose(table["motif recall"], [0, 0.5, 0.5, 0.5, 1])


@pytest.mark.parametrize("evalue", [1e-4, 0.001, 0.01, 0.0123, 0.05, 0.1, 0.7, 10])
def test_rates_agree_with_the_report_at_that_threshold(evalue: float) -> None:
    report = REPORT.at(evalue)
    (row,) = rates(REPORT, [evalue]).to_numpy()
    np.testing.assert_allclose(row, [report.tpr, report.fpr, report.recall])
    assert report.evalue == evalue and (report.matches["E-value"] <= evalue).all()


def test_thresholds_above_the_report_s_are_refused() -> None:
    strict = REPORT.at(0.1)
    with pytest.raises(ValueError, match="up to 1,"):
        rates(strict, [0.01, 1])
    with pytest.raises(ValueError, match=r"evalue is 0.2"):
        strict.at(0.2)


@pytest.mark.slow
def test_a_report_judged_down_is_the_report_made_so() -> None:
    path = sorted(STORED.glob("task2_grim-both_s25_d64_e0_*.npz"))[0]
    trial = load_trial(path)
    data = grimlib.simulate(trial.spec)
    lax, direct = trial.report(data, 10), trial.report(data)
    down = lax.at(0.1)
    pd.testing.assert_frame_equal(down.table, direct.table)
    assert down.found == direct.found
    assert down.matches["Target_ID"].tolist() == direct.matches["Target_ID"].tolist()


def test_filters_per_motif_counts_filters_not_matches() -> None:
    twice = report_of([(0, SRF, 0.01), (0, "MA0083.3", 0.01), (1, SRF, 0.02), (1, MAX, 0.03)])
    none = report_of([(3, OTHER, 0.01)])
    table = filters_per_motif({7: twice, 9: none})
    assert table.columns.tolist() == [7, 9] and table.index.tolist() == list(FACTORS)
    assert table[7].tolist() == [2, 1] and table[9].tolist() == [0, 0]


# Statistics


def test_cliffs_delta() -> None:
    x = np.array([1.0, 2, 3])
    assert cliffs_delta(x + 5, x) == 1 and cliffs_delta(x - 5, x) == -1
    assert cliffs_delta(x, x) == 0
    assert cliffs_delta(np.array([2.0, 3]), np.array([1.0, 3])) == 1 / 4


class Figures:
    """Only the figures of a report."""

    def __init__(self, tpr: float, fpr: float = 0.0, recall: float = 1.0, inactive: float = 0.0):
        self.tpr, self.fpr, self.recall, self.inactive = tpr, fpr, recall, inactive


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


def test_too_few_trials_are_told_and_not_tested() -> None:
    few = {"A": [Figures(0.9)] * 3, "B": [Figures(0.1)] * 3, "C": []}
    table = compare_models(few, "A", "B")
    assert (table["p"] == "").all()
    assert table["note"].str.contains("3 and 3 trials cannot give p below 0.1").all()
    table = compare_models(few, "A", "C")
    assert (table["note"] == "no trial of C").all()
    enough = {"A": [Figures(0.9)] * 4, "B": [Figures(0.1)] * 4}
    assert float(compare_models(enough, "A", "B").loc["TPR", "p"]) == pytest.approx(
        2 / 70, rel=0.02
    )


def test_verdicts_against_the_paper() -> None:
    at_paper = [Figures(x, 0.02) for x in (0.90, 0.93, 0.96, 0.92, 0.93)]
    low = [Figures(0.008 + 0.001 * k, 0.211, recall=0.1) for k in range(5)]
    table = compare_with_paper("task1", {"GRIM": at_paper, "CNN-4": low, "other": low})
    assert table.index.get_level_values("model").unique().tolist() == ["GRIM", "CNN-4"]
    assert table.loc[("GRIM", "TPR"), "verdict"].startswith("agrees")
    assert table.loc[("GRIM", "TPR"), "paper"] == "0.929 ± 0.028"
    assert table.loc[("GRIM", "TPR"), "trials"] == 5
    assert table.loc[("CNN-4", "TPR"), "verdict"].startswith("lower by 0.253 (p < 0.001)")
    assert table.loc[("GRIM", "motif recall"), "verdict"] == "every motif in 5 of 5 trials"
    assert table.loc[("CNN-4", "motif recall"), "verdict"] == "every motif in 0 of 5 trials"
    two = compare_with_paper("task1", {"GRIM": at_paper[:2]})
    assert "too few trials to test" in two.loc[("GRIM", "TPR"), "verdict"]
    assert two.loc[("CNN-4", "TPR"), "ours"] == "no trial"
    assert two.loc[("CNN-4", "TPR"), "verdict"] == "no trial stored"


def test_mean_and_standard_deviation() -> None:
    assert mean_sd(np.array([])) == "no trial"
    assert mean_sd(np.array([0.5])) == "0.500"
    assert mean_sd(np.array([0.5, 0.7])) == "0.600 ± 0.141"


# Stored and missing


def test_full_scale_is_what_the_paper_trains() -> None:
    for task, (model, pool_size, n_filters, others) in {
        "task1": ("CNN-4", 4, 128, 4),
        "task2": ("CNN-25", 25, 64, 3),
    }.items():
        groups = full_scale(task)
        assert set(PAPER[task]) <= set(groups)
        assert len(groups) == 2 + others
        for name in ("GRIM", model):
            assert [spec.seed for spec in groups[name]] == list(range(10))
            for spec in groups[name]:
                assert (spec.epochs, spec.pool_size, spec.n_filters) == (250, pool_size, n_filters)
                assert spec.n_sequences == 25_000 and spec.task == task
                assert spec.model == ("grim" if name == "GRIM" else "cnn")
        names = [spec.filename for group in groups.values() for spec in group]
        assert len(set(names)) == len(names)


@pytest.fixture
def copy_of_trials(tmp_path: Path, monkeypatch) -> Path:
    folder = tmp_path / "trials"
    folder.mkdir()
    for path in STORED.glob("task2_grim-both_s25_d64_e0_*.npz"):
        shutil.copy(path, folder)
    monkeypatch.setattr(results, "STORED", folder)
    return folder


def test_a_deleted_artifact_is_missed_by_name(copy_of_trials: Path) -> None:
    groups = {"untrained": full_scale("task2")["untrained"]}
    trials, missing = stored_trials(groups)
    assert len(trials["untrained"]) == 10 and not missing
    assert missing_notice(missing, 10, "task2") == "All 10 trials are stored."
    gone = groups["untrained"][3]
    (copy_of_trials / gone.filename).unlink()
    trials, missing = stored_trials(groups)
    assert missing == [gone] and len(trials["untrained"]) == 9
    assert gone not in [trial.spec for trial in trials["untrained"]]
    notice = missing_notice(missing, 10, "task2")
    assert "1 of the 10 trials is missing**, and nothing below counts it." in notice
    assert "snakemake task2" in notice
    assert "2 of the 10 trials are missing**" in missing_notice([gone, gone], 10, "task2")
    assert f"python workflow/trials.py run {gone.filename}" in notice


def test_an_artifact_under_another_name_is_refused(copy_of_trials: Path) -> None:
    first, second, *_ = full_scale("task2")["untrained"]
    shutil.copy(copy_of_trials / first.filename, copy_of_trials / second.filename)
    with pytest.raises(ValueError, match="holds another trial"):
        stored_trials({"untrained": [second]})
    (copy_of_trials / second.filename).write_bytes(b"PK damaged")
    with pytest.raises(ValueError, match="damaged"):
        stored_trials({"untrained": [second]})


@pytest.mark.parametrize("chapter", ["task1", "task2"])
def test_the_chapter_tells_what_is_missing(chapter: str, tmp_path: Path, monkeypatch) -> None:
    """The chapter's own cells, on a copy of the artifacts with one deleted."""
    folder = tmp_path / "trials"
    folder.mkdir()
    untrained = full_scale(chapter)["untrained"]
    trial = load_trial(STORED / untrained[0].filename)
    for specs in full_scale(chapter).values():
        for spec in specs:
            save_trial(replace(trial, spec=spec), folder / spec.filename)
    (folder / untrained[4].filename).unlink()
    monkeypatch.setattr(results, "STORED", folder)
    monkeypatch.setattr(grimlib, "report_trials", lambda trials, evalue: {n: [] for n in trials})
    cells = jupytext.read(ROOT / f"book/scripts/{chapter}.py").cells
    start = next(i for i, cell in enumerate(cells) if "stored_trials" in cell.source)
    glued: dict = {}
    namespace = {
        "grimlib": grimlib,
        "Markdown": str,
        "glue": lambda key, value, display: glued.__setitem__(key, value),
    }
    for cell in cells[start : start + 2]:
        exec(cell.source, namespace)
    total = sum(map(len, full_scale(chapter).values()))
    assert glued[f"{chapter}-total"] == total and glued[f"{chapter}-stored"] == total - 1
    notice = glued[f"{chapter}-missing"]
    assert notice.startswith(f"**1 of the {total} trials is missing**")
    assert notice.count("python workflow/trials.py run") == 1
    assert f"python workflow/trials.py run {untrained[4].filename}" in notice
    page = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    for key in ("missing", "stored", "total"):
        assert f"`{chapter}-{key}`" in page or f"{chapter}-{key}\n" in page


def test_trials_on_one_data_set_simulate_it_once(monkeypatch) -> None:
    monkeypatch.setattr(results, "_simulated", results.lru_cache(results._simulated.__wrapped__))
    specs = [replace(full_scale("task2")["GRIM"][0], n_sequences=40, seed=k) for k in range(3)]
    specs.append(replace(specs[0], data_seed=1))
    made, seen = [], []

    class Fake:
        def __init__(self, spec):
            self.spec = spec

        def report(self, data, evalue):
            seen.append((self.spec.data_seed, data, evalue))
            return REPORT

    def simulation(n_sequences, length, seed, both_strands):
        made.append((n_sequences, length, seed, both_strands))
        return seed

    monkeypatch.setattr(results, "TASKS", {"task2": (simulation,)})
    for _ in range(2):  # the second time, no data are made
        groups = {"a": [Fake(s) for s in specs[:2]], "b": [Fake(s) for s in specs[2:]]}
        reports = report_trials(groups, 3)
        assert [r.evalue for group in reports.values() for r in group] == [3] * 4
        assert made == [(40, 200, 0, False), (40, 200, 1, False)]
    assert len(seen) == 8
    assert all(data_seed == data and evalue == 10 for data_seed, data, evalue in seen)


def test_chapters_that_share_a_folder_analyse_a_trial_once(tmp_path: Path, monkeypatch) -> None:
    memory = joblib.Memory(tmp_path, verbose=0)
    monkeypatch.setattr(results, "_report", memory.cache(results._report.func))
    specs = full_scale("task2")["untrained"][:2]
    first, second = (load_trial(STORED / spec.filename) for spec in specs)
    calls = []
    monkeypatch.setattr(results, "_simulated", lambda *settings: calls.append(settings))
    monkeypatch.setattr(Trial, "report", lambda trial, data, evalue: REPORT.at(evalue))
    (report,) = report_trials({"": [first]})[""]
    assert len(calls) == 1
    same = replace(first, kernel=first.kernel.copy())
    (again,), (laxer,) = report_trials({"": [same]})[""], report_trials({"": [same]}, 10)[""]
    assert len(calls) == 1 and (report.evalue, laxer.evalue) == (0.1, 10)
    pd.testing.assert_frame_equal(again.table, report.table)
    pd.testing.assert_frame_equal(laxer.matches, REPORT.matches)
    # Another trial, and other weights of the same, are analysed.
    changed = replace(first, kernel=first.kernel + 1), replace(first, bias=-first.bias - 1)
    report_trials({"": [second, *changed]})
    assert len(calls) == 4


@pytest.mark.parametrize("evalue", [0, -1, float("nan")])
def test_an_evalue_that_is_none_is_refused(evalue: float) -> None:
    trial = load_trial(STORED / full_scale("task2")["untrained"][0].filename)
    with pytest.raises(ValueError, match=f"evalue must be above 0, not {float(evalue)}"):
        report_trials({"": [trial]}, evalue)


def test_without_a_folder_nothing_is_kept(monkeypatch) -> None:
    assert results._memory.location is None
    trial = load_trial(STORED / full_scale("task2")["untrained"][0].filename)
    calls = []
    monkeypatch.setattr(results, "_simulated", lambda *settings: calls.append(settings))
    monkeypatch.setattr(Trial, "report", lambda trial, data, evalue: REPORT.at(evalue))
    for _ in range(2):
        report_trials({"": [trial]})
    assert len(calls) == 2


def test_filters_are_counted_by_seed_and_what_is_missed_is_said() -> None:
    trials = {"A": [load_trial(STORED / s.filename) for s in full_scale("task2")["untrained"][4:6]]}
    first, second = REPORT, REPORT.at(1e-3)
    found = filters_by_seed(trials | {"B": []}, {"A": [first, second], "B": []})
    assert list(found) == ["A"] and list(found["A"].columns) == [4, 5]
    pd.testing.assert_frame_equal(found["A"], filters_per_motif({4: first, 5: second}))

    tables = {
        "A": pd.DataFrame({0: [3, 0], 4: [1, 0]}, index=FACTORS),
        "B": pd.DataFrame({1: [1, 2]}, index=FACTORS),
    }
    assert describe_missed(tables) == (
        f"A finds all 2 motifs in 0 of 2 trials; missed, with the number of trials: {FACTORS[1]} "
        "(2). B finds all 2 motifs in 1 of 1 trials."
    )
    assert describe_missed({}) == "No such trial is stored yet."


def test_the_sentence_on_thresholds_goes_from_a_thousandth_to_one() -> None:
    def table(*tpr: float) -> pd.DataFrame:
        fpr = [value / 2 for value in tpr]
        return pd.DataFrame({"TPR": tpr, "FPR": fpr}, index=[1e-4, 1e-3, 0.1, 1, 10])

    curves = {"GRIM": [table(0, 0.5, 0.6, 0.7, 1), table(0, 0.7, 0.8, 0.9, 1)]}
    assert "GRIM or of CNN-4 are missing" in describe_thresholds(curves, "CNN-4")
    sentence = describe_thresholds(curves | {"CNN-4": [table(0, 0.1, 0.2, 0.4, 1)]}, "CNN-4")
    assert "GRIM's TPR goes from 0.600 to 0.800, and CNN-4's from 0.100 to 0.400" in sentence
    assert "At every threshold" in sentence
    assert "CNN-4's FPR goes from 0.050 to 0.200" in sentence
    for tpr, verdict in (((0.1, 0.9, 0.9), "depends on where"), ((0.9, 0.9, 0.9), "At no thres")):
        other = {"CNN-4": [table(0, *tpr, 1)]}
        assert verdict in describe_thresholds(curves | other, "CNN-4")


def test_figures_of_nothing_say_so() -> None:
    for figure in (grimlib.plot_found({}), grimlib.plot_thresholds({}, 0.1)):
        assert "No such trial" in figure.axes[0].texts[0].get_text()


def test_figure_of_found_motifs_marks_the_missed() -> None:
    tables = {
        "A": pd.DataFrame({0: [3, 0], 4: [1, 2]}, index=FACTORS),
        "B, long": pd.DataFrame({1: [0, 0]}, index=FACTORS),
    }
    figure = grimlib.plot_found(tables)
    texts = [[text.get_text() for text in ax.texts] for ax in figure.axes]
    assert texts == [["3", "1", "×", "2"], ["×", "×"]]
    ticks = [[label.get_text() for label in ax.get_xticklabels()] for ax in figure.axes]
    assert ticks == [["0", "4"], ["1"]]


def test_figure_of_thresholds_draws_means_and_marks_the_chosen() -> None:
    tables = [rates(REPORT, [0.01, 0.1, 1]), rates(REPORT.at(1), [0.01, 0.1, 1])]
    tables[1] += 0.1
    figure = grimlib.plot_thresholds({"A": tables}, chosen=0.1)
    for ax, column in zip(figure.axes, ("TPR", "FPR"), strict=True):
        thick = [line for line in ax.lines if line.get_lw() == 2]
        assert len(thick) == 1 and len(ax.lines) == 4
        np.testing.assert_allclose(thick[0].get_ydata(), tables[0][column] + 0.05)
        assert list(ax.lines[-1].get_xdata()) == [0.1, 0.1]


# The faster alignment


@pytest.mark.parametrize("fraction", [0.0, 0.3, 0.5, 0.7])
def test_alignment_is_the_mean_of_all_windows_above_the_fraction(fraction: float) -> None:
    """Against a loop over all positions, for more than one batch and with unknown letters."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 5, (320, 45), dtype=np.int8)
    kernel = rng.normal(size=(19, 4, 3)).astype(np.float32)
    bias = np.array([0.3, -2.0, -1e4], dtype=np.float32)
    got = align(kernel, bias, tokens, fraction)
    from grimlib.filters import scores

    fires = np.maximum(scores(kernel, bias, tokens), 0)
    for unit in range(3):
        level = fires[..., unit].max() * np.float32(fraction)
        counts = np.zeros((20, 5))
        n = 0
        for row in range(320):
            for centre in range(10, 36):
                if fires[row, centre, unit] > level:
                    counts += np.eye(5)[tokens[row, centre - 10 : centre + 10]]
                    n += 1
        assert got.windows[unit] == n
        total = counts[:, :4].sum(axis=1, keepdims=True)
        expected = np.where(total > 0, counts[:, :4] / np.maximum(total, 1), 0.25)
        np.testing.assert_allclose(got.ppms[unit], expected)
    assert got.windows[2] == 0


@pytest.mark.parametrize("fraction", [-0.1, 1, 1.5, float("nan")])
def test_fraction_is_checked(fraction: float) -> None:
    with pytest.raises(ValueError, match="fraction is"):
        align(np.zeros((19, 4, 1)), np.zeros(1), np.zeros((1, 30), dtype=np.int8), fraction)


def test_jaspar_ids_of_this_file() -> None:
    names = {motif.name: motif.alt for motif in load_jaspar()}
    assert (names[SRF], names[MAX], names[OTHER]) == ("SRF", "MAX", "YY1") and GMEB1 in names
    assert isinstance(REPORT, FilterReport)
