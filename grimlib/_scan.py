"""Every filter's score at every position, by looking words up.

They give what a convolution, maxima over it and a loop over its windows would, several times as
fast, as most of a one-hot row is zero, and the same on every processor, as nothing is multiplied.
"""

from __future__ import annotations

import numpy as np
from numba import njit

WORD = 4  # letters


def scores(kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """What the first layer hands to its activation, before any pooling: (N, L, F), float32.

    Of filters of odd width, as `grimlib.models.first_layer` gives them, and tokens (N, L). Position
    i is the filter centred on nucleotide i, with zeros beyond the ends.
    """
    values = np.empty((*tokens.shape, kernel.shape[-1]), dtype=np.float32)
    fill(values, *look_up(kernel, bias, tokens))
    return values


def look_up(
    kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray, unknown: float = 0.0
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Every score as a sum of few table rows, one for each word of four letters under the filter.

    The row of the word that starts at each position, half a kernel earlier than in `tokens`,
    (N, L + width // 4 * 4) int16; what each word of the letters ``ACGTN`` adds, by four positions
    of the kernel after another, (ceil(width / 4), 625, F) float32; and the bias, (F,) float32.
    An unknown nucleotide, and what lies beyond the ends, adds `unknown`.
    """
    width, _, n_filters = kernel.shape
    n_parts = -(-width // WORD)
    # Nothing is added beyond the kernel.
    parts = np.zeros((n_parts * WORD, 5, n_filters), dtype=np.float32)
    parts[:width, :4] = kernel
    parts[:width, 4] = unknown
    parts = parts.reshape(n_parts, WORD, 5, n_filters)
    table = parts[:, 0]
    for letter in range(1, WORD):
        table = table[:, :, None] + parts[:, letter, None]
        table = table.reshape(n_parts, -1, n_filters)
    before = width // 2
    after = n_parts * WORD - 1 - before
    padded = np.pad(tokens, ((0, 0), (before, after)), constant_values=4)
    padded = padded.astype(np.int16)
    words = padded[:, : padded.shape[1] - WORD + 1].copy()
    for letter in range(1, WORD):
        words *= 5
        words += padded[:, letter : letter + words.shape[1]]
    return words, table, bias.astype(np.float32)


@njit(inline="always")  # three times as fast as a call
def score_at(
    score: np.ndarray, words: np.ndarray, table: np.ndarray, bias: np.ndarray, at: int
) -> None:
    """Put every filter's score at one position of one sequence into `score`, shape (F,)."""
    for unit in range(len(score)):
        score[unit] = bias[unit]
    for part in range(len(table)):
        row = table[part, words[at + WORD * part]]
        for unit in range(len(score)):
            score[unit] += row[unit]


@njit(cache=True)
def fill(values: np.ndarray, words: np.ndarray, table: np.ndarray, bias: np.ndarray) -> None:
    """Put all scores into `values`, shape (N, L, F)."""
    for n in range(values.shape[0]):
        for at in range(values.shape[1]):
            score_at(values[n, at], words[n], table, bias, at)


@njit(cache=True)
def _raise(
    highest: np.ndarray, length: int, words: np.ndarray, table: np.ndarray, bias: np.ndarray
) -> None:
    """Raise `highest`, shape (F,), to each filter's highest score."""
    score = np.empty_like(highest)
    for n in range(len(words)):
        for at in range(length):
            score_at(score, words[n], table, bias, at)
            for unit in range(len(score)):
                highest[unit] = max(highest[unit], score[unit])


@njit(cache=True)
def _count(
    counts: np.ndarray,
    windows: np.ndarray,
    threshold: np.ndarray,
    tokens: np.ndarray,
    words: np.ndarray,
    table: np.ndarray,
    bias: np.ndarray,
) -> None:
    """Add each window above `threshold` to its filter's `windows` and `counts`."""
    score = np.empty_like(bias)
    width = counts.shape[1]
    for n in range(len(tokens)):
        for start in range(tokens.shape[1] - width + 1):
            score_at(score, words[n], table, bias, start + width // 2)
            fires = False  # a loop that the compiler can do for several filters at once
            for unit in range(len(score)):
                fires |= score[unit] > threshold[unit]
            if not fires:
                continue
            for unit in range(len(score)):
                if score[unit] > threshold[unit]:
                    windows[unit] += 1
                    for i in range(width):
                        counts[unit, i, tokens[n, start + i]] += 1


def highest_scores(kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The highest score of each filter over all positions, (F,) float32, as `scores` has them."""
    highest = np.full(kernel.shape[-1], -np.inf, dtype=np.float32)
    _raise(highest, tokens.shape[1], *look_up(kernel, bias, tokens))
    return highest


def count_windows(
    kernel: np.ndarray, bias: np.ndarray, tokens: np.ndarray, threshold: np.ndarray, width: int
) -> tuple[np.ndarray, np.ndarray]:
    """Count the letters in the windows on which each filter scores above its threshold.

    Counts of ``ACGTN``, (F, width, 5), and how many windows there are, (F,). A window lies within
    the sequence, and is centred on position ``start + width // 2`` of `scores`.
    """
    windows = np.zeros(kernel.shape[-1], dtype=np.int64)
    counts = np.zeros((kernel.shape[-1], width, 5))
    _count(counts, windows, threshold, tokens, *look_up(kernel, bias, tokens))
    return counts, windows
