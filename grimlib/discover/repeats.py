"""Which motifs are repeats: simple ones by their matrix, mobile elements by what lies beside them.

Dinucleotide shuffles keep neither, so that repeats are enriched as motifs of factors are.
"""

from __future__ import annotations

import numpy as np

from grimlib.discover.refinement import best_sites, composition
from grimlib.motifs import information_content
from grimlib.sequences import UNKNOWN, encode, reverse_complement

CORE = 12
"""Columns of a motif, those in a row that tell the most, which are looked at for a period."""
PERIODS = (1, 2, 3)
BESIDE = 12
"""Columns on either side of a motif, three away from it, which are looked at for a longer one."""

_TELLS = 0.25  # bit: a column that may hold a letter against the period
_A_TRACT = 6  # columns of a tract of A or T, one of which may have another letter
_AS_MUCH = 0.95  # of the most information: where there is hardly more, the core is as well
_NEAR = 3
_FEWEST = 6  # columns that tell, and three for each letter of the period
_CONSERVED = 0.25  # bit in the columns beside; beside sites of factors it is some hundredths


def repeat_kind(ppm: np.ndarray, tokens: np.ndarray, n_sites: float, strands: int = 2) -> str:
    """Whether a motif is a repeat, and of which kind.

    *Simple*: of the 12 consecutive columns of most information (any that have 95% as much), those
    above 0.25 bit have the letter of one pattern of one to three letters, but for one column of
    twelve at most. They are six or more, and three or more for each letter of the pattern. Tracts
    of A or T, which are the most common and often have errors, may have one in six. So
    ``AAAAAGGAAAAA`` is one, and neither ``GCCCCGCCCCC`` (SP1) nor ``AAAGTAAACAAA`` (FOX) is; of
    JASPAR 2016, only ``GGAGGAGGAGGG`` (ZNF263).

    *Part of a longer repeat*: beside the best quarter of the sites, from 3 to 15 nt away, the
    sequences are alike as well, with 0.25 bit a column or more against their composition, averaged
    over both sides. So are the pieces of mobile elements, such as Alu.

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
    if information_beside(ppm, tokens, n_sites, strands) >= _CONSERVED:
        return "part of a longer repeat"
    return ""


def is_simple(ppm: np.ndarray) -> bool:
    """Whether the core of a PPM is periodic, wherever it may be put; see `repeat_kind`."""
    information = information_content(ppm)
    width = min(CORE, len(ppm))
    told = np.convolve(information, np.ones(width), "valid")
    return all(
        _is_periodic(
            ppm[start : start + width].argmax(axis=1), information[start : start + width] > _TELLS
        )
        for start in np.flatnonzero(told >= _AS_MUCH * told.max())
    )


def _is_periodic(letters: np.ndarray, tells: np.ndarray) -> bool:
    """Whether the letters where a column tells repeat a pattern, but for few."""
    for period in PERIODS:
        if tells.sum() < max(_FEWEST, 3 * period):
            continue
        phases = (letters[phase::period][tells[phase::period]] for phase in range(period))
        counts = [np.bincount(phase, minlength=UNKNOWN) for phase in phases]
        errors = tells.sum() - sum(count.max() for count in counts)
        tract = period == 1 and counts[0].argmax() in encode("AT")
        if errors * (_A_TRACT if tract else CORE) <= tells.sum():
            return True
    return False


def information_beside(
    ppm: np.ndarray, tokens: np.ndarray, n_sites: float, strands: int = 2
) -> float:
    """Bits a column beside the best quarter of a motif's sites, 20 at least; see `repeat_kind`.

    Relative entropy to the composition of the sequences, less what chance adds to it in so few
    sites.
    """
    score, start, turned = best_sites(ppm, tokens, strands)
    order = np.argsort(-score, kind="stable")[: max(20, round(n_sites / 4))]
    rows = order[score[order] > -np.inf]
    pad = _NEAR + BESIDE
    padded = np.pad(tokens[rows], ((0, 0), (pad, pad)), constant_values=UNKNOWN)
    columns = start[rows, None] + np.arange(len(ppm) + 2 * pad)
    windows = np.take_along_axis(padded, columns, axis=1)
    windows = np.where(turned[rows, None], reverse_complement(windows), windows)
    beside = np.concatenate([windows[:, :BESIDE], windows[:, -BESIDE:]], axis=1)
    counts = np.stack([(beside == letter).sum(axis=0) for letter in range(UNKNOWN)], axis=1)
    sites = counts.sum(axis=1, keepdims=True)
    known = sites[:, 0] > 0
    if not known.any():
        return 0.0
    background = composition(tokens, strands)
    p = (counts[known] + 2 * background) / (sites[known] + 2)
    by_chance = 1.5 / np.log(2) / sites[known, 0]  # of three degrees of freedom
    return float(((p * np.log2(p / background)).sum(axis=1) - by_chance).mean())
