"""The paper's claims: the rules that judge them, and one verdict of each on every page."""

import ast
import re
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from grimlib.paper import CLAIMS, claims, inserted_motifs, verdict, verdicts
from grimlib.paper.claims import FAILS, HOLDS, IN_PART, NOT_REPRODUCED, NOT_TESTED, REPRODUCED

SCRIPTS = sorted((Path(__file__).parents[2] / "book/scripts").glob("*.py"))
VERDICTS = (IN_PART, HOLDS, FAILS, claims.NOT_SHOWN, NOT_REPRODUCED, REPRODUCED, NOT_TESTED)


class Made(claims.Row):
    """A row whose figures are made up."""

    def __init__(self, task="task1", name="GRIM", **figures):
        self.task, self.name, self.figures = task, name, figures
        self.specs = [None] * len(next(iter(figures.values())))

    def __getitem__(self, figure):
        return np.array(self.figures[figure])


# ------------------------------------------------------------------------------------- rules


@pytest.mark.parametrize(
    ("low", "found"), [([0.1, 0.3], HOLDS), ([0.1, 0.5], IN_PART), ([0.4, 0.8], FAILS)]
)
def test_a_figure_is_compared_in_all_pairs_and_on_average(low, found):
    a, b = Made(tpr=[0.4, 0.6]), Made(tpr=low)
    assert claims._compare("tpr")(a, b)[1] == found
    assert claims._compare(lower=("tpr",))(b, a)[1] == found
    assert claims._compare("tpr", lower=("tpr",))(a, b)[1] == FAILS


def test_a_figure_reaches_a_level_in_every_trial_or_on_average():
    judge = claims._reach("recall", 1, 0.9)
    text, found = judge(Made(recall=[1.0, 0.9]))
    assert found == IN_PART and "0.95 (0.90 to 1.00); all in 1 of 2 trials" in text
    assert judge(Made(recall=[1.0, 1.0])) == ("motif recall 1.00; all in 2 of 2 trials", HOLDS)
    assert judge(Made(recall=[1.0]), Made(recall=[0.5]))[1] == FAILS
    assert claims._misses(Made(recall=[0.5, 1.0]))[1] == IN_PART
    assert claims._misses(Made(recall=[1.0, 1.0]))[1] == FAILS


@pytest.mark.parametrize(
    ("tpr", "found"),
    [
        ([0.92, 0.93, 0.94], REPRODUCED),
        ([0.99, 0.99, 0.99], NOT_REPRODUCED),
        ([0.6, 0.93, 1.26], NOT_REPRODUCED),  # the same mean, and too wide an interval
        ([0.92, 0.93], NOT_TESTED),
    ],
)
def test_a_figure_is_reproduced_if_its_interval_lies_within_the_margin(tpr, found):
    row = Made(name="GRIM, position views", tpr=tpr, fpr=[0.02] * len(tpr))
    assert claims._reproduced(row)[1] == found


def test_the_encoding_is_needed_if_the_rate_falls_without_it():
    own = Made(tpr=[0.9, 0.92, 0.91])
    assert claims._needed(own, own)[1] == FAILS
    assert claims._needed(own, Made(tpr=[0.5, 0.51, 0.52]))[1] == HOLDS
    assert claims._needed(own, Made(tpr=[0.4, 0.9, 1.0]))[1] == claims.NOT_SHOWN
    assert claims._needed(*[Made(tpr=[0.9, 0.9])] * 2)[1] == NOT_TESTED


def test_filters_are_spread_if_fewer_are_on_the_most_frequent_motif():
    def row(*best):
        made = Made(tpr=[1.0])
        made.scores = [SimpleNamespace(motifs=counts) for counts in best]
        return made

    even, crowded = dict(SRF=1, MAX=1, SP1=1), dict(SRF=3, MAX=1, SP1=0)
    assert claims._spread(row(even), row(crowded)) == (
        "share of the matching filters on the most frequent motif: 0.33 from words, 0.75 from "
        "Glorot's weights",
        HOLDS,
    )
    assert claims._spread(row(even, crowded), row(crowded))[1] == IN_PART
    assert claims._spread(row(crowded), row(even))[1] == FAILS


def test_a_merger_of_two_motifs_counts_for_one(monkeypatch):
    (mafk,) = inserted_motifs(["MAFK"])  # matches FOSL1's motif as well, which is a part of it
    merged = SimpleNamespace(motif=mafk)
    monkeypatch.setattr(claims, "cluster_motifs", lambda motifs: [merged])
    row = SimpleNamespace(reports=[SimpleNamespace(motifs=[], found=("FOSL1", "MAFK"))])
    text, found = claims._merged(row)
    assert text == "1.0 merged motifs stand for 0.50 of the motifs found" and found == FAILS


def test_no_claim_or_reading_but_those_there_are():
    with pytest.raises(ValueError, match="no claim 'task3'.*task1-tpr"):
        verdict("task3")
    with pytest.raises(ValueError, match="cnn25-recall has no literal reading"):
        verdict("cnn25-recall", "literal")
    with pytest.raises(ValueError, match="task1-tpr has no other reading"):
        verdict("task1-tpr", "other")


def test_stored_runs_are_judged_and_what_is_missing_is_not():
    table = verdicts("transfer", "inherent")
    assert list(table["verdict"]) == [HOLDS, NOT_TESTED]
    assert table.loc["transfer", "figure"].endswith("[3 seeds]")
    assert set(table["literal verdict"]) == {""}
    later = verdicts("transfer", "task1-tpr", seeds=range(50, 51))
    assert list(later["verdict"]) == [NOT_TESTED] * 2
    assert later.loc["task1-tpr", "literal verdict"] == NOT_TESTED


@pytest.mark.slow
def test_stored_trials_are_judged():
    few = verdicts("many-filters", seeds=range(1)).loc["many-filters"]
    assert few["verdict"] in VERDICTS
    assert few["figure"].endswith("[1 × 5 epochs]")


# ------------------------------------------------------------------------------------- pages
# A page shows verdicts that it computes. Where its text names one, the page asserts that it is
# so: `assert paper.verdict("task1-tpr") == "holds"`, which runs when the page is built.


def asserted(code: str) -> dict[tuple[str, str], str]:
    """The verdicts that a page asserts, by claim and reading; other uses of keys are checked."""
    found = {}
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Compare) and isinstance(node.left, ast.Call):
            called = getattr(node.left.func, "attr", "")
            if called == "verdict":
                key, *reading = (argument.value for argument in node.left.args)
                assert key in CLAIMS, key
                (named,) = (other.value for other in node.comparators)
                assert named in VERDICTS, named
                found[key, *(reading or ["adopted"])] = named
    return found


def wrong_in_prose(code: str) -> list[str]:
    """Lines of text that name a claim's key beside a verdict that the page does not assert."""
    sure, wrong = asserted(code), []
    for line in code.splitlines():
        if not line.startswith("# "):
            continue
        for key in set(re.findall(r"`([\w-]+)`", line)) & set(CLAIMS):
            reading = "literal" if "literal" in line else "adopted"
            wrong += [
                line
                for named in re.findall(rf"\b(?:{'|'.join(VERDICTS)})\b", line)
                if sure.get((key, reading)) != named
            ]
        wrong += re.findall(rf"\*\*(?:{'|'.join(VERDICTS)})\*\*.*", line)  # typed, not computed
    return wrong


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.stem)
def test_a_page_names_no_verdict_that_it_does_not_compute(script):
    assert wrong_in_prose(script.read_text(encoding="utf-8")) == []


def test_all_pages_give_a_claim_one_verdict():
    by_claim = {}
    for script in SCRIPTS:
        for claim, named in asserted(script.read_text(encoding="utf-8")).items():
            by_claim.setdefault(claim, set()).add(named)
    assert by_claim["beyond-labels", "adopted"] == {claims.NOT_SHOWN}
    assert {claim: named for claim, named in by_claim.items() if len(named) > 1} == {}


def test_a_wrong_verdict_is_found():
    sure = 'assert paper.verdict("task1-tpr") == "holds"\n'
    assert wrong_in_prose(sure + "# The claim (`task1-tpr`) holds.\n") == []
    assert wrong_in_prose(sure + "# The claim (`task1-tpr`) does not hold.\n") != []
    assert wrong_in_prose(sure + "# Read literally, `task1-tpr` holds.\n") != []
    assert wrong_in_prose("# The claim (`task1-tpr`) holds.\n") != []
    assert wrong_in_prose("# Verdict: **holds**.\n") != []
    with pytest.raises(AssertionError):
        asserted('assert paper.verdict("task1") == "holds"')
