"""What the filters of stored trials match, counted once and kept.

A trial's report takes half a second, and there are hundreds of trials of which a page shows only
how many filters match what. ``python -m grimlib.paper scores`` counts those that are new.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, fields
from pathlib import Path

from grimlib._places import RESULTS
from grimlib._provenance import provenance
from grimlib.filters import FilterReport
from grimlib.paper._records import add_record, read_records
from grimlib.paper.groups import GROUPS, Rows, every_trial
from grimlib.paper.tables import PAPER, report_trials
from grimlib.paper.trials import STORED, TrialSpec, stored_trial

TARGET = RESULTS / "scores.json"


@dataclass(frozen=True)
class Score:
    """How many filters of a network match what, at an E-value of 0.1.

    Attributes
    ----------
    motifs : dict of str to int
        Filters whose best match in the ground truth is each factor of it.
    found : tuple of str
        The factors that at least one filter matches, be it as a second best.
    other, no_match, inactive_filters : int
        Filters that match another motif of the database, that match none, and that are inactive.
    """

    motifs: dict[str, int]
    found: tuple[str, ...]
    other: int
    no_match: int
    inactive_filters: int

    @classmethod
    def of(cls, report: FilterReport) -> Score:
        """The counts of a report, see `grimlib.filter_report`."""
        matched = report.table["ground_truth"].value_counts()
        status = report.table["status"].value_counts()
        return cls(
            {factor: int(matched.get(factor, 0)) for factor in report.ground_truth},
            report.found,
            *(int(status.get(name, 0)) for name in ("other motif", "no match", "inactive")),
        )

    @property
    def ground_truth(self) -> tuple[str, ...]:
        """The factors of the ground truth."""
        return tuple(self.motifs)

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
    (report,) = report_trials({"": [stored_trial(spec, trials)]})[""]
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


def _score(record: dict) -> Score:
    counts = {field.name: record[field.name] for field in fields(Score)}
    return Score(**counts | {"found": tuple(counts["found"])})
