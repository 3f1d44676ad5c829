"""GRIM without its further encoder, trained by compiled code in place of Keras."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

import numpy as np
from numba import njit
from tqdm import tqdm

from grimlib._checks import FILTER_WIDTH, check_views
from grimlib._notebook import BarOutput, in_notebook
from grimlib.sequences import UNKNOWN
from grimlib.starts import write_words

_RATE, _DECAYS, _EPSILON = 1e-3, (0.9, 0.999), 1e-7  # Adam's, as Keras has them by default
_LETTERS = UNKNOWN + 1
_GROUP = 3  # letters whose weights are looked up as one word
_N_GROUPS = -(-FILTER_WIDTH // _GROUP)


class CompiledGRIM:
    r"""One layer of filters that learn to tell sequences from their shuffles.

    The function, the loss and the updates are those of ``GRIM(..., width=0)``, in which the global
    encoding is 1, trained by Keras's Adam; only the rounding differs. A network this small is
    trained many times faster by code of its own: a filter's output is a sum of weights that are
    looked up by three letters at a time, and of all positions, only the largest of a view has a
    gradient. With the largest outputs :math:`D_v` of a sequence and :math:`D'_v` of its shuffle,
    the loss of N sequences is (Eq. 3)

    .. math:: \frac{1}{N} \sum_{n,v} \mathrm{sp}(-D_{nv}) + \mathrm{sp}(D'_{nv}),
              \qquad \mathrm{sp}(z) = \log(1 + e^z).

    Parameters
    ----------
    filters, length, pool_size, views
        As `grimlib.GRIM` takes them.
    seed : int
        Of the initial weights, which are Glorot's.
    words : sequence of str
        That filters start from, as in `grimlib.start_filters`. Default is none.

    Attributes
    ----------
    kernel : np.ndarray, shape (19, 4, filters), float32
    bias : np.ndarray, shape (filters,), float32
    n_views : int
        Views V of a sequence.
    """

    def __init__(
        self,
        filters: int,
        length: int,
        pool_size: int,
        views: str,
        seed: int,
        words: Sequence[str] = (),
    ):
        check_views(views)
        positions = length // pool_size
        self.pool_size = pool_size
        self.views = tuple(
            views in family for family in (("position", "both"), ("filter", "both"), ("sequence",))
        )
        self.n_views = sum(np.multiply(self.views, (positions, filters, 1)).tolist())
        limit = np.sqrt(6 / (FILTER_WIDTH * (UNKNOWN + filters)))
        kernel = np.random.default_rng([seed, 7]).uniform(
            -limit, limit, (FILTER_WIDTH, UNKNOWN, filters)
        )
        self.kernel = write_words(kernel, words).astype(np.float32)
        self.bias = np.zeros(filters, dtype=np.float32)
        self._weights = (self.kernel, self.bias)
        self._moments = [(np.zeros_like(w), np.zeros_like(w)) for w in self._weights]
        self._steps = 0

    def train_on_batch(self, sequences: np.ndarray, shuffled: np.ndarray) -> float:
        """Update the weights once, and return the loss before, in nats.

        Parameters
        ----------
        sequences, shuffled : np.ndarray, shape (N, length), int8
            Tokens of sequences, and of one shuffle of each.
        """
        loss, *gradients = self._loss(sequences, shuffled)
        self._steps += 1
        first, second = _DECAYS
        rate = _RATE * np.sqrt(1 - second**self._steps) / (1 - first**self._steps)
        for weight, gradient, (mean, square) in zip(
            self._weights, gradients, self._moments, strict=True
        ):
            mean += (gradient - mean) * np.float32(1 - first)
            square += (gradient**2 - square) * np.float32(1 - second)
            weight -= mean * np.float32(rate) / (np.sqrt(square) + np.float32(_EPSILON))
        return loss

    def test_on_batch(self, sequences: np.ndarray, shuffled: np.ndarray) -> float:
        """The loss, in nats; parameters as in `train_on_batch`."""
        return self._loss(sequences, shuffled)[0]

    def fit(
        self,
        batches: Iterator[tuple[dict]],
        steps: int,
        epochs: int,
        validation: dict[str, np.ndarray],
        label: str = "",
        stop: Callable[[dict], bool] = lambda history: False,
    ) -> dict[str, list[float]]:
        """Train for some epochs, with a bar of progress (none with ``TQDM_DISABLE=1``).

        Parameters
        ----------
        batches : iterator
            Such as `grimlib.training_batches`.
        steps : int
            Batches an epoch.
        epochs : int
        validation : dict
            ``"sequence"`` and ``"shuffled"``, tokens (N, length), to judge on after each epoch.
        label : str
            Of the bar.
        stop : callable
            Asked after each epoch whether to end here, given the history. Default is never.

        Returns
        -------
        dict
            The history: ``"loss"`` and ``"val_loss"`` in nats, one value an epoch.
        """
        history = {"loss": [], "val_loss": []}
        shown = dict(desc=label, file=BarOutput() if in_notebook() else None)
        with tqdm(total=epochs * steps, **shown) as bar:
            for _ in range(epochs):
                losses, sizes = [], []
                for (batch,) in islice(batches, steps):
                    losses.append(self.train_on_batch(batch["sequence"], batch["shuffled"]))
                    sizes.append(len(batch["sequence"]))
                    bar.update()
                history["loss"].append(float(np.average(losses, weights=sizes)))
                judged = self.test_on_batch(validation["sequence"], validation["shuffled"])
                history["val_loss"].append(judged)
                bar.set_postfix({name: f"{values[-1]:.4f}" for name, values in history.items()})
                if stop(history):
                    bar.total = bar.n  # an early end is no bar that stands still
                    break
        return history

    def _loss(self, sequences: np.ndarray, shuffled: np.ndarray) -> tuple:
        tokens = np.ascontiguousarray(np.concatenate([sequences, shuffled]), dtype=np.int8)
        return _loss_and_gradients(self.kernel, self.bias, tokens, self.pool_size, *self.views)


@njit(cache=True)
def _loss_and_gradients(
    kernel: np.ndarray,
    bias: np.ndarray,
    tokens: np.ndarray,
    pool_size: int,
    by_position: bool,
    by_filter: bool,
    by_sequence: bool,
) -> tuple[float, np.ndarray, np.ndarray]:
    """Mean loss of tokens (2N, L), shuffles behind sequences, with its gradients."""
    d = kernel.shape[2]
    rows, L = tokens.shape
    n, P = rows // 2, L // pool_size
    table = _group_weights(kernel)
    d_kernel, d_bias = np.zeros_like(kernel), np.zeros_like(bias)
    best = np.empty((P, d), dtype=np.float32)
    outputs = np.empty((P * pool_size, d), dtype=np.float32)
    pulls = np.empty((P, d), dtype=np.float32)
    padded = np.full(L + _GROUP * _N_GROUPS, UNKNOWN, dtype=np.int8)
    codes = np.empty(L + _GROUP * (_N_GROUPS - 1) + 1, dtype=np.int64)
    total = 0.0
    for row in range(rows):
        padded[FILTER_WIDTH // 2 : FILTER_WIDTH // 2 + L] = tokens[row]
        for at in range(len(codes)):
            codes[at] = (padded[at] * _LETTERS + padded[at + 1]) * _LETTERS + padded[at + 2]
        _convolve(codes, table, outputs)
        for p in range(P):
            best[p] = 0
            for i in range(p * pool_size, (p + 1) * pool_size):
                for f in range(d):
                    best[p, f] = max(best[p, f], outputs[i, f] + bias[f])
        sign = np.float32(-1 if row < n else 1)
        pulls[:] = 0
        if by_position:
            for p in range(P):
                f = best[p].argmax()
                total += _softplus(sign * best[p, f])
                pulls[p, f] += _slope(sign, best[p, f])
        if by_filter:
            for f in range(d):
                p = best[:, f].argmax()
                total += _softplus(sign * best[p, f])
                pulls[p, f] += _slope(sign, best[p, f])
        if by_sequence:
            p, f = divmod(best.argmax(), d)
            total += _softplus(sign * best[p, f])
            pulls[p, f] += _slope(sign, best[p, f])
        for p in range(P):
            for f in range(d):
                if pulls[p, f] != 0 and best[p, f] > 0:  # a ReLU passes nothing on at zero
                    pull = pulls[p, f] / np.float32(n)
                    d_bias[f] += pull
                    where = p * pool_size + outputs[p * pool_size : (p + 1) * pool_size, f].argmax()
                    for k in range(FILTER_WIDTH):
                        letter = padded[where + k]
                        if letter < UNKNOWN:
                            d_kernel[k, letter, f] += pull
    return total / n, d_kernel, d_bias


@njit(cache=True)
def _group_weights(kernel: np.ndarray) -> np.ndarray:
    """Summed weights of each word of three letters at each third position of the filters."""
    d = kernel.shape[2]
    table = np.zeros((_N_GROUPS, _LETTERS**_GROUP, d), dtype=np.float32)
    for group in range(_N_GROUPS):
        for code in range(_LETTERS**_GROUP):
            letters = (code // _LETTERS**2, code // _LETTERS % _LETTERS, code % _LETTERS)
            for i in range(_GROUP):
                k = _GROUP * group + i
                if k < FILTER_WIDTH and letters[i] < UNKNOWN:
                    table[group, code] += kernel[k, letters[i]]
    return table


@njit(cache=True)
def _convolve(codes: np.ndarray, table: np.ndarray, outputs: np.ndarray) -> None:
    """Put each filter's output at each position into (L, d): a sum of seven words' weights."""
    L, d = outputs.shape
    for i in range(L):
        # Written out, the compiler keeps the sum in registers.
        a, b, c, e = codes[i], codes[i + 3], codes[i + 6], codes[i + 9]
        g, h, j = codes[i + 12], codes[i + 15], codes[i + 18]
        for f in range(d):
            outputs[i, f] = (
                table[0, a, f]
                + table[1, b, f]
                + table[2, c, f]
                + table[3, e, f]
                + table[4, g, f]
                + table[5, h, f]
                + table[6, j, f]
            )


@njit(cache=True)
def _softplus(z: float) -> float:
    return max(z, 0.0) + np.log1p(np.exp(-abs(z)))


@njit(cache=True)
def _slope(sign: float, score: float) -> float:
    """Derivative of softplus(sign * score) by the score."""
    return sign / (1 + np.exp(-sign * score))
