"""The paper's claims: what each says, the rule that judges it, and the stored trials' verdict.

The one place that verdicts come from: a chapter shows those of `verdicts`, and where its text
names one, it asserts what `verdict` gives.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache, cached_property

import numpy as np
import pandas as pd

from grimlib.clusters import cluster_motifs
from grimlib.filters import FilterReport
from grimlib.matches import tomtom
from grimlib.motifs import load_jaspar
from grimlib.paper.groups import GROUPS
from grimlib.paper.scores import Score, scored_trials
from grimlib.paper.statistics import MARGIN, compare_by_seed, read_interval, welch_interval
from grimlib.paper.tables import (
    FIGURES,
    PAPER,
    PAPER_TRIALS,
    compare_models,
    report_trials,
    stored_trials,
)
from grimlib.paper.tasks import ground_truth_name
from grimlib.paper.trials import Trial

HOLDS, IN_PART, FAILS = "holds", "holds in part", "does not hold"
NOT_SHOWN, REPRODUCED, NOT_REPRODUCED = "not shown", "reproduced", "not reproduced"
NOT_TESTED = "not tested"

SEEDS = range(10)
"""Of the trials that verdicts rest on: all that are stored of each row."""

_NAMES = {attribute: name for name, attribute in FIGURES.items()}


class Row:
    """The stored trials of a row of `GROUPS`, and their figures: ``row["tpr"]``, one a trial."""

    def __init__(self, group: str, name: str, seeds: range = SEEDS):
        self.task, self.name = group, name
        self.specs = [spec for spec in GROUPS[group][name] if spec.seed in seeds]

    @cached_property
    def trials(self) -> list[Trial]:
        return stored_trials({"": self.specs})[""]

    @cached_property
    def reports(self) -> list[FilterReport]:
        return report_trials({"": self.trials})[""]

    @cached_property
    def scores(self) -> list[Score]:
        return scored_trials({"": self.specs})[""]

    def __getitem__(self, figure: str) -> np.ndarray:
        return np.array([getattr(score, figure) for score in self.scores])

    @property
    def source(self) -> str:
        return f"{len(self.specs)} × {self.specs[0].epochs} epochs" if self.specs else ""

    def text(self, figure: str) -> str:
        """Mean, and range where there is one."""
        mean, low, high = (f"{f(self[figure]):.2f}" for f in (np.mean, np.min, np.max))
        return mean if low == high else f"{mean} ({low} to {high})"


class Runs:
    """The AUROCs of the stored transfer runs, one a seed, by task, network and labels."""

    def __init__(self, seeds: range):
        from grimlib.paper import transfer  # which other claims do not need

        runs = {s: transfer.load_run(s) for s in transfer.every_run() if s.seed in seeds}
        self.source = f"{len({spec.seed for spec in runs})} seeds" if runs else ""
        self.areas = transfer.scores(runs).groupby(["task", "network", "labels"])["auroc"]

    def __getitem__(self, key: tuple[str, str, int]) -> np.ndarray:
        return self.areas.get_group(key).to_numpy()


_row = cache(Row)
_runs = cache(Runs)


# ------------------------------------------------------------------------------------- rules
# A rule is given rows of trials. It returns our figure, as text, and the verdict.


def _grade(every: bool, part: bool = False) -> str:
    return HOLDS if every else IN_PART if part else FAILS


def _compare(*higher: str, lower: tuple[str, ...] = ()) -> Callable:
    """Figures of a row are above (below) another's in all pairs of trials; in part: on average."""

    def judge(a: Row, b: Row) -> tuple[str, str]:
        pairs = [(a[f], b[f]) for f in higher] + [(b[f], a[f]) for f in lower]
        text = (f"{_NAMES[f]} {a.text(f)} against {b.text(f)}" for f in (*higher, *lower))
        every = all(x.min() > y.max() for x, y in pairs)
        return ", ".join(text), _grade(every, all(x.mean() > y.mean() for x, y in pairs))

    return judge


def _reach(figure: str, every: float, mean: float) -> Callable:
    """A figure is at least `every` in every trial of all rows; in part: at least `mean` on average.

    For recall, the text says in how many trials all motifs were found.
    """

    def judge(*rows: Row) -> tuple[str, str]:
        texts = [f"{_NAMES[figure]} {row.text(figure)}" for row in rows]
        if figure == "recall":
            texts = [
                f"{text}; all in {(row[figure] == 1).sum()} of {len(row.specs)} trials"
                for text, row in zip(texts, rows, strict=True)
            ]
        if len(rows) > 1:
            texts = [f"{_task(row)}: {text}" for text, row in zip(texts, rows, strict=True)]
        above = all(row[figure].min() >= every for row in rows)
        return "; ".join(texts), _grade(above, all(row[figure].mean() >= mean for row in rows))

    return judge


def _task(row: Row) -> str:
    return f"Task {row.task[-1]}"


def _partial(*rows: Row) -> tuple[str, str]:
    text = "; ".join(f"{row.name}, {_task(row)}: {row.text('tpr')}" for row in rows)
    few = [row["tpr"].max() < 0.5 for row in rows]
    return f"TPR of {text}", _grade(all(few), any(few))


def _reproduced(row: Row) -> tuple[str, str]:
    """Welch's interval of each difference from the paper's mean lies within the margin."""
    texts, inside = [], []
    for name, (mean, spread) in PAPER[row.task][row.name.split(",")[0]].items():
        ours = row[FIGURES[name]]
        if len(ours) < 3:
            return "", NOT_TESTED
        difference, low, high = welch_interval(
            (mean, spread, PAPER_TRIALS), (ours.mean(), ours.std(ddof=1), len(ours))
        )
        inside.append(read_interval(low, high) == "equivalent")
        interval = _interval(difference, low, high)
        texts.append(f"{name} {ours.mean():.3f}, paper {mean:.3f}: {interval}")
    return "; ".join(texts), REPRODUCED if all(inside) else NOT_REPRODUCED


def _interval(difference: float, low: float, high: float) -> str:
    text = f"{difference:+.3f} [{low:+.3f}, {high:+.3f}]"
    return text.replace("-", "\N{MINUS SIGN}")


def _needed(own: Row, other: Row) -> tuple[str, str]:
    """TPR falls where h is another sequence's; it does not hold if the rows are equivalent."""
    if len(own.specs) < 3:
        return "", NOT_TESTED
    found = compare_by_seed(other["tpr"], own["tpr"])
    text = f"TPR with another sequence's h, {_interval(found.difference, found.low, found.high)}"
    verdicts = {"lower": HOLDS, "equivalent": FAILS}
    return text, verdicts.get(found.verdict, NOT_SHOWN)


def _misses(row: Row) -> tuple[str, str]:
    text, _ = _reach("recall", 1, 1)(row)
    return text, _grade(row["recall"].max() < 1, row["recall"].mean() < 1)


def _srf_alone(row: Row) -> tuple[str, str]:
    counts = [score.motifs for score in row.scores]
    share = np.mean([count["SRF"] / max(sum(count.values()), 1) for count in counts])
    others = [len(score.found) - ("SRF" in score.found) for score in row.scores]
    text = f"{share:.2f} of the matching filters match SRF best; {np.mean(others):.1f} other motifs"
    return text, _grade(max(others) == 0, np.mean(others) < 1)


def _shortcut(row: Row) -> tuple[str, str]:
    return f"test AUROC {_test_auroc(row):.4f}", NOT_TESTED


def _test_auroc(row: Row) -> float:
    return np.mean([trial.metrics["test_auroc"] for trial in row.trials])


def _more_motifs(a: Row, b: Row) -> tuple[str, str]:
    """Higher mean recall, by the exact permutation test."""
    text, _ = _compare("recall")(a, b)
    p = compare_models({"a": a.scores, "b": b.scores}, "a", "b").loc["motif recall", "p"]
    if not p:
        return text, NOT_TESTED
    above = a["recall"].mean() > b["recall"].mean() and float(p) <= 0.05
    return f"{text} (p = {p})", HOLDS if above else NOT_SHOWN


def _falls_short(runs: Runs, *networks: Row) -> tuple[str, str]:
    texts, every = [], []
    for task in ("task1", "task2"):
        best = max(_test_auroc(row) for row in networks if row.task == task)
        found = runs[task, "regression on h", 17_500]
        texts.append(f"Task {task[-1]}: {best:.4f} against {found.mean():.4f}")
        every.append(best > found.max())
    text = "AUROC, all labels, best supervised network against regression on h (of GRIM after "
    return f"{text}5 epochs). {'; '.join(texts)}", _grade(all(every), any(every))


def _transferred(runs: Runs) -> tuple[str, str]:
    texts, every = [], []
    for task in ("task1", "task2"):
        x, y = runs[task, "frozen", 100], runs[task, "random", 100]
        texts.append(f"Task {task[-1]}: {x.mean():.3f} against {y.mean():.3f}")
        every.append(x.min() > y.max())
    text = f"AUROC, 100 labels, GRIM's filters frozen against random. {'; '.join(texts)}. "
    text += "On Task 2, GRIM itself learns what the label says, sequence or shuffle"
    return text, _grade(all(every), any(every))


def _shares(row: Row) -> list[float]:
    """What part of a trial's matching filters match the most frequent motif best."""
    counts = [score.motifs.values() for score in row.scores]
    return [max(count) / max(sum(count), 1) for count in counts]


def _crowding(*rows: Row) -> tuple[str, str]:
    texts, shares = [], []
    for row in rows:
        share = _shares(row)
        texts.append(f"{_task(row)}: {np.mean(share):.2f}")
        shares += share
    text = f"share of the matching filters on the most frequent motif: {'; '.join(texts)}"
    return text, _grade(min(shares) > 0.5, np.mean(shares) > 0.5)


def _spread(words: Row, glorot: Row) -> tuple[str, str]:
    a, b = _shares(words), _shares(glorot)
    text = f"share of the matching filters on the most frequent motif: {np.mean(a):.2f} from words"
    text += f", {np.mean(b):.2f} from Glorot's weights"
    return text, _grade(max(a) < min(b), np.mean(a) < np.mean(b))


def _merged(row: Row) -> tuple[str, str]:
    sizes, kept = [], []
    for report in row.reports:
        clusters = cluster_motifs(report.motifs)
        matches = tomtom([cluster.motif for cluster in clusters], load_jaspar())
        matches = matches.assign(factor=matches["Target_ID"].map(ground_truth_name))
        of_found = matches[matches["factor"].isin(report.found)].sort_values("p-value")
        # Each counts once: a merger of two motifs may match both.
        best = of_found.drop_duplicates("Query_ID")["factor"]
        sizes.append(len(clusters))
        kept.append(best.nunique() / max(len(report.found), 1))
    text = f"{np.mean(sizes):.1f} merged motifs stand for {np.mean(kept):.2f} of the motifs found"
    return text, _grade(min(kept) == 1, np.mean(kept) >= 0.9)


def _exponential(*rows: Row) -> tuple[str, str]:
    texts, better = [], []
    for relu, exponential in zip(rows[::2], rows[1::2], strict=True):
        text, _ = _compare("tpr", "recall")(exponential, relu)
        texts.append(f"{relu.name[:6]}: {text}")
        better += [exponential[f].mean() > relu[f].mean() for f in ("tpr", "recall")]
    return f"exponential against ReLU. {'; '.join(texts)}", _grade(all(better), any(better))


# ------------------------------------------------------------------------------------- claims


@dataclass(frozen=True)
class Claim:
    """One empirical statement of the paper.

    Attributes
    ----------
    statement, section : str
        In our words, and where the paper makes it.
    rule : str
        What decides, in words.
    evidence : str
        Links to the chapters that show it, in Markdown.
    judge : callable, optional
        The rule. None if nothing in this book tests the statement.
    rows : tuple
        What `judge` is given: the group and row of trials, or `RUNS`.
    """

    statement: str
    section: str
    rule: str
    evidence: str
    judge: Callable[..., tuple[str, str]] | None = None
    rows: tuple[tuple[str, ...], ...] = ()


G1, C1, WIDE = ("task1", "GRIM"), ("task1", "CNN-4"), ("task1", "CNN-25")
G2, C2 = ("task2", "GRIM"), ("task2", "CNN-25")
LITERAL = {G1: ("task1", "GRIM, position views"), G2: ("task2", "GRIM, position views")}
"""GRIM in the adopted reading, and the same in the literal one."""

RUNS = ("transfer",)
_T1, _T2 = "[Task 1](task1.ipynb#at-full-scale)", "[Task 2](task2.ipynb#at-full-scale)"
_LENGTH = "[length of training](baselines.ipynb#for-how-long-they-are-trained)"
_MANY = "[number of filters](redundancy.ipynb#how-many-filters-does-it-take)"
_WITHIN = f"the 95% interval of each difference lies within ±{MARGIN}"

CLAIMS = {
    "partial-filters": Claim(
        "Filters of supervised networks are often not whole motifs, but parts of them or mixtures.",
        "abstract",
        "fewer than half of the filters match, in every trial of all three; in part: of one",
        f"{_T1}, {_T2}",
        _partial,
        (C1, C2, WIDE),
    ),
    "task1-recall": Claim(
        "GRIM learns more of the embedded motifs than a supervised CNN-4.",
        "abstract, 5",
        "higher recall, in all pairs of trials; in part: on average",
        _T1,
        _compare("recall"),
        (G1, C1),
    ),
    "task1-tpr": Claim(
        "More of GRIM's filters match an embedded motif than of CNN-4's.",
        "5",
        "higher TPR, in all pairs of trials; in part: on average",
        _T1,
        _compare("tpr"),
        (G1, C1),
    ),
    "task1-fpr": Claim(
        "Fewer of GRIM's filters match only motifs that were not embedded.",
        "5",
        "lower FPR, in all pairs of trials; in part: on average",
        _T1,
        _compare(lower=("fpr",)),
        (G1, C1),
    ),
    "task2-rates": Claim(
        "On Task 2, more of GRIM's filters match an embedded motif than of CNN-25's, and fewer "
        "match only others.",
        "5",
        "higher TPR and lower FPR, in all pairs of trials; in part: on average",
        _T2,
        _compare("tpr", lower=("fpr",)),
        (G2, C2),
    ),
    **{
        f"{row[0]}-{row[1].lower()}-figures": Claim(
            f"The figures of {row[1]} in Table {row[0][-1]}.",
            f"5, Table {row[0][-1]}",
            _WITHIN,
            where,
            _reproduced,
            (row,),
        )
        for row, where in ((G1, _T1), (C1, _T1), (G2, _T2), (C2, _T2))
    },
    "cnn25-recall": Claim(
        "A supervised CNN-25 trained on Task 1 learns all its motifs …",
        "5",
        "all eleven, in every trial; in part: nine tenths on average",
        _T1,
        _reach("recall", 1, 0.9),
        (WIDE,),
    ),
    "cnn25-tpr": Claim(
        "… and nearly all of its filters match one.",
        "5",
        "nine tenths of the filters, in every trial; in part: on average",
        _T1,
        _reach("tpr", 0.9, 0.9),
        (WIDE,),
    ),
    "cnn25-misses": Claim(
        "On Task 2, CNN-25 does not learn all motifs, although it is built to.",
        "abstract, 5",
        "fewer than six, in every trial; in part: on average",
        _T2,
        _misses,
        (C2,),
    ),
    "srf-alone": Claim(
        "CNN-25 attends to SRF alone.",
        "5",
        "no other motif in any trial; in part: fewer than one on average",
        f"{_T2}, {_LENGTH}",
        _srf_alone,
        (C2,),
    ),
    "shortcut": Claim(
        "The reason: SRF alone solves the task, and then nothing is left to learn.",
        "5",
        "none; what the network uses beside SRF was not measured",
        _LENGTH,
        _shortcut,
        (C2,),
    ),
    "task2-all-motifs": Claim(
        "GRIM reliably finds all six motifs of Task 2, SRF and the weak ones.",
        "abstract, 5",
        "all six, in every trial; in part: nine tenths on average",
        _T2,
        _reach("recall", 1, 0.9),
        (G2,),
    ),
    "interpretable": Claim(
        "GRIM's first-layer filters are easy to interpret.",
        "6",
        "nine tenths of the filters match an embedded motif, in every trial of both tasks; "
        "in part: on average",
        f"{_T1}, {_T2}",
        _reach("tpr", 0.9, 0.9),
        (G1, G2),
    ),
    "beyond-labels": Claim(
        "GRIM learns what is hard to learn with labels: more motifs of Task 2 than CNN-25.",
        "5, 6",
        "higher mean recall, exact permutation test at p ≤ 0.05",
        _T2,
        _more_motifs,
        (G2, C2),
    ),
    "beyond-labels-early": Claim(
        "The same after 5 epochs, a length that the paper does not have.",
        "not in the paper",
        "the same",
        _LENGTH,
        _more_motifs,
        (("lengths", "GRIM, 5 epochs"), ("lengths", "CNN-25, 5 epochs")),
    ),
    "global-encoding": Claim(
        "Predictors on the global encoding fall short of supervised networks.",
        "6",
        "the network's mean above every regression, on both tasks; in part: on one",
        "[regressions](discussion.ipynb#downstream-predicting-from-the-global-encoding)",
        _falls_short,
        (RUNS, C1, WIDE, C2),
    ),
    "transfer": Claim(
        "The local representations may help supervised learning by transfer.",
        "6",
        "frozen higher, for all pairs of seeds, on both tasks; in part: on one",
        "[transfer](discussion.ipynb#transfer-grims-filters-in-a-supervised-network)",
        _transferred,
        (RUNS,),
    ),
    "redundancy": Claim(
        "Filters learn motifs well, but repeat one another to a large degree.",
        "6",
        "more than half of the matching filters on one motif, in every trial of both tasks; "
        "in part: on average",
        "[Redundancy](redundancy.ipynb)",
        _crowding,
        (G1, G2),
    ),
    "many-filters": Claim(
        "Good performance needs a large number of filters.",
        "6",
        "higher recall with 128 than with 16 filters, in all pairs of trials; in part: on average",
        _MANY,
        _compare("recall"),
        (("redundancy", "128 filters"), ("redundancy", "16 filters")),
    ),
    "fewer-dimensions": Claim(
        "Fewer, distinct dimensions could make GRIM easier to interpret.",
        "6",
        "no motif is lost by merging, in any trial; in part: nine tenths are kept on average. A "
        "merged motif counts for the embedded one that it matches best",
        "[merged motifs](redundancy.ipynb#a-non-redundant-set)",
        _merged,
        (G2,),
    ),
    "exponential": Claim(
        "The design of a network can make supervised features more robust (exponential "
        "activations).",
        "1",
        "higher mean TPR and recall, on both tasks; in part: one of them on one task",
        "[exponential](discussion.ipynb#exponential-activations-the-supervised-answer)",
        _exponential,
        tuple(("exponential", row) for row in GROUPS["exponential"]),
    ),
    "inherent": Claim(
        "Missing the weak motifs is inherent to supervised learning.", "5", "none yet", _LENGTH
    ),
    "information": Claim(
        "What GRIM learns is the mutual information of local and global encodings.",
        "3",
        "TPR on Task 2 falls if each sequence is given another one's global encoding; does not "
        f"hold if the 95% interval of the difference by seed lies within ±{MARGIN}",
        "[the global encoding](global_encoding.ipynb)",
        _needed,
        tuple(("encoding", f"Task 2, both views, h {h}") for h in ("same", "other")),
    ),
    "discriminator": Claim(
        "The max in the discriminator goes with robust motifs in the filters.",
        "3",
        "on Task 2 after five epochs, TPR and motif recall are higher than with Deep InfoMax's "
        "inner product, in all pairs of trials; in part: on average",
        "[the global encoding](global_encoding.ipynb#where-more-than-one-number-of-h-counts)",
        _compare("tpr", "recall"),
        tuple(("encoding", f"Task 2, {name}, h same") for name in ("both views", "inner product")),
    ),
    "initialisation": Claim(
        "Redundancy comes from how filters are initialised.",
        "6",
        "of 16 filters of Task 2, a smaller share is on the most frequent motif if they start from "
        "enriched words, in all pairs of trials; in part: on average",
        "[Where filters start](starts.ipynb)",
        _spread,
        tuple(("starts", f"Task 2, {start}, d = 16, epochs 2") for start in ("words", "glorot")),
    ),
    "real-data": Claim(
        "On real data, the shortcut would give an incomplete picture.",
        "5",
        "none yet",
        "[Your own sequences](your_sequences.ipynb)",
    ),
}
"""By the key that `verdict` takes; in the paper's order, by and large."""


@cache
def judge(key: str, reading: str = "adopted", seeds: range = SEEDS) -> tuple[str, str]:
    """Our figure and the verdict on a claim; see `verdict`, which gives the latter only.

    Raises
    ------
    ValueError
        If there is no such claim, or `reading` is literal where the claim is not about GRIM.
    """
    if key not in CLAIMS:
        raise ValueError(f"there is no claim {key!r}; give one of {', '.join(CLAIMS)}")
    claim, names = CLAIMS[key], CLAIMS[key].rows
    if reading != "adopted":
        if reading != "literal" or not set(names) & set(LITERAL):
            raise ValueError(f"{key} has no {reading} reading")
        names = [LITERAL.get(name, name) for name in names]
    rows = [_runs(seeds) if name == RUNS else _row(*name, seeds) for name in names]
    if claim.judge is None or not all(row.source for row in rows):
        return "", NOT_TESTED
    figure, found = claim.judge(*rows)
    sources = dict.fromkeys(row.source for row in rows)
    return f"{figure} [{'; '.join(sources)}]" * bool(figure), found


def verdict(key: str, reading: str = "adopted") -> str:
    """The verdict of the stored trials on one of the paper's claims, such as ``"holds in part"``.

    Parameters
    ----------
    key : str
        One of `CLAIMS`.
    reading : {"adopted", "literal"}
        Of GRIM's loss. Default is "adopted", the only one of a claim that is not about GRIM.
    """
    return judge(key, reading)[1]


def verdicts(*keys: str, seeds: range = SEEDS) -> pd.DataFrame:
    """Claims and their verdicts, one a row by its key.

    Parameters
    ----------
    *keys : str
        Of `CLAIMS`. Default is all.
    seeds : range
        Of the trials to judge by. Default is all that are stored.

    Returns
    -------
    pandas.DataFrame
        ``statement``, ``section``, ``rule`` and ``evidence`` as in `Claim`; our ``figure`` and the
        ``verdict``; and, for claims about GRIM, ``literal figure`` and ``literal verdict``, empty
        for others.
    """
    rows = {}
    for key in keys or CLAIMS:
        figure, found = judge(key, "adopted", seeds)
        claim, literal = CLAIMS[key], ("", "")
        if set(claim.rows) & set(LITERAL):
            literal = judge(key, "literal", seeds)
        rows[key] = {
            "statement": claim.statement,
            "section": claim.section,
            "figure": figure,
            "verdict": found,
            "literal figure": literal[0],
            "literal verdict": literal[1],
            "rule": claim.rule,
            "evidence": claim.evidence,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("claim")
