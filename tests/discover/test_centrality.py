"""The test of central enrichment: valid where sites lie anywhere, and it sees where they do not."""

from itertools import pairwise

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from grimlib.discover import central_enrichment
from grimlib.discover.centrality import CENTRAL_COLUMNS
from grimlib.sequences import UNKNOWN

P, SHARE, WINDOW = CENTRAL_COLUMNS


def sites_at(starts: dict[str, np.ndarray], width: int = 10) -> pd.DataFrame:
    """One site in each sequence, of each motif."""
    tables = [
        pd.DataFrame(
            {"motif": name, "sequence": range(len(at)), "start": at, "end": at + width}
        ).assign(**{"p-value": 1e-5})
        for name, at in starts.items()
    ]
    return pd.concat(tables, ignore_index=True)


def padded(lengths: np.ndarray) -> np.ndarray:
    """Sequences of these lengths."""
    return np.where(np.arange(lengths.max()) < lengths[:, None], 0, UNKNOWN).astype(np.int8)


@pytest.mark.parametrize("spread", [0, 60])
@pytest.mark.parametrize("gaps", [False, True])
def test_null_p_values_are_what_they_say(spread, gaps):
    """Sites anywhere they fit, in sequences of one length or of many, with gaps or without."""
    rng = np.random.default_rng(1)
    ps = []
    for _ in range(300):
        lengths = rng.integers(100, 101 + spread, 80)
        tokens = padded(lengths)
        if gaps:
            tokens[::2, 40:55] = UNKNOWN
        known = np.lib.stride_tricks.sliding_window_view(tokens < UNKNOWN, 10, axis=1).all(axis=2)
        at = np.array([rng.choice(np.flatnonzero(row)) for row in known])
        ps.append(central_enrichment(sites_at({"a": at}), tokens, lengths).loc["a", P])
    ps = np.array(ps)
    for level in (0.01, 0.05, 0.1, 0.25, 0.5):
        assert (ps <= level).sum() <= binom.ppf(0.9999, len(ps), level)
    # At most by the number of windows, six, too large, as these overlap.
    assert (ps <= 0.25).mean() > 0.25 / 6


@pytest.mark.parametrize("spread", [0, 60])
def test_central_sites_have_a_small_p_value(spread):
    rng = np.random.default_rng(2)
    lengths = rng.integers(100, 101 + spread, 200)
    middle = (lengths - 10) // 2
    anywhere = rng.integers(0, lengths - 9)
    ps = []
    for central in (0, 20, 60, 200):  # of the 200, within 5 nt of the centre
        at = np.where(np.arange(200) < central, middle + rng.integers(-5, 6, 200), anywhere)
        found = central_enrichment(sites_at({"a": at}), padded(lengths), lengths).loc["a"]
        ps.append(found[P])
    assert all(fewer > more for fewer, more in pairwise(ps))
    assert ps[0] > 0.01 and ps[2] < 1e-10 and ps[3] < 1e-100
    assert found[SHARE] == 1 and 0.05 < found[WINDOW] < 0.3
    ends = central_enrichment(sites_at({"a": lengths - 10}), padded(lengths), lengths).loc["a"]
    assert ends[P] == 1


def test_one_length_gives_the_exact_binomial():
    """By hand: 91 places of 10 nt in 100; of 40 sites, 9 at the centre, the others at the ends."""
    at = np.repeat([45, 0, 90], [9, 16, 15])
    found = central_enrichment(sites_at({"a": at}), np.zeros((40, 100), dtype=np.int8)).loc["a"]
    windows = [2 * (90 // 2 ** (1 + k) // 2) + 1 for k in range(7)]  # starts, nearest to 45
    assert windows == [45, 23, 11, 5, 3, 1, 1]
    tried = set(windows)
    expected = len(tried) * min(binom.sf(8, 40, n / 91) for n in tried)
    assert found[P] == pytest.approx(expected)
    assert found[SHARE] == 9 / 40 and found[WINDOW] == pytest.approx(1 / 91)


def test_the_second_motif_is_judged_by_the_places_left_to_it():
    """It lies beside the first, as near to the centre as it can, or anywhere else."""
    n = 60
    rng = np.random.default_rng(3)
    tokens = np.zeros((n, 100), dtype=np.int8)
    centre = np.full(n, 45)
    beside = np.where(rng.random(n) < 0.5, 34, 56)
    anywhere = rng.choice([*range(0, 35), *range(56, 91)], n)
    for at, low, high in ((beside, 0, 1e-6), (anywhere, 0.05, 1)):
        found = central_enrichment(sites_at({"one": centre, "two": at}), tokens)
        assert found.index.to_list() == ["one", "two"]
        assert found.loc["one", P] < 1e-50 and low <= found.loc["two", P] <= high


def test_the_best_site_of_a_sequence_counts():
    """Each has a better site at the start; where both are alike, it is one or the other."""
    n = 100
    sites = sites_at({"a": np.full(n, 45), "b": np.zeros(n, dtype=int)})
    sites["motif"] = "a"
    sites["p-value"] = np.repeat([1e-5, 1e-6], n)
    tokens = np.zeros((n, 100), dtype=np.int8)
    assert central_enrichment(sites, tokens).loc["a", P] == 1
    alike = central_enrichment(sites.assign(**{"p-value": 1e-5}), tokens).loc["a"]
    assert 0.3 < alike[SHARE] < 0.7


@pytest.mark.parametrize("length", [10, 11])
def test_sequences_may_be_too_short(length):
    found = central_enrichment(
        sites_at({"a": np.zeros(50, dtype=int)}), np.zeros((50, length), dtype=np.int8)
    )
    assert found.loc["a"].isna().all()


def test_no_sites():
    none = pd.DataFrame(columns=["motif", "sequence", "start", "end", "p-value"])
    found = central_enrichment(none, np.zeros((5, 100), dtype=np.int8))
    assert found.empty and tuple(found.columns) == CENTRAL_COLUMNS
