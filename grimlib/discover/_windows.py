"""The scores of windows under matrices, where no window holds an unknown nucleotide."""

from __future__ import annotations

import numpy as np
from numba import njit

from grimlib._scan import WORD, fill, look_up


@njit(cache=True)
def _choose(
    best: np.ndarray,
    start: np.ndarray,
    width: int,
    words: np.ndarray,
    table: np.ndarray,
    bias: np.ndarray,
) -> None:
    """Put each row's highest score and the start of its window into `best`, `start`, (N, F)."""
    columns = np.ascontiguousarray(table.transpose(2, 0, 1))
    score = np.empty(words.shape[1] - WORD * len(table) + WORD, dtype=np.float32)
    for n in range(len(words)):
        for unit in range(len(bias)):
            # All positions of one matrix: there are few, and these loops have no branch.
            score[:] = bias[unit]
            for part in range(len(table)):
                column, word = columns[unit, part], words[n, WORD * part :]
                for at in range(len(score)):
                    score[at] += column[word[at]]
            at = score.argmax()
            if score[at] > -np.inf:
                best[n, unit] = score[at]
                start[n, unit] = at - width // 2


def best_windows(kernel: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The best window of each sequence under each matrix, among those without unknown nucleotides.

    Parameters
    ----------
    kernel : np.ndarray, shape (width, 4, F)
        Of any width.
    tokens : np.ndarray, shape (N, L)

    Returns
    -------
    score : np.ndarray, shape (N, F), float32
        The sum of the matrix's entries; minus infinity where there is no window.
    start : np.ndarray, shape (N, F), int64
        Where the window starts, the first one of the best; -1 where there is none.
    """
    best = np.full((len(tokens), kernel.shape[-1]), -np.inf, dtype=np.float32)
    start = np.full(best.shape, -1)
    bias = np.zeros(kernel.shape[-1])
    _choose(best, start, len(kernel), *look_up(kernel, bias, tokens, -np.inf))
    return best, start


def all_windows(kernel: np.ndarray, tokens: np.ndarray) -> np.ndarray:
    """The score of every window, (N, L - width + 1, F) float32, as `best_windows` has them."""
    before, length = len(kernel) // 2, max(tokens.shape[1] - len(kernel) + 1, 0)
    values = np.empty((*tokens.shape, kernel.shape[-1]), dtype=np.float32)
    fill(values, *look_up(kernel, np.zeros(kernel.shape[-1]), tokens, -np.inf))
    return values[:, before : before + length]
