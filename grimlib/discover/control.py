"""Sequences of a control, cut to the lengths of those that they are compared with."""

from __future__ import annotations

import numpy as np

from grimlib.sequences import UNKNOWN, reverse_complement


class Control:
    """Negative examples out of a control, each as long as its sequence.

    Parameters
    ----------
    tokens : np.ndarray, shape (M, L)
        The control. What is unknown at a sequence's ends is no part of it.
    strands : {1, 2}
        With 2, each example is cut from a strand chosen at random.
    """

    def __init__(self, tokens: np.ndarray, strands: int) -> None:
        first, last = _ends(tokens)
        order = np.argsort(first - last, kind="stable")  # the longest first
        self.tokens, self.strands = tokens[order], strands
        self.first, self.length = first[order], (last - first)[order]

    def __call__(self, tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """One for each of the sequences (N, L), from any of the control that is long enough.

        What `grimlib.training.training_batches` takes as negatives. A sequence of the control may
        serve again, cut at another place. One that is longer than all of them has the longest one's
        length.
        """
        return self._cut(tokens, rng.integers(np.maximum(self._enough(tokens), 1)), rng)

    def once(
        self, tokens: np.ndarray, most: int, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """Some for each sequence, where no sequence of the control serves again.

        So they are independent, as a test needs them. Each sequence has as many as the control
        allows for, up to `most`. Where it has less than one for each, or only shorter ones, some
        sequences, chosen at random, have none.

        Returns
        -------
        rows : np.ndarray, shape (n,)
            Which of `tokens` have them.
        negatives : np.ndarray, shape (k n, L), int8
            The k of each in a row.

        Raises
        ------
        ValueError
            If all are longer than the control.
        """
        k = max(1, min(most, len(self.tokens) // len(tokens)))
        some = rng.permutation(len(tokens))[: len(self.tokens)]
        enough = self._enough(tokens)
        rows, chosen, free, known = [], [], [], 0
        for row in some[np.argsort(enough[some], kind="stable")]:  # the longest have least choice
            free += range(known, enough[row])
            known = enough[row]
            if len(free) >= k:
                rows.append(row)
                # Any that is free: it was long enough for longer ones.
                for at in rng.integers(np.arange(len(free), len(free) - k, -1)):
                    free[at], free[-1] = free[-1], free[at]
                    chosen.append(free.pop())
        if not rows:
            raise ValueError(
                f"the longest sequence of the control has {self.length.max(initial=0)} nt, and "
                "those compared with it are longer; give a control of longer sequences"
            )
        rows = np.array(rows, dtype=int)
        return rows, self._cut(np.repeat(tokens[rows], k, axis=0), np.array(chosen, int), rng)

    def _enough(self, tokens: np.ndarray) -> np.ndarray:
        """How many of the control are as long as each sequence, or longer."""
        first, last = _ends(tokens)
        return np.searchsorted(-self.length, first - last, side="right")

    def _cut(self, tokens: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        """A piece of a row of the control for each sequence, at its place, unknown where it is."""
        negatives = np.full(tokens.shape, UNKNOWN, dtype=np.int8)
        first, last = _ends(tokens)
        length = np.minimum(last - first, self.length[rows])
        start = self.first[rows] + rng.integers(self.length[rows] - length + 1)
        turned = rng.random(len(tokens)) < (self.strands - 1) / 2
        for n, row in enumerate(rows):
            piece = self.tokens[row, start[n] : start[n] + length[n]]
            negatives[n, first[n] : first[n] + length[n]] = (
                reverse_complement(piece) if turned[n] else piece
            )
        negatives[tokens == UNKNOWN] = UNKNOWN
        return negatives


def _ends(tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Where the known part of each sequence starts, and where it ends."""
    known = tokens != UNKNOWN
    return known.argmax(axis=1), tokens.shape[1] - known[:, ::-1].argmax(axis=1)
