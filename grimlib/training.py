"""What GRIM is trained on, batch by batch, and when its training has come to nothing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count

import numpy as np

from grimlib.sequences import dinucleotide_shuffle, reverse_complement

BATCH_SIZE = 100

_PATIENCE = 3  # epochs at the collapsed loss
_TOLERANCE = 1e-5  # where there is little to learn, a healthy network is near it as well


def training_batches(
    tokens: np.ndarray,
    batch_size: int,
    seed: int,
    strands: int = 1,
    first_epoch: int = 0,
    negatives: Callable[[np.ndarray, np.random.Generator], np.ndarray] = dinucleotide_shuffle,
) -> Iterator[tuple[dict]]:
    """Endless batches for GRIM: sequences in a new order, shuffled afresh, each epoch.

    An epoch depends on nothing but `seed` and its number; a thread makes it during the one before.
    Each batch is a tuple of one dict: ``"sequence"`` and ``"shuffled"``, int8 tokens (batch, L), as
    `GRIM.call` takes them.

    Parameters
    ----------
    tokens : np.ndarray, shape (N, L)
    batch_size : int
        The last batch of an epoch may be smaller.
    seed : int
        Of order, strands and shuffles.
    strands : {1, 2}
        With 2, each epoch shows every sequence on a strand chosen at random. Default is 1.
    first_epoch : int
        Number of the epoch to begin with, for training that goes on. Default is 0.
    negatives : callable
        Makes a negative example of each sequence, both (N, L), with a generator. Default is
        `grimlib.dinucleotide_shuffle`.
    """

    def epoch(number: int) -> tuple[np.ndarray, np.ndarray]:
        rng = np.random.default_rng([seed, number])
        ordered = tokens[rng.permutation(len(tokens))]
        if strands == 2:
            turned = rng.random(len(ordered)) < 0.5
            ordered[turned] = reverse_complement(ordered[turned])
        return ordered, negatives(ordered, rng)

    def in_a_thread(number: int) -> Future:
        # A thread for each epoch ends with its work; one that waits for the next would stay behind.
        executor = ThreadPoolExecutor(max_workers=1)
        future = executor.submit(epoch, number)
        executor.shutdown(wait=False)
        return future

    following = in_a_thread(first_epoch)
    for number in count(first_epoch + 1):
        ordered, shuffled = following.result()
        following = in_a_thread(number)
        for start in range(0, len(tokens), batch_size):
            stop = start + batch_size
            yield ({"sequence": ordered[start:stop], "shuffled": shuffled[start:stop]},)


def has_collapsed(history: dict[str, list[float]], chance: float) -> bool:
    """Whether the last three validation losses are `collapsed_loss`, to one part in 100,000."""
    last = np.array(history["val_loss"][-_PATIENCE:])
    return len(last) == _PATIENCE and bool((abs(last / chance - 1) < _TOLERANCE).all())
