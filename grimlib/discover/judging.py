"""How well a motif tells sequences from their shuffles: the area under the ROC curve."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from grimlib.discover.refinement import best_sites
from grimlib.sequences import dinucleotide_shuffle

N_SHUFFLES = 5
"""Shuffles of each sequence that it is compared with."""

_Z = 1.959964  # of a 95% interval


@dataclass(frozen=True)
class AUROC:
    """An area under the ROC curve: 0.5 by chance, 1 if every sequence is above every shuffle.

    Attributes
    ----------
    value, low, high : float
        The area, and its 95% confidence interval.
    """

    value: float
    low: float
    high: float


def judge(ppm: np.ndarray, tokens: np.ndarray, strands: int = 2, seed: int = 0) -> AUROC:
    """How well the best site of each sequence tells it from dinucleotide shuffles.

    The score is the log-odds of the best window against a uniform background, on both strands or
    on the given one.

    Parameters
    ----------
    ppm : np.ndarray, shape (width, 4)
    tokens : np.ndarray, shape (N, L)
        Sequences that the motif was not learned from. No site holds an unknown nucleotide; a
        sequence without a window comes last.
    strands : {1, 2}
        Default is 2.
    seed : int
        Of the shuffles, five of each sequence. Default is 0.
    """
    rng = np.random.default_rng([seed, 4])
    shuffled = dinucleotide_shuffle(np.repeat(tokens, N_SHUFFLES, axis=0), rng)
    return auroc(*(best_sites(ppm, of, strands)[0] for of in (tokens, shuffled)))


def auroc(real: np.ndarray, shuffled: np.ndarray) -> AUROC:
    r"""The area under the ROC curve of scores, and its confidence interval.

    The area is the share of pairs in which the sequence has the higher score; ties count half.
    A sequence and its shuffles are not independent, so that they are one observation of the
    variance (Obuchowski, Biometrics 53:567, 1997): with :math:`V_i` the share of all shuffles
    that sequence i is above, and :math:`W_i` the mean over its own shuffles of the share of all
    sequences that are above,

    .. math:: \mathrm{var}(A) = \frac{1}{N (N - 1)} \sum_i (V_i + W_i - 2 A)^2.

    The interval is symmetric for log(A / (1 - A)).

    Parameters
    ----------
    real : np.ndarray, shape (N,)
    shuffled : np.ndarray, shape (k N,)
        The k shuffles of each sequence in a row.

    Raises
    ------
    ValueError
        If there are not as many shuffles of each sequence, or fewer than two sequences.
    """
    n = len(real)
    if n < 2 or not len(shuffled) or len(shuffled) % n:
        raise ValueError(
            f"{n} sequences and {len(shuffled)} shuffles; give two sequences or more, and as many "
            "shuffles of each"
        )
    ranks, of_real, of_shuffled = (
        pd.Series(scores).rank().to_numpy()
        for scores in (np.concatenate([real, shuffled]), real, shuffled)
    )
    above = (ranks[:n] - of_real) / len(shuffled)
    below = 1 - (ranks[n:] - of_shuffled) / n
    value = above.mean()
    spread = above + below.reshape(n, -1).mean(axis=1) - 2 * value
    error = np.sqrt((spread**2).sum() / (n * (n - 1)))
    inside = value * (1 - value)
    if not inside:
        return AUROC(float(value), float(value), float(value))
    logit, half = np.log(value / (1 - value)), _Z * error / inside
    low, high = 1 / (1 + np.exp(-(logit + half * np.array([-1, 1]))))
    return AUROC(float(value), float(low), float(high))
