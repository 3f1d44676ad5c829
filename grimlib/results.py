"""The paper's tables from stored trials: what is there, what is missing, and how models compare."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from functools import lru_cache
from math import comb

import joblib
import numpy as np
import pandas as pd
from scipy.stats import permutation_test, ttest_ind_from_stats

from grimlib.filters import ARTEFACTS, FIGURES, FilterReport, mean_sd
from grimlib.motifs import ground_truth_name
from grimlib.simulate import Dataset
from grimlib.trials import LENGTH, STORED, TASKS, Trial, TrialSpec, find_trial

PAPER = {
    "task1": {
        "GRIM": {"TPR": (0.929, 0.028), "FPR": (0.021, 0.016)},
        "CNN-4": {"TPR": (0.263, 0.029), "FPR": (0.274, 0.036)},
    },
    "task2": {
        "GRIM": {"TPR": (0.913, 0.038), "FPR": (0.016, 0.013)},
        "CNN-25": {"TPR": (0.383, 0.041), "FPR": (0.173, 0.034)},
    },
}
"""Tables 1 and 2 of Lee & Koo: mean and standard deviation over ten trials."""

PAPER_TRIALS = 10


def full_scale(task: str) -> dict[str, list[TrialSpec]]:
    """The trials that the paper's table for a task takes, and those this book sets beside them.

    Parameters
    ----------
    task : {"task1", "task2"}

    Returns
    -------
    dict of str to list of TrialSpec
        By the table's rows: ten trials of 250 epochs of GRIM and of the supervised network, three
        of each of the others, and ten untrained networks (whose first layer is the same for GRIM
        and for the supervised network of one seed).
    """
    pool_size, n_filters = {"task1": (4, 128), "task2": (25, 64)}[task]
    grim = TrialSpec(
        task=task,
        model="grim",
        pool_size=pool_size,
        n_filters=n_filters,
        epochs=250,
        seed=0,
        data_seed=0,
    )
    cnn = replace(grim, model="cnn")
    rows = {
        "GRIM": (grim, 10),
        f"CNN-{pool_size}": (cnn, 10),
        "GRIM, position views": (replace(grim, views="position"), 3),
        "GRIM, filter views": (replace(grim, views="filter"), 3),
    }
    if task == "task1":
        rows["CNN-25"] = (replace(cnn, pool_size=25), 3)
    rows["untrained"] = (replace(grim, epochs=0), 10)
    return {name: [replace(spec, seed=k) for k in range(n)] for name, (spec, n) in rows.items()}


def stored_trials(
    groups: dict[str, Sequence[TrialSpec]],
) -> tuple[dict[str, list[Trial]], list[TrialSpec]]:
    """Read the repository's artifacts of groups of trials, without training any.

    Returns
    -------
    trials : dict of str to list of Trial
        Those that are there; a group may be empty.
    missing : list of TrialSpec
        Those that are not.

    Raises
    ------
    ValueError
        If an artifact is damaged or holds another trial.
    """
    trials, missing = {}, []
    for name, specs in groups.items():
        found = [find_trial(spec, STORED) for spec in specs]
        trials[name] = [trial for trial in found if trial]
        missing += [spec for spec, trial in zip(specs, found, strict=True) if not trial]
    return trials, missing


def missing_notice(missing: Sequence[TrialSpec], total: int, group: str) -> str:
    """Say in Markdown which of all the trials are missing, and the commands that produce them.

    `missing` is as `stored_trials` gives it; `group` is the group's name in ``workflow/trials.py``.
    """
    if not missing:
        return f"All {total} trials are stored."
    commands = "\n".join(f"python workflow/trials.py run {spec.filename}" for spec in missing)
    be, them = ("is", "it") if len(missing) == 1 else ("are", "them")
    return (
        f"**{len(missing)} of the {total} trials {be} missing**, and nothing below counts {them}. "
        f"`snakemake {group}` trains all that are missing, side by side.\n\n"
        f":::{{dropdown}} The missing trials, one by one\n```bash\n{commands}\n```\n:::\n"
    )


# Several chapters of the book show the same trials. A build names a folder of its own here, in
# which each is analysed once; without one, nothing is kept.
_memory = joblib.Memory(os.environ.get("GRIMLIB_REPORTS"), verbose=0)


@lru_cache(maxsize=4)
def _simulated(task: str, *settings: int) -> Dataset:
    """A task's data, made once for all trials that share it."""
    return TASKS[task][0](*settings)


@_memory.cache
def _report(trial: Trial, evalue: float) -> FilterReport:
    spec = trial.spec
    settings = (spec.n_sequences, LENGTH, spec.data_seed, spec.both_strands)
    return trial.report(_simulated(spec.task, *settings), evalue)


def report_trials(
    trials: dict[str, Sequence[Trial]], evalue: float = 0.1
) -> dict[str, list[FilterReport]]:
    """Align and match the filters of all trials, each on its own data.

    Parameters
    ----------
    trials : dict of str to sequence of Trial
        As `stored_trials` gives them.
    evalue : float
        The largest E-value that counts as a match. Default is 0.1.

    Returns
    -------
    dict of str to list of FilterReport
        One a trial, in the same order.

    Raises
    ------
    ValueError
        If `evalue` is not positive.
    """
    # Always up to 10, so that chapters with several thresholds share a trial's report.
    lax = 10.0 if 0 < evalue < 10 else float(evalue)  # joblib tells 10 from 10.0
    return {
        name: [_report(trial, lax).at(evalue) for trial in group] for name, group in trials.items()
    }


def compare_with_paper(task: str, reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
    """The paper's table beside ours, figure by figure, with a verdict.

    Parameters
    ----------
    task : {"task1", "task2"}
    reports : dict of str to sequence of FilterReport
        By the names of `PAPER`; other names are left out.

    Returns
    -------
    pandas.DataFrame
        One row for each model and figure: ``paper`` and ``ours`` (mean ± standard deviation),
        ``trials`` (how many are ours) and ``verdict``: from Welch's test of the two means for a
        figure that the paper gives, in words for the others.
    """
    rows = []
    for model, figures in PAPER[task].items():
        group = reports.get(model, [])
        for figure, attribute in FIGURES.items():
            values = np.array([getattr(report, attribute) for report in group])
            stated = figures.get(figure)
            rows.append(
                {
                    "model": model,
                    "figure": figure,
                    "paper": f"{stated[0]:.3f} ± {stated[1]:.3f}" if stated else "not given",
                    "ours": mean_sd(values),
                    "trials": len(values),
                    "verdict": _verdict(figure, stated, values),
                }
            )
    return pd.DataFrame(rows).set_index(["model", "figure"])


def _verdict(figure: str, stated: tuple[float, float] | None, values: np.ndarray) -> str:
    if not len(values):
        return "no trial stored"
    if figure == "motif recall":
        return f"every motif in {(values == 1).sum()} of {len(values)} trials"
    if figure == "inactive":
        return f"none in {(values == 0).sum()} of {len(values)} trials"
    mean, spread = stated
    difference = values.mean() - mean
    direction = "higher" if difference > 0 else "lower"
    if len(values) < 3:
        return f"{direction} by {abs(difference):.3f}; too few trials to test"
    p = ttest_ind_from_stats(
        mean, spread, PAPER_TRIALS, values.mean(), values.std(ddof=1), len(values), equal_var=False
    ).pvalue
    if p > 0.05:
        return f"agrees (p = {p:.2f})"
    return f"{direction} by {abs(difference):.3f} (p {_p_text(p)})"


def _p_text(p: float) -> str:
    return "< 0.001" if p < 0.001 else f"= {p:.3f}"


def compare_models(
    reports: dict[str, Sequence[FilterReport]], first: str, second: str
) -> pd.DataFrame:
    r"""Test whether two models differ, and say by how much.

    The test is the exact permutation test of the difference of means, two-sided: the fraction of
    all ways to deal the trials to two groups whose means differ at least as much. Its effect size
    is Cliff's delta,

    .. math:: \delta = \frac{\#\{x_i > y_j\} - \#\{x_i < y_j\}}{nm},

    1 where every trial of the first model lies above every one of the second, -1 in the opposite
    case, 0 where neither tends to be larger.

    Parameters
    ----------
    reports : dict of str to sequence of FilterReport
    first, second : str
        The two models, keys of `reports`.

    Returns
    -------
    pandas.DataFrame
        One row a figure: the ``difference`` of means, ``Cliff's delta``, ``p`` and ``note``, which
        says so where the trials are too few for the test to reach p = 0.05, whatever they are.
    """
    rows = {}
    x, y = (_figures_of(reports[name]) for name in (first, second))
    n, m = len(x), len(y)
    smallest = min(2 / comb(n + m, n), 1)
    if n and m and smallest <= 0.05:
        # All figures together: what takes time is to deal the trials.
        test = permutation_test((x, y), _mean_difference, vectorized=True, n_resamples=np.inf)
    for i, figure in enumerate(FIGURES):
        rows[figure] = {"difference": "", "Cliff's delta": "", "p": "", "note": ""}
        if not n or not m:
            rows[figure]["note"] = f"no trial of {second if n else first}"
            continue
        rows[figure]["difference"] = _signed(x[:, i].mean() - y[:, i].mean(), 3)
        rows[figure]["Cliff's delta"] = _signed(cliffs_delta(x[:, i], y[:, i]), 2)
        if smallest > 0.05:
            rows[figure]["note"] = (
                f"too few to test: {n} and {m} trials cannot give p below {smallest:.2g}"
            )
            continue
        rows[figure]["p"] = f"{test.pvalue[i]:.2g}"
        rows[figure]["note"] = f"{n} against {m} trials"
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("figure")


def _figures_of(group: Sequence[FilterReport]) -> np.ndarray:
    """The table's figures of each trial, shape (n, 4)."""
    values = [[getattr(report, attribute) for attribute in FIGURES.values()] for report in group]
    return np.reshape(values, (len(group), len(FIGURES)))


def _signed(value: float, digits: int) -> str:
    return f"{value:+.{digits}f}".replace("-", "\N{MINUS SIGN}")


def _mean_difference(x: np.ndarray, y: np.ndarray, axis: int) -> np.ndarray:
    return x.mean(axis=axis) - y.mean(axis=axis)


def cliffs_delta(x: np.ndarray, y: np.ndarray) -> float:
    """How often values of one group, (n,), exceed those of another, (m,), minus the reverse."""
    return float(np.sign(x[:, None] - y[None, :]).mean())


def filters_per_motif(reports: dict[str | int, FilterReport]) -> pd.DataFrame:
    """How many filters of each trial match each ground-truth motif; 0 is a motif missed.

    Parameters
    ----------
    reports : dict of str or int to FilterReport
        By the trial's seed or name; at least one, all of one task.

    Returns
    -------
    pandas.DataFrame
        One row a motif, one column a trial. A filter that matches two motifs counts for both.
    """
    columns = {}
    for name, report in reports.items():
        factor = report.matches["Target_ID"].map(ground_truth_name)
        filters = report.matches.groupby(factor)["Query_ID"].nunique()
        columns[name] = filters.reindex(report.ground_truth, fill_value=0)
    return pd.DataFrame(columns).astype(int)


def filters_by_seed(
    trials: dict[str, Sequence[Trial]], reports: dict[str, Sequence[FilterReport]]
) -> dict[str, pd.DataFrame]:
    """`filters_per_motif` of every model that has a trial, one column for each trial's seed.

    The reports are those of the trials, as `report_trials` gives them.
    """
    return {
        name: filters_per_motif(
            {trial.spec.seed: report for trial, report in zip(trials[name], group, strict=True)}
        )
        for name, group in reports.items()
        if group
    }


def describe_missed(found: dict[str, pd.DataFrame]) -> str:
    """Say which motifs each model missed in how many trials, from what `filters_by_seed` gives."""
    sentences = []
    for name, table in found.items():
        misses = (table == 0).sum(axis=1)
        often = ", ".join(f"{motif} ({count})" for motif, count in misses[misses > 0].items())
        sentences.append(
            f"{name} finds all {len(table)} motifs in {(table > 0).all().sum()} of "
            f"{table.shape[1]} trials"
            + (f"; missed, with the number of trials: {often}." if often else ".")
        )
    return " ".join(sentences) or "No such trial is stored yet."


def rates(report: FilterReport, evalues: Sequence[float]) -> pd.DataFrame:
    """A trial's figures at other thresholds of Tomtom than the report's own.

    One row an E-value: ``TPR``, ``FPR`` and ``motif recall``.

    Raises
    ------
    ValueError
        If a threshold is above the report's own, whose matches are not known.
    """
    if max(evalues) > report.evalue:
        raise ValueError(
            f"evalues go up to {max(evalues):g}, but the report holds matches up to "
            f"{report.evalue:g} only; make it with a higher evalue"
        )
    matches = report.matches
    factor = matches["Target_ID"].map(ground_truth_name)
    true = factor.isin(report.ground_truth)
    other = ~true & ~matches["Target_ID"].isin(ARTEFACTS)
    filters = [f"filter_{i}" for i in report.table["filter"]]

    def matched(which: pd.Series, by: str | pd.Series, names: Sequence[str]) -> np.ndarray:
        best = matches[which].groupby(by)["E-value"].min().reindex(names, fill_value=np.inf)
        return best.to_numpy(dtype=float) <= np.asarray(evalues)[:, None]

    hit, stray = (matched(which, "Query_ID", filters) for which in (true, other))
    found = matched(true, factor[true], report.ground_truth)
    return pd.DataFrame(
        {"TPR": hit.mean(1), "FPR": (stray & ~hit).mean(1), "motif recall": found.mean(1)},
        index=pd.Index(evalues, name="E-value"),
    )


def describe_thresholds(curves: dict[str, list[pd.DataFrame]], supervised: str) -> str:
    """Say how TPR and FPR of GRIM and of a supervised model move between E-values of 0.001 and 1.

    Parameters
    ----------
    curves : dict of str to list of pandas.DataFrame
        For each model, one table a trial, as `rates` gives them.
    supervised : str
        Name of the supervised model in `curves`.
    """
    if not (curves.get("GRIM") and curves.get(supervised)):
        return (
            "The stored trials do not tell how far the TPR depends on it: those of GRIM or of "
            f"{supervised} are missing."
        )
    grim, other = (
        (sum(curves[name]) / len(curves[name])).loc[0.00099:1.01] for name in ("GRIM", supervised)
    )
    grim_tpr, tpr, fpr = (
        f"from {mean.iloc[0]:.3f} to {mean.iloc[-1]:.3f}"
        for mean in (grim["TPR"], other["TPR"], other["FPR"])
    )
    above = (grim["TPR"] > other["TPR"]).mean()
    verdict = {
        1: "At every threshold between them, GRIM's TPR is the higher one: what separates the two "
        "models is not where the line is drawn.",
        0: "At no threshold between them is GRIM's TPR the higher one.",
    }.get(above, "Which of the two TPRs is the higher one depends on where the line is drawn.")
    return (
        f"From a threshold of 0.001 to one of 1, GRIM's TPR goes {grim_tpr}, and {supervised}'s "
        f"{tpr}, while {supervised}'s FPR goes {fpr}. {verdict}"
    )
