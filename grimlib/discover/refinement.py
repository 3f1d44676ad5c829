"""A motif's matrix made from its sites: what a filter points at, counted where it occurs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import rel_entr, xlogy

from grimlib.discover._windows import best_windows
from grimlib.motifs import Motif, log_odds
from grimlib.sequences import UNKNOWN, reverse_complement

FLANK = 2
"""Columns that a matrix may grow by on either side in one round."""
WIDEST = 24
"""Columns at most; what goes on beyond is no site of one factor."""
ROUNDS = 10

_NARROWEST = 4
_PSEUDOCOUNT = 2.0  # sites of the background's composition
# G of a column against the background is a chi-square variable with three degrees of freedom if
# the column is background: it reaches 25 with a probability of 1.5e-5.
_G_COLUMN = 25.0


@dataclass(frozen=True, eq=False)
class Refinement:
    """A motif made from its sites, and how well it tells the sequences from their shuffles.

    Attributes
    ----------
    motif : Motif
        Under the name it had; ``nsites`` is the number of sites, less those due to chance.
    log_p : float
        Logarithm of the smallest bound, over all cuts, on the p-value of as many sequences above
        the cut. The cut and the matrix were chosen for it, so that it orders motifs, and is no
        p-value.
    start : np.ndarray, shape (N,), int64
        Where the site of each sequence starts, as far as it is above the cut; else -1.
    """

    motif: Motif
    log_p: float
    start: np.ndarray

    @property
    def n_sites(self) -> int:
        """How many sequences have a site above the cut."""
        return int((self.start >= 0).sum())

    def shares_sites(self, other: Refinement) -> bool:
        """Whether half of its sites or more are another motif's, from the same sequences.

        Two sites are one if they overlap by half of the shorter one or more.
        """
        both = (self.start >= 0) & (other.start >= 0)
        width, others = len(self.motif.ppm), len(other.motif.ppm)
        first = np.maximum(self.start, other.start)[both]
        last = np.minimum(self.start + width, other.start + others)[both]
        return 2 * int((2 * (last - first) >= min(width, others)).sum()) >= self.n_sites


def composition(tokens: np.ndarray, strands: int = 2) -> np.ndarray:
    """Frequencies of ``ACGT`` in sequences, (4,); with two strands, in both of them.

    Each letter counts once more than it is there, so that none is impossible.
    """
    counts = np.bincount(tokens.ravel(), minlength=UNKNOWN + 1)[:UNKNOWN] + 1.0
    if strands == 2:
        counts = counts + counts[::-1]
    return counts / counts.sum()


def best_sites(
    ppm: np.ndarray, tokens: np.ndarray, strands: int = 2
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The best site of each sequence: log-odds against a uniform background, no N within.

    Returns
    -------
    score : np.ndarray, shape (N,), float32
        In bits; minus infinity where every window holds an unknown nucleotide.
    start : np.ndarray, shape (N,), int64
        -1 where there is none.
    turned : np.ndarray, shape (N,), bool
        Whether it lies on the other strand.
    """
    matrix = log_odds(ppm)
    kernel = np.stack([matrix, matrix[::-1, ::-1]][:strands], axis=-1)
    score, start = best_windows(kernel, tokens)
    rows, strand = np.arange(len(tokens)), score.argmax(axis=1)
    return score[rows, strand], start[rows, strand], strand == 1


def refine(
    motif: Motif, tokens: np.ndarray, shuffled: np.ndarray, strands: int = 2
) -> Refinement | None:
    r"""Make a motif's matrix anew from its sites, until it tells no more from shuffles.

    A round looks for the best site of each sequence and of each shuffle, and cuts where the share
    of sequences above exceeds that of shuffles the most, or lower, where the bound below is
    smallest. The letters of the sites above the cut are counted; those in the shuffles' sites,
    which are as good by chance, are taken off in proportion. Of these columns, with two more on
    either side, stay the ones from the first to the last whose likelihood ratio against the
    background is above what chance gives (G > 25).

    With :math:`A` of the sequences and :math:`B` of their :math:`k` times as many shuffles above a
    cut (Hoeffding, JASA 58:13, 1963; see `grimlib.choose_words`),

    .. math:: \log p \le -A \log\frac{(k + 1) A}{A + B} - B \log\frac{(k + 1) B}{k (A + B)}.

    The matrix of the smallest bound is kept. Rounds end when one does not improve it.

    Parameters
    ----------
    motif : Motif
        To begin with; such as a filter's.
    tokens : np.ndarray, shape (N, L)
    shuffled : np.ndarray, shape (k N, L)
        Shuffles, k of each sequence.
    strands : {1, 2}
        Whether sites are looked for on the reverse complement as well. Default is 2.

    Returns
    -------
    Refinement or None
        None if no cut tells the sequences from the shuffles.
    """
    background = composition(tokens, strands)
    k = len(shuffled) / len(tokens)
    ppm, nsites, best = motif.ppm, motif.nsites, None
    for number in range(ROUNDS):
        real, chance = (best_sites(ppm, of, strands) for of in (tokens, shuffled))
        log_p, cut = _cut(real[0], chance[0], k)
        if log_p < (best.log_p - 1e-6 if best else 0):
            start = np.where(real[0] >= cut, real[1], -1)
            best = Refinement(Motif(motif.name, ppm, nsites, motif.alt), log_p, start)
        elif best is None or number > 1:  # the first round leaves what a filter has learned
            break
        counts = _count(tokens, real, cut, len(ppm)) - _count(shuffled, chance, cut, len(ppm)) / k
        counts = counts.clip(min=0)
        sites = counts.sum(axis=1, keepdims=True)
        expected = sites * background
        told = np.flatnonzero(2 * rel_entr(counts, expected).sum(axis=1) > _G_COLUMN)
        if not told.size or not _NARROWEST <= told[-1] + 1 - told[0] <= WIDEST:
            break
        columns = slice(told[0], told[-1] + 1)
        ppm = ((counts + _PSEUDOCOUNT * background) / (sites + _PSEUDOCOUNT))[columns]
        nsites = float(sites[columns].max())
    return best


def _cut(real: np.ndarray, chance: np.ndarray, k: float) -> tuple[float, float]:
    """The smallest bound over all cuts, and the cut whose sites are counted."""
    scores = np.concatenate([real, chance])
    order = np.argsort(-scores, kind="stable")
    scores = scores[order]
    a = np.cumsum(order < len(real))
    b = np.arange(1, len(scores) + 1) - a
    cuts = np.append(scores[1:] < scores[:-1], True) & (scores > -np.inf)
    if not cuts.any():
        return 0.0, np.inf
    a, b, scores = a[cuts], b[cuts], scores[cuts]
    log_p = -xlogy(a, (k + 1) * a / (a + b)) - xlogy(b, (k + 1) * b / (k * (a + b)))
    log_p[k * a <= b] = 0
    best = log_p.argmin()
    return float(log_p[best]), float(min(scores[best], scores[(a - b / k).argmax()]))


def _count(
    tokens: np.ndarray, sites: tuple[np.ndarray, np.ndarray, np.ndarray], cut: float, width: int
) -> np.ndarray:
    """Letters in the sites from a cut on and beside them, (width + 4, 4)."""
    score, start, turned = sites
    rows = np.flatnonzero(score >= cut)
    padded = np.pad(tokens[rows], ((0, 0), (FLANK, FLANK)), constant_values=UNKNOWN)
    columns = start[rows, None] + np.arange(width + 2 * FLANK)
    windows = np.take_along_axis(padded, columns, axis=1)
    windows = np.where(turned[rows, None], reverse_complement(windows), windows)
    return np.stack([(windows == letter).sum(axis=0) for letter in range(UNKNOWN)], axis=1).astype(
        float
    )
