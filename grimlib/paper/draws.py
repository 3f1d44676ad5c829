"""What a trial draws from its sequences: negatives to compare with, and what filters start from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from grimlib.sequences import decode, dinucleotide_shuffle
from grimlib.starts import WORD, choose_words

# ------------------------------------------------------------------------------- negatives

Negatives = Callable[[np.ndarray, np.random.Generator], np.ndarray]
"""Makes a negative example of each sequence, both (N, L), for `grimlib.training_batches`."""


def _mononucleotide(tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return rng.permuted(tokens, axis=1)


def _other(tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    # Sequences come in a random order, so that the one before is any other.
    return np.roll(tokens, 1, axis=0)


def _other_shuffled(tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    return dinucleotide_shuffle(_other(tokens, rng), rng)


NEGATIVES: dict[str, Negatives] = {
    "fresh": dinucleotide_shuffle,
    "fixed": dinucleotide_shuffle,
    "mononucleotide": _mononucleotide,
    "other": _other,
    "other shuffled": _other_shuffled,
}
"""By the names that `grimlib.paper.TrialSpec` gives them."""


def training_negatives(kind: str, tokens: np.ndarray, seed: int) -> Negatives:
    """How to make negatives in training: as `NEGATIVES` says, or from shuffles made once.

    `tokens`, (N, L), are the training sequences, which differ from each other.
    """
    if kind != "fixed":
        return NEGATIVES[kind]
    shuffled = dinucleotide_shuffle(tokens, np.random.default_rng([seed, 0, 2]))
    row_of = {sequence.tobytes(): row for row, sequence in enumerate(tokens)}
    return lambda ordered, rng: shuffled[[row_of[sequence.tobytes()] for sequence in ordered]]


# --------------------------------------------------------------------------------- starts

_WINDOW = 12  # nucleotides of a random window


def _no_words(tokens: np.ndarray, n: int, seed: int) -> list[str]:
    return []


def _windows(tokens: np.ndarray, n: int, seed: int) -> list[str]:
    rng = np.random.default_rng([seed, 0, 4])
    rows = rng.integers(len(tokens), size=n)
    starts = rng.integers(tokens.shape[1] - _WINDOW + 1, size=n)
    return [
        decode(tokens[row, start : start + _WINDOW])
        for row, start in zip(rows, starts, strict=True)
    ]


def _random_words(tokens: np.ndarray, n: int, seed: int) -> list[str]:
    rng = np.random.default_rng([seed, 0, 5])
    return [decode(word) for word in rng.integers(4, size=(n, WORD))]


def _enriched_words(tokens: np.ndarray, n: int, seed: int) -> list[str]:
    return list(choose_words(tokens, n, seed)["word"])


STARTS: dict[str, Callable[[np.ndarray, int, int], list[str]]] = {
    "glorot": _no_words,
    "windows": _windows,
    "random words": _random_words,
    "words": _enriched_words,
}
"""What up to n filters start from, given training sequences (N, L) and a seed, by the names that
`grimlib.paper.TrialSpec` gives them."""
