"""Whether a motif's sites lie in the middle of the sequences, as those of the bound factor do."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import bdtrc

from grimlib.sequences import UNKNOWN

CENTRAL_COLUMNS = ("central p-value", "central share", "central window")


def central_enrichment(
    sites: pd.DataFrame, tokens: np.ndarray, lengths: np.ndarray | None = None, seed: int = 0
) -> pd.DataFrame:
    r"""Test for each motif whether its best sites are nearer to the centre than by chance.

    As in CentriMo (Bailey & Machanick, Nucleic Acids Research 40:e128, 2012), the best site of each
    sequence that has one counts, and central windows of several widths are tried. Under the null
    hypothesis a site is equally likely at every place where it fits: where no nucleotide is unknown
    or in a site of a motif further up, so that the second motif of a set is not called off-centre
    for giving way to the first.

    Windows are the middle half of each sequence's places, the middle quarter, and so on by halves,
    so that sequences of unequal length share them. With :math:`q_i` the part of the places of
    sequence i within a window, and K of n sites in it, the window's p-value is
    :math:`P(X \ge K)` with :math:`X \sim \mathrm{Bin}(n, \bar q)`: exact where all :math:`q_i` are
    alike, and above the exact one otherwise, as soon as :math:`K \ge n \bar q + 1` (Hoeffding,
    Annals of Mathematical Statistics 27:713, 1956). The smallest, times the number of windows
    tried, is the motif's p-value: at most as many null ones are below a level as it says.

    Sequences whose composition changes towards the middle can make a motif central that nothing
    binds.

    Parameters
    ----------
    sites : pandas.DataFrame
        Of `find_sites`, in these sequences.
    tokens : np.ndarray, shape (N, L)
    lengths : np.ndarray, shape (N,), optional
        Of the sequences, without padding. Default: up to the last known nucleotide.
    seed : int
        Decides between equally good sites of a sequence. Default is 0.

    Returns
    -------
    pandas.DataFrame
        One row a motif, in the order of `sites`, by its name: ``central p-value``; of the window
        with the smallest p-value, ``central share`` of the sites and ``central window``, the part
        of the places that is within. NaN where sequences are too short for any window.
    """
    if lengths is None:
        lengths = tokens.shape[1] - (tokens[:, ::-1] < UNKNOWN).argmax(axis=1)
    rng = np.random.default_rng([seed, 6])
    free = tokens < UNKNOWN
    rows = {}
    for motif, found in sites.groupby("motif", sort=False):
        sequence, start = (found[name].to_numpy(dtype=int) for name in ("sequence", "start"))
        width = int(found["end"].iloc[0] - found["start"].iloc[0])
        order = np.lexsort([rng.random(len(found)), found["p-value"].to_numpy(dtype=float)])
        best = order[np.unique(sequence[order], return_index=True)[1]]
        rows[motif] = _test(free[sequence[best]], start[best], width, lengths[sequence[best]])
        free[sequence[:, None], start[:, None] + np.arange(width)] = False
    return pd.DataFrame.from_dict(rows, orient="index", columns=CENTRAL_COLUMNS, dtype=float)


def _test(
    free: np.ndarray, start: np.ndarray, width: int, lengths: np.ndarray
) -> tuple[float, float, float]:
    """One motif's p-value, share and window, from one site in each of `free`, (n, L) bool."""
    taken = np.pad(np.cumsum(~free, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    fits = taken[:, width:] == taken[:, :-width]
    places = np.pad(np.cumsum(fits, axis=1, dtype=np.int32), ((0, 0), (1, 0)))
    last = lengths - width  # the last place; beyond it all is padding
    rows, total = np.arange(len(start)), places[:, -1]
    off_centre = np.abs(2 * start - last)
    tried = []
    for halvings in range(1, int(last.max()).bit_length() + 1):
        reach = last >> halvings  # twice the distance from the centre, at most
        low, high = (last - reach + 1) // 2, (last + reach) // 2
        within = (places[rows, high + 1] - places[rows, low]) / total
        window = float(within.mean())
        if 0 < window < 1 and window not in [other for *_, other in tried]:
            inside = int((off_centre <= reach).sum())
            p = float(bdtrc(inside - 1, len(start), window))
            tried.append((p, inside / len(start), window))
    if not tried:
        return np.nan, np.nan, np.nan
    p, share, window = min(tried)
    return min(1.0, p * len(tried)), share, window
