"""What the filters of stored trials match, counted once and kept.

A trial's report takes half a second, and there are hundreds of trials of which a page shows only
how many filters match what. ``python -m grimlib.paper scores`` counts those that are new.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
import pandas as pd

from grimlib._places import RESULTS
from grimlib._provenance import provenance
from grimlib.filters import FilterReport, smallest_evalues
from grimlib.paper._records import add_record, read_records
from grimlib.paper.groups import GROUPS, Rows, every_trial
from grimlib.paper.tables import PAPER, report_trials
from grimlib.paper.trials import STORED, TrialSpec, stored_trial

TARGET = RESULTS / "scores.json"

EVALUE = 0.1
"""What counts as a match in all tables."""

EVALUES = np.geomspace(1e-4, 10, 41)
"""Other thresholds, which show what the tables owe to theirs."""


@dataclass(frozen=True)
class Score:
    """How many filters of a network match what, at an E-value of 0.1 and at others.

    Attributes
    ----------
    motifs : dict of str to int
        Filters whose best match in the ground truth is each factor of it.
    matching : dict of str to int
        Filters that match each factor, be it as a second best.
    other, no_match, inactive_filters : int
        Filters that match another motif of the database, that match none, and that are inactive.
    hits, strays : tuple of int
        At each E-value of `EVALUES`, filters that match the ground truth, and only others.
    """

    motifs: dict[str, int]
    matching: dict[str, int]
    other: int
    no_match: int
    inactive_filters: int
    hits: tuple[int, ...]
    strays: tuple[int, ...]

    @classmethod
    def of(cls, lax: FilterReport) -> Score:
        """The counts of a report, see `grimlib.filter_report`.

        Raises
        ------
        ValueError
            If the report's own threshold is below the highest of `EVALUES`.
        """
        lax, report = lax.at(max(EVALUES)), lax.at(EVALUE)
        of_truth, of_others = smallest_evalues(lax.matches, lax.factors, len(lax.table))
        hit = of_truth <= EVALUES[:, None]
        stray = (of_others <= EVALUES[:, None]) & ~hit
        best = report.table["ground_truth"].value_counts()
        any_match = report.matches.groupby(report.factors)["Query_ID"].nunique()
        status = report.table["status"].value_counts()
        return cls(
            {factor: int(best.get(factor, 0)) for factor in report.ground_truth},
            {factor: int(any_match.get(factor, 0)) for factor in report.ground_truth},
            *(int(status.get(name, 0)) for name in ("other motif", "no match", "inactive")),
            *(tuple(which.sum(axis=1).tolist()) for which in (hit, stray)),
        )

    @property
    def ground_truth(self) -> tuple[str, ...]:
        """The factors of the ground truth."""
        return tuple(self.motifs)

    @property
    def found(self) -> tuple[str, ...]:
        """The factors that at least one filter matches."""
        return tuple(factor for factor, filters in self.matching.items() if filters)

    @property
    def filters(self) -> int:
        """How many filters there are."""
        return sum(self.motifs.values()) + self.other + self.no_match + self.inactive_filters

    @property
    def tpr(self) -> float:
        """Fraction of all filters that match a ground-truth motif."""
        return sum(self.motifs.values()) / self.filters

    @property
    def fpr(self) -> float:
        """Fraction of all filters that match the database, but no ground-truth motif."""
        return self.other / self.filters

    @property
    def recall(self) -> float:
        """Fraction of the ground-truth motifs that at least one filter matches."""
        return len(self.found) / len(self.motifs)

    @property
    def inactive(self) -> float:
        """Fraction of all filters without a window."""
        return self.inactive_filters / self.filters

    @property
    def rates(self) -> pd.DataFrame:
        """``TPR`` and ``FPR``, one row for each E-value of `EVALUES`."""
        rates = np.stack([self.hits, self.strays], axis=1) / self.filters
        return pd.DataFrame(rates, pd.Index(EVALUES, name="E-value"), ["TPR", "FPR"])


def missing(target: Path = TARGET, trials: Path = STORED) -> list[TrialSpec]:
    """The stored trials that are not counted yet."""
    done = {record["trial"] for record in read_records(target, "trial")}
    return [
        spec
        for spec in every_trial()
        if spec.filename not in done and (trials / spec.filename).exists()
    ]


def count(spec: TrialSpec, target: Path = TARGET, trials: Path = STORED) -> Score:
    """Count what a stored trial's filters match, and add it to a JSON file.

    Errors are those of `stored_trial`; or `target` is there and is not JSON, a ValueError.
    """
    read_records(target, "trial")  # refuses before any work
    (report,) = report_trials({"": [stored_trial(spec, trials)]}, max(EVALUES))[""]
    score = Score.of(report)
    made_by = provenance(by_keras=False)
    add_record(target, {"trial": spec.filename, **asdict(score), "provenance": made_by})
    return score


def scored_trials(rows: Rows, target: Path = TARGET) -> dict[str, list[Score]]:
    """The kept counts of a group of trials, row by row.

    Raises
    ------
    FileNotFoundError
        If a trial is not counted; the message has the commands.
    ValueError
        If `target` is not a file of counts.
    """
    names = ("trial", *(field.name for field in fields(Score)))
    kept = {record["trial"]: record for record in read_records(target, *names)}
    for spec in (spec for row in rows.values() for spec in row):
        if spec.filename not in kept:
            raise FileNotFoundError(
                f"{target} does not tell of {spec.filename}; 'python -m grimlib.paper run "
                f"{spec.filename}' trains it, and 'python -m grimlib.paper scores' counts"
            )
    return {row: [_score(kept[spec.filename]) for spec in specs] for row, specs in rows.items()}


def score_readings(task: str) -> dict[str, list[Score]]:
    """The stored trials of GRIM in its two readings and of the paper's supervised network."""
    supervised = list(PAPER[task])[1]
    rows = {"GRIM, literal": "GRIM, position views", "GRIM, adopted": "GRIM"}
    rows[supervised] = supervised
    return scored_trials({name: GROUPS[task][row] for name, row in rows.items()})


def filters_by_seed(rows: Rows) -> dict[str, pd.DataFrame]:
    """How many filters of each stored trial match each ground-truth motif; 0 is a motif missed.

    Errors are those of `scored_trials`.

    Returns
    -------
    dict of str to pandas.DataFrame
        For each row, one line a motif and one column a trial, by its seed. A filter that matches
        two motifs counts for both.
    """
    return {
        row: pd.DataFrame(
            {spec.seed: score.matching for spec, score in zip(rows[row], group, strict=True)}
        )
        for row, group in scored_trials(rows).items()
    }


def _score(record: dict) -> Score:
    counts = {field.name: record[field.name] for field in fields(Score)}
    return Score(**counts | {name: tuple(counts[name]) for name in ("hits", "strays")})
