"""Which motifs are repeats: simple ones by their matrix, mobile elements by what lies beside them.

Dinucleotide shuffles keep neither, so that repeats are enriched as motifs of factors are.
"""

from __future__ import annotations

from itertools import combinations

import numpy as np
from numba import njit

from grimlib.discover.refinement import best_sites
from grimlib.motifs import information_content
from grimlib.sequences import UNKNOWN, encode, reverse_complement

CORE = 12
"""Columns of a motif, those in a row that tell the most, which are looked at for a period."""
PERIODS = (1, 2, 3)
BESIDE = 30
"""Columns on either side of a motif, three away from it, which are looked at for a longer one."""

_TELLS = 0.25  # bit: a column that may hold a letter against the period
_A_TRACT = 6  # columns of a tract of A or T, one of which may have another letter
_AS_MUCH = 0.95  # of the most information: where there is hardly more, the core is as well
_LONG, _LONG_ERRORS = 18, 9  # columns in a row, of which one in nine may have another letter
_AT, _AT_ERRORS = 16, 16  # and of A and T alone, in any order
_NEAR = 3
_FEWEST = 6  # columns that tell, and three for each letter of the period
_PLACE = 100  # columns on either side: as far as copies of a young element seldom are the same
_WORD = 8
_ELSEWHERE = 5  # columns: another place, for what is alike by chance
_RELATIVES = 0.05
_IN_COPIES = 0.2


def repeat_kind(ppm: np.ndarray, tokens: np.ndarray, n_sites: float, strands: int = 2) -> str:
    """Whether a motif is a repeat, and of which kind.

    *Simple*: of the 12 consecutive columns of most information (any that have 95% as much), those
    above 0.25 bit have the letter of one pattern of one to three letters, but for one column of
    twelve at most. They are six or more, and three or more for each letter of the pattern. Tracts
    of A or T, which are the most common and often have errors, may have one in six. So
    ``AAAAAGGAAAAA`` is one, and neither ``GCCCCGCCCCC`` (SP1) nor ``AAAGTAAACAAA`` (FOX) is; of
    JASPAR 2016, only ``GGAGGAGGAGGG`` (ZNF263). Longer stretches than factors have may err more: 18
    columns that tell have the pattern but for one in nine, or 16 are A or T, in any order, but for
    one in sixteen. Of JASPAR 2024, that adds two poly-T motifs of plants, and Klf15 of *Ciona*.

    *Part of a longer repeat*: a fifth of the sites or more lie in copies of one element, such as
    Alu. The sequences from 3 to 33 nt away on either side are cut into four pieces of 15 nt. In a
    copy, two pieces or more have a word of eight letters at the same place as a twentieth of the
    other sites, beyond those that have it at another place, as poor composition makes words alike
    everywhere. Next to sites of factors, hardly any pair is alike, and where a partner binds at a
    fixed distance, it is one piece.

    Parameters
    ----------
    ppm : np.ndarray, shape (width, 4)
    tokens : np.ndarray, shape (N, L)
        Sequences with sites.
    n_sites : float
        How many sequences have a site.
    strands : {1, 2}
        Default is 2.

    Returns
    -------
    str
        ``"simple repeat"``, ``"part of a longer repeat"``, or empty.
    """
    if is_simple(ppm):
        return "simple repeat"
    if share_in_copies(ppm, tokens, n_sites, strands) >= _IN_COPIES:
        return "part of a longer repeat"
    return ""


def is_simple(ppm: np.ndarray) -> bool:
    """Whether a PPM's core is periodic, wherever it may be put, or a long stretch is poor.

    See `repeat_kind`.
    """
    information = information_content(ppm)
    letters, tells = ppm.argmax(axis=1), information > _TELLS
    width = min(CORE, len(ppm))
    told = np.convolve(information, np.ones(width), "valid")
    cores = np.flatnonzero(told >= _AS_MUCH * told.max())
    return all(
        _is_periodic(letters[start : start + width], tells[start : start + width])
        for start in cores
    ) or any(
        _is_poor(letters[start:stop], tells[start:stop])
        for start, stop in combinations(range(len(ppm) + 1), 2)
        if tells[start:stop].sum() >= _AT
    )


def _is_periodic(letters: np.ndarray, tells: np.ndarray) -> bool:
    """Whether the letters where a column tells repeat a pattern, but for few."""
    n = tells.sum()
    for period in PERIODS:
        if n < max(_FEWEST, 3 * period):
            continue
        tract = period == 1 and np.bincount(letters[tells]).argmax() in encode("AT")
        if _errors(letters, tells, period) * (_A_TRACT if tract else CORE) <= n:
            return True
    return False


def _is_poor(letters: np.ndarray, tells: np.ndarray) -> bool:
    """Whether a stretch is periodic, or of A and T, for longer than motifs of factors are."""
    n, others = tells.sum(), (~np.isin(letters[tells], encode("AT"))).sum()
    if n >= _AT and others * _AT_ERRORS <= n:
        return True
    return n >= _LONG and any(
        _errors(letters, tells, period) * _LONG_ERRORS <= n for period in PERIODS
    )


def _errors(letters: np.ndarray, tells: np.ndarray, period: int) -> int:
    """How many of the columns that tell do not have the letter of their place in the pattern."""
    places = (letters[place::period][tells[place::period]] for place in range(period))
    return int(tells.sum()) - sum(np.bincount(place, minlength=1).max() for place in places)


def share_in_copies(ppm: np.ndarray, tokens: np.ndarray, n_sites: float, strands: int = 2) -> float:
    """Share of a motif's best sites, at most 200, in copies of one element; see `repeat_kind`.

    Sites in sequences that overlap, which are one place, count once.
    """
    score, start, turned = best_sites(ppm, tokens, strands)
    order = np.argsort(-score, kind="stable")[: min(max(20, round(n_sites)), 200)]
    rows = order[score[order] > -np.inf]
    around = np.pad(tokens[rows], ((0, 0), (_PLACE, _PLACE)), constant_values=UNKNOWN)
    columns = start[rows, None] + np.arange(len(ppm) + 2 * _PLACE)
    around = np.take_along_axis(around, columns, axis=1)
    around = np.where(turned[rows, None], reverse_complement(around), around)
    around = around[~_of_one_place(np.delete(around, np.s_[_PLACE:-_PLACE], axis=1))]
    n = len(around)
    far, near = _PLACE - _NEAR - BESIDE, _PLACE - _NEAR
    found_in = np.zeros(n, dtype=int)
    for quarter in np.split(np.hstack([around[:, far:near], around[:, -near:-far]]), 4, axis=1):
        words = np.lib.stride_tricks.sliding_window_view(quarter, _WORD, axis=1)
        number = words @ ((UNKNOWN + 1) ** np.arange(_WORD))
        number = np.where((words == UNKNOWN).any(axis=2), -1, number)
        alike, by_chance = np.zeros((2, n, n), dtype=bool)
        for here, elsewhere in zip(number.T, np.roll(number, _ELSEWHERE, axis=1).T, strict=True):
            known = here[:, None] >= 0
            alike |= (here[:, None] == here) & known
            by_chance |= (here[:, None] == elsewhere) & known
        more = alike.sum(axis=1) - np.diag(alike) - by_chance.sum(axis=1) + np.diag(by_chance)
        found_in += more >= _RELATIVES * n
    return float((found_in >= 2).mean())


@njit(cache=True)
def _of_one_place(around: np.ndarray) -> np.ndarray:
    """Which rows, of sites and what lies around each, are as an earlier one as far as both go."""
    found = np.zeros(len(around), dtype=np.bool_)
    for row in range(len(around)):
        for earlier in range(row):
            overlap = 0
            for i in range(around.shape[1]):
                here, there = around[row, i], around[earlier, i]
                if here < UNKNOWN and there < UNKNOWN:
                    if here != there:
                        break
                    overlap += 1
            else:
                found[row] |= overlap >= BESIDE
    return found
