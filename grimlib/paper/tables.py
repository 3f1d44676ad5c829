"""The paper's tables from stored trials, and how models compare."""

from __future__ import annotations

import os
import warnings
from collections.abc import Sequence
from functools import lru_cache
from math import comb
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from scipy.stats import permutation_test

from grimlib.filters import FilterReport
from grimlib.paper.groups import Rows
from grimlib.paper.statistics import compare_by_seed, holm, read_interval, welch_interval
from grimlib.paper.tasks import TASKS, Dataset
from grimlib.paper.trials import Trial, data_settings, stored_trial

if TYPE_CHECKING:
    from grimlib.paper.scores import Score

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

FIGURES = {"TPR": "tpr", "FPR": "fpr", "motif recall": "recall", "inactive": "inactive"}
"""The tables' figures, and the attribute of `FilterReport` that holds each."""


def stored_trials(rows: Rows) -> dict[str, list[Trial]]:
    """The book's artifacts of a group of trials, row by row; errors are those of `stored_trial`."""
    return {name: [stored_trial(spec) for spec in specs] for name, specs in rows.items()}


def describe_training(trials: dict[str, Sequence[Trial]]) -> str:
    """Say how long each trial took to train and whether it collapsed, in a line of its own."""
    return "\n".join(
        f"{name:10} seed {trial.spec.seed}: {trial.provenance['seconds']:6.1f} s, "
        f"collapsed: {trial.collapsed}"
        for name, group in trials.items()
        for trial in group
    )


@lru_cache(maxsize=4)
def _simulated(task: str, *settings: int | str) -> Dataset:
    """A task's data, made once for all trials that share it."""
    return TASKS[task][0](*settings)


def _report(trial: Trial, evalue: float) -> FilterReport:
    spec = trial.spec
    return trial.report(_simulated(spec.task, *data_settings(spec)), evalue)


def report_trials(
    trials: dict[str, Sequence[Trial]], evalue: float = 0.1, cache: Path | None = None
) -> dict[str, list[FilterReport]]:
    """Align and match the filters of all trials, each on its own data.

    Parameters
    ----------
    trials : dict of str to sequence of Trial
        As `stored_trials` gives them.
    evalue : float
        The largest E-value that counts as a match. Default is 0.1.
    cache : Path, optional
        A folder that keeps each trial's report, so that chapters which show the same trials
        analyse them once. Default is ``$GRIMLIB_REPORTS``, which a build of the book sets; else
        nothing is kept.

    Returns
    -------
    dict of str to list of FilterReport
        One a trial, in the same order.

    Raises
    ------
    ValueError
        If `evalue` is not positive.
    """
    import joblib  # which reading a trial does not need

    memory = joblib.Memory(cache or os.environ.get("GRIMLIB_REPORTS"), verbose=0)
    report = memory.cache(_report)
    # Always up to 10, so that chapters with several thresholds share a trial's report.
    lax = 10.0 if 0 < evalue < 10 else float(evalue)  # joblib tells 10 from 10.0
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Persisting input arguments")  # a disk was slow
        return {
            name: [report(trial, lax).at(evalue) for trial in group]
            for name, group in trials.items()
        }


def mean_sd(values: np.ndarray) -> str:
    """Mean and, from two values on, sample standard deviation, as text."""
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"


def summarise(reports: dict[str, Sequence[FilterReport | Score]]) -> pd.DataFrame:
    """One row a model, as in the paper's tables: mean and standard deviation over its trials.

    Parameters
    ----------
    reports : dict of str to sequence of FilterReport or Score
        The trials of each model.

    Returns
    -------
    pandas.DataFrame
        ``trials`` (their number), and ``TPR``, ``FPR``, ``motif recall`` and ``inactive`` as text:
        the mean, and behind it the sample standard deviation where there are two trials or more.
    """
    rows = {}
    for model, trials in reports.items():
        rows[model] = {"trials": len(trials)}
        for column, attribute in FIGURES.items():
            values = np.array([getattr(trial, attribute) for trial in trials])
            rows[model][column] = mean_sd(values)
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("model")


def summarise_variants(reports: dict[str, Sequence[FilterReport | Score]]) -> pd.DataFrame:
    """One row a choice, all of it as text: means over its trials, and what they found.

    ``TPR``, ``FPR`` and ``inactive`` are means, ``motifs found`` lists the trials one by one, and
    ``missed by all`` names the motifs that no trial found.
    """
    rows = {}
    for name, group in reports.items():
        motifs = group[0].ground_truth
        found = set().union(*(report.found for report in group))
        missed = [motif for motif in motifs if motif not in found]
        counts = ", ".join(str(len(report.found)) for report in group)
        rows[name] = {
            figure: f"{np.mean([getattr(report, FIGURES[figure]) for report in group]):.3f}"
            for figure in ("TPR", "FPR", "inactive")
        } | {
            "motifs found": f"{counts} of {len(motifs)}",
            "missed by all": ", ".join(missed) if found else "every motif",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("choice")


def summarise_beside_paper(task: str, reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
    """`summarise`, with the paper's TPR and FPR before it; empty for a model that it has not."""
    stated = {
        model: {f"paper {figure}": _stated(*values) for figure, values in figures.items()}
        for model, figures in PAPER[task].items()
    }
    table = pd.DataFrame.from_dict(stated, orient="index")
    return table.join(summarise(reports), how="right").fillna("")


def _stated(mean: float, spread: float) -> str:
    return f"{mean:.3f} ± {spread:.3f}"


def compare_with_paper(
    task: str, reports: dict[str, Sequence[FilterReport | Score]]
) -> pd.DataFrame:
    """The paper's TPR and FPR beside ours, with a verdict on each.

    Parameters
    ----------
    task : {"task1", "task2"}
    reports : dict of str to sequence of FilterReport or Score
        By the names of `PAPER`, to which a variant may be added: ``"GRIM, position views"`` is set
        beside the paper's GRIM. Other names are left out. Two trials or more of each.

    Returns
    -------
    pandas.DataFrame
        One row for each model and figure: ``paper`` and ``ours`` (mean ± standard deviation), their
        ``difference`` with its 95% interval, and the ``verdict``: what `read_interval` says,
        with ``"reproduced"`` for equivalent.
    """
    rows = []
    for model, group in reports.items():
        for figure, (mean, spread) in PAPER[task].get(model.split(",")[0], {}).items():
            values = np.array([getattr(report, FIGURES[figure]) for report in group])
            interval = welch_interval((mean, spread, PAPER_TRIALS), _moments(values))
            rows.append(
                {
                    "model": model,
                    "figure": figure,
                    "paper": _stated(mean, spread),
                    "ours": mean_sd(values),
                    "difference [95% interval]": _interval_text(*interval),
                    "verdict": read_interval(*interval[1:]).replace("equivalent", "reproduced"),
                }
            )
    return pd.DataFrame(rows).set_index(["model", "figure"])


def _moments(values: np.ndarray) -> tuple[float, float, int]:
    return values.mean(), values.std(ddof=1), len(values)


def _interval_text(difference: float, low: float, high: float) -> str:
    difference, low, high = (_signed(value, 3) for value in (difference, low, high))
    return f"{difference} [{low}, {high}]"


def compare_rows(
    reports: dict[str, Sequence[FilterReport | Score]], pairs: Sequence[tuple[str, str]]
) -> pd.DataFrame:
    """Compare rows whose trials have the same seeds, in the same order.

    Parameters
    ----------
    reports : dict of str to sequence of FilterReport or Score
        The trials of each row, 2 to 20.
    pairs : sequence of tuple of two str
        The rows to compare, keys of `reports`: what is changed, and what it is compared with.

    Returns
    -------
    pandas.DataFrame
        By ``row`` (the first of the pair) and ``figure``: ``difference`` of the means, first minus
        second, its 95% interval from ``low`` to ``high`` and the ``verdict``, as
        `grimlib.paper.statistics.compare_by_seed` gives them; and ``p``, of its test, corrected by
        Holm's method for all tests of the table.
    """
    rows = {}
    for first, second in pairs:
        for figure, name in FIGURES.items():
            if figure == "inactive":
                continue
            values = ([getattr(report, name) for report in reports[row]] for row in (first, second))
            rows[first, figure] = vars(compare_by_seed(*values))
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis(["row", "figure"])
    return table.drop(columns="smallest_p").assign(p=holm(table["p"]))


def state_differences(differences: pd.DataFrame) -> pd.DataFrame:
    """What `compare_rows` gives as text: ``difference [95% interval]``, ``p`` and ``verdict``."""
    intervals = differences[["difference", "low", "high"]].itertuples(index=False)
    return pd.DataFrame(
        {
            "difference [95% interval]": [_interval_text(*interval) for interval in intervals],
            "p": differences["p"].map("{:.2g}".format),
            "verdict": differences["verdict"],
        },
        index=differences.index,
    )


def overview(reports: dict[str, dict[str, Sequence[Score]]]) -> pd.DataFrame:
    """The paper's tables beside ours in few figures: what the first page shows.

    Parameters
    ----------
    reports : dict of str to dict of str to sequence of Score
        For each task, what `score_readings` gives.

    Returns
    -------
    pandas.DataFrame
        One row a task and model: the paper's TPR and FPR and our means; how many motifs ours find,
        and in how many trials.
    """
    rows = []
    for task, groups in reports.items():
        for name, group in groups.items():
            row = {"": f"Task {task[-1]}, {name}"}
            for rate, published in PAPER[task][name.split(",")[0]].items():
                row[f"paper {rate}"] = _stated(*published)
                row[rate] = f"{np.mean([getattr(r, FIGURES[rate]) for r in group]):.3f}"
            found = np.mean([len(report.found) for report in group])
            row["motifs"] = f"{found:.1f}/{len(group[0].ground_truth)}"
            row["trials"] = len(group)
            rows.append(row)
    return pd.DataFrame(rows).set_index("")


def compare_models(
    reports: dict[str, Sequence[FilterReport | Score]], first: str, second: str
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
    reports : dict of str to sequence of FilterReport or Score
    first, second : str
        The two models, keys of `reports`.

    Returns
    -------
    pandas.DataFrame
        One row a figure: the ``difference`` of means and its ``95% interval`` (Welch's, for which
        trials are too few if there is one), ``Cliff's delta``, ``p`` and ``note``, which says so
        where the trials are too few for the test to reach p = 0.05, whatever they are.
    """
    rows = {}
    x, y = (_figures_of(reports[name]) for name in (first, second))
    n, m = len(x), len(y)
    smallest = min(2 / comb(n + m, n), 1)
    if smallest <= 0.05:
        # All figures together: what takes time is to deal the trials.
        # In batches that fit into a processor's cache, which is faster.
        exact = dict(vectorized=True, n_resamples=np.inf, batch=10_000)
        test = permutation_test((x, y), _mean_difference, **exact)
    for i, figure in enumerate(FIGURES):
        rows[figure] = {
            "difference": _signed(x[:, i].mean() - y[:, i].mean(), 3),
            "95% interval": "",
            "Cliff's delta": _signed(cliffs_delta(x[:, i], y[:, i]), 2),
            "p": "",
            "note": "",
        }
        if min(n, m) > 1:
            text = _interval_text(*welch_interval(_moments(y[:, i]), _moments(x[:, i])))
            rows[figure]["95% interval"] = text.split(" ", 1)[1]
        if smallest > 0.05:
            rows[figure]["note"] = (
                f"too few to test: {n} and {m} trials cannot give p below {smallest:.2g}"
            )
            continue
        rows[figure]["p"] = f"{test.pvalue[i]:.2g}"
        rows[figure]["note"] = f"{n} against {m} trials"
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("figure")


def _figures_of(group: Sequence[FilterReport | Score]) -> np.ndarray:
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
