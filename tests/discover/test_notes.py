"""What was left out, cut short or replaced is told, once."""

import numpy as np
import pandas as pd

from grimlib.discover import Discovery, Peaks, notes
from grimlib.motifs import Motif

VAGUE = Motif("vague", [[0.25] * 4] * 5 + [[1, 0, 0, 0]] * 3)
CLEAR = Motif("clear", [[1, 0, 0, 0]] * 4)


def told(
    n: int = 100, filters=(CLEAR,), pvalues=(1e-5,), database=(), read=(), central=0.5, n_sites=9
) -> list[str]:
    peaks = Peaks([""] * n, np.zeros((n, 1), np.int8), np.ones(n, int), n, {}, list(read))
    sites = pd.DataFrame({"motif": "motif_1", "p-value": pvalues})
    found = Discovery(
        motifs=[],
        filters=list(filters),
        table=pd.DataFrame(
            {"motif": ["motif_1"], "central p-value": [central], "sites": [n_sites]}
        ),
        matches=pd.DataFrame(),
        sites=sites,
        n_tested=0,
        notes=list(database),
    )
    return notes.notes_of(peaks, None, found)


def test_nothing_is_told_where_all_is_used():
    assert told() == []
    assert told(n=notes.LARGEST * 5 // 4) == []


def test_each_is_told():
    assert told(read=["a"], database=["b"]) == ["a", "b"]
    (note,) = told(n=10_000)
    assert "5,000 of the 8,000" in note and "2,000 of the 2,000" in note
    (note,) = told(n=50_000)
    assert "5,000 of the 40,000" in note and "5,000 of the 10,000" in note
    (note,) = told(filters=[CLEAR, VAGUE, VAGUE])
    assert note.startswith("2 active filters")
    (note,) = told(central=np.nan)
    assert "too short" in note and "motif_1" in note
    (note,) = told(central=np.nan, n_sites=0)
    assert note.startswith("without a site") and "motif_1" in note
    (note,) = told(pvalues=[2e-4, 2e-4])
    assert "motif_1" in note
