"""The paper's tables from stored trials, and how models compare."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from math import comb
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.stats import permutation_test, ttest_ind_from_stats

from grimlib.filters import FilterReport
from grimlib.paper.groups import GROUPS, Rows, by_seed
from grimlib.paper.tasks import TASKS, Dataset
from grimlib.paper.trials import LENGTH, Trial, TrialSpec, run_or_load, stored_trial

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


def run_models(grim: TrialSpec, supervised: str, trials: int) -> dict[str, list[Trial]]:
    """GRIM, the supervised network of the same layers, and the untrained network.

    Each is trained by `run_or_load`, `trials` times, from the seed of `grim` on. `supervised` names
    the second row; the others are ``"GRIM"`` and ``"untrained"``.
    """
    specs = {
        "GRIM": grim,
        supervised: replace(grim, model="cnn"),
        "untrained": replace(grim, epochs=0),
    }
    seeds = range(grim.seed, grim.seed + trials)
    return {
        name: [run_or_load(one) for one in by_seed(spec, seeds)] for name, spec in specs.items()
    }


def describe_training(trials: dict[str, Sequence[Trial]]) -> str:
    """Say how long each trial took to train and whether it collapsed, in a line of its own."""
    return "\n".join(
        f"{name:10} seed {trial.spec.seed}: {trial.provenance['seconds']:6.1f} s, "
        f"collapsed: {trial.collapsed}"
        for name, group in trials.items()
        for trial in group
    )


def describe_setting(trials: Sequence[Trial]) -> dict[str, int | str]:
    """The setting of a model's trials: ``epochs``, ``trials``, ``n`` sequences, ``d`` filters."""
    spec = trials[0].spec
    return {
        "epochs": spec.epochs,
        "trials": f"{len(trials)} trial" + "s" * (len(trials) > 1),
        "n": f"{spec.n_sequences:,}",
        "d": spec.n_filters,
    }


@lru_cache(maxsize=4)
def _simulated(task: str, *settings: int) -> Dataset:
    """A task's data, made once for all trials that share it."""
    return TASKS[task][0](*settings)


def _report(trial: Trial, evalue: float) -> FilterReport:
    spec = trial.spec
    settings = (spec.n_sequences, LENGTH, spec.data_seed, spec.both_strands)
    return trial.report(_simulated(spec.task, *settings), evalue)


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
    return {
        name: [report(trial, lax).at(evalue) for trial in group] for name, group in trials.items()
    }


def score_full_scale(task: str) -> tuple[dict, dict, dict]:
    """The stored trials of a table of the paper, row by row.

    Parameters
    ----------
    task : {"task1", "task2"}

    Returns
    -------
    reports : dict of str to list of FilterReport
        At an E-value of 0.1.
    found : dict of str to pandas.DataFrame
        Filters by motif and seed, as `filters_by_seed` counts them, of the networks trained.
    rates : dict of str to list of pandas.DataFrame
        `FilterReport.rates` at 41 E-values from 0.0001 to 10.
    """
    stored = stored_trials(GROUPS[task])
    lax = report_trials(stored, evalue=10)
    evalues = np.geomspace(1e-4, 10, 41)
    reports = {name: [report.at(0.1) for report in group] for name, group in lax.items()}
    found = filters_by_seed(stored, reports)
    del found["untrained"]
    rates = {name: [report.rates(evalues) for report in group] for name, group in lax.items()}
    return reports, found, rates


def mean_sd(values: np.ndarray) -> str:
    """Mean and, from two values on, sample standard deviation, as text."""
    spread = f" ± {values.std(ddof=1):.3f}" if len(values) > 1 else ""
    return f"{values.mean():.3f}{spread}"


def summarise(reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
    """One row a model, as in the paper's tables: mean and standard deviation over its trials.

    Parameters
    ----------
    reports : dict of str to sequence of FilterReport
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


def summarise_variants(reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
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


def compare_with_paper(task: str, reports: dict[str, Sequence[FilterReport]]) -> pd.DataFrame:
    """The paper's table beside ours, figure by figure, with a verdict.

    Parameters
    ----------
    task : {"task1", "task2"}
    reports : dict of str to sequence of FilterReport
        By the names of `PAPER`, to which a variant may be added: ``"GRIM, position views"`` is set
        beside the paper's GRIM. Other names are left out.

    Returns
    -------
    pandas.DataFrame
        One row for each model and figure: ``paper`` and ``ours`` (mean ± standard deviation),
        ``trials`` (how many are ours) and ``verdict``: from Welch's test of the two means for a
        figure that the paper gives, unless all our trials have one value; in words for the others.
    """
    rows = []
    for model, group in reports.items():
        figures = PAPER[task].get(model.split(",")[0])
        if figures is None:
            continue
        for figure, attribute in FIGURES.items():
            values = np.array([getattr(report, attribute) for report in group])
            stated = figures.get(figure)
            rows.append(
                {
                    "model": model,
                    "figure": figure,
                    "paper": _stated(*stated) if stated else "not given",
                    "ours": mean_sd(values),
                    "trials": len(values),
                    "verdict": _verdict(figure, stated, values),
                }
            )
    return pd.DataFrame(rows).set_index(["model", "figure"])


def _verdict(figure: str, stated: tuple[float, float] | None, values: np.ndarray) -> str:
    if figure == "motif recall":
        return f"every motif in {(values == 1).sum()} of {len(values)} trials"
    if figure == "inactive":
        return f"none in {(values == 0).sum()} of {len(values)} trials"
    mean, spread = stated
    difference = values.mean() - mean
    direction = "higher" if difference > 0 else "lower"
    if len(values) < 3:
        return f"{direction} by {abs(difference):.3f}; too few trials to test"
    if np.ptp(values) == 0:
        return f"{direction} by {abs(difference):.3f} (not tested)"
    p = ttest_ind_from_stats(
        mean, spread, PAPER_TRIALS, values.mean(), values.std(ddof=1), len(values), equal_var=False
    ).pvalue
    if p > 0.05:
        return f"no difference shown (p = {p:.2f})"
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
    if smallest <= 0.05:
        # All figures together: what takes time is to deal the trials.
        test = permutation_test((x, y), _mean_difference, vectorized=True, n_resamples=np.inf)
    for i, figure in enumerate(FIGURES):
        rows[figure] = {"difference": "", "Cliff's delta": "", "p": "", "note": ""}
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
        filters = report.matches.groupby(report.factors)["Query_ID"].nunique()
        columns[name] = filters.reindex(report.ground_truth, fill_value=0)
    return pd.DataFrame(columns).astype(int)


def filters_by_seed(
    trials: dict[str, Sequence[Trial]], reports: dict[str, Sequence[FilterReport]]
) -> dict[str, pd.DataFrame]:
    """`filters_per_motif` of every model, one column for each trial's seed.

    The reports are those of the trials, as `report_trials` gives them.
    """
    return {
        name: filters_per_motif(
            {trial.spec.seed: report for trial, report in zip(trials[name], group, strict=True)}
        )
        for name, group in reports.items()
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
    return " ".join(sentences)


def describe_thresholds(curves: dict[str, list[pd.DataFrame]], supervised: str) -> str:
    """Say how TPR and FPR of GRIM and of a supervised model move between E-values of 0.001 and 1.

    Parameters
    ----------
    curves : dict of str to list of pandas.DataFrame
        For each model, one table a trial, as `FilterReport.rates` gives them.
    supervised : str
        Name of the supervised model in `curves`.
    """
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


def describe_found(reports: dict[str, Sequence[FilterReport]]) -> dict[str, str]:
    """The figures of the first trials of `run_models`, and the motifs that they found or missed.

    By ``grim-tpr``, ``grim-fpr``, ``grim-found`` and ``grim-missed``; the same with ``cnn-`` for
    the supervised network and ``floor-`` for the untrained one.
    """
    texts = {}
    for name, (report, *_) in zip(("grim", "cnn", "floor"), reports.values(), strict=True):
        missed = [factor for factor in report.ground_truth if factor not in report.found]
        texts[f"{name}-tpr"] = f"{report.tpr:.3f}"
        texts[f"{name}-fpr"] = f"{report.fpr:.3f}"
        texts[f"{name}-found"] = f"{len(report.found)} of {len(report.ground_truth)}"
        texts[f"{name}-missed"] = ", ".join(missed) or "none"
    return texts


def describe_full_scale(
    task: str,
    reports: dict[str, Sequence[FilterReport]],
    found: dict[str, pd.DataFrame],
    rates: dict[str, list[pd.DataFrame]],
) -> dict[str, str | pd.DataFrame]:
    """What a chapter says of its task's table at full scale, from what `score_full_scale` gives.

    ``full`` and ``test`` are the tables of `compare_with_paper` and `compare_models`,
    ``smallest-p`` is the smallest p that the latter can give, ``sentences`` and ``threshold`` are
    text. ``paper-tpr`` is the paper's mean of GRIM. Our means are ``full-grim-tpr`` and so on: of
    ``grim``, ``cnn`` (the supervised network), ``position`` and ``filter`` (GRIM with one family
    of views) and ``floor`` (untrained), each of the attributes in `FIGURES` and ``counted``, the
    FPR if filters that match nothing but an artefact count. ``floor-fpr-lax`` is the untrained
    networks' FPR at an E-value of 1.
    """
    grim, supervised = PAPER[task]
    floor = sum(table["FPR"] for table in rates["untrained"]) / len(rates["untrained"])
    n, m = len(reports[grim]), len(reports[supervised])
    texts = {
        "full": compare_with_paper(task, reports),
        "test": compare_models(reports, grim, supervised),
        "smallest-p": f"{2 / comb(n + m, n):.2g}",
        "sentences": describe_missed(found),
        "threshold": describe_thresholds(rates, supervised),
        "paper-tpr": f"{PAPER[task][grim]['TPR'][0]:.3f}",
        "floor-fpr-lax": f"{floor[:1.01].iloc[-1]:.3f}",
    }
    models = {"grim": grim, "cnn": supervised, "floor": "untrained"}
    models |= {views: f"GRIM, {views} views" for views in ("position", "filter")}
    for key, name in models.items():
        means = dict(zip(FIGURES.values(), _figures_of(reports[name]).mean(axis=0), strict=True))
        matching = [r.matches["Query_ID"].nunique() / len(r.table) for r in reports[name]]
        means["counted"] = np.mean(matching) - means["tpr"]
        texts |= {f"full-{key}-{figure}": f"{mean:.3f}" for figure, mean in means.items()}
    return texts


def glue_all(page: str, values: Mapping[str, object]) -> None:
    """Hand values to the text of a page of the book, each under its key behind ``page-``.

    A table goes as Markdown, with its index as the first columns.
    """
    from IPython.display import Markdown  # needed by the book only
    from myst_nb import glue

    for key, value in values.items():
        if isinstance(value, pd.DataFrame):
            text = value.reset_index().to_markdown(index=False, disable_numparse=True)
            # A hyphen would let the name break.
            value = Markdown(text.replace("CNN-", "CNN\N{NON-BREAKING HYPHEN}"))
        glue(f"{page}-{key}", value, display=False)
