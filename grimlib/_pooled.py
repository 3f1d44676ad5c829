"""A convolution and the max pooling behind it, trained as one step on TensorFlow's CPU.

Of a pool, only the largest output has a gradient, a small part of all. Keras's gradient of a
convolution goes through the zeros as well; this one goes from one largest output to the next.
"""

from __future__ import annotations

from collections.abc import Callable

import keras
import numpy as np
from keras import KerasTensor, layers
from numba import njit

from grimlib._scan import scores


def can_be_one_step(network: keras.Model) -> bool:
    """Whether the functions below take a network's layers, with this backend and machine."""
    if keras.backend.backend() != "tensorflow" or network.compute_dtype != "float32":
        return False
    import tensorflow as tf

    return not tf.config.list_physical_devices("GPU")


def filter_and_pool(conv: layers.Conv1D, pool_size: int, tokens: KerasTensor) -> KerasTensor:
    """The largest output of each pool for tokens (N, L), which are looked up as in `_scan`.

    Of a built layer of odd width, with ``padding="same"`` and without bias, on one-hot sequences;
    the result is (N, L // pool_size, filters).
    """
    import tensorflow as tf

    @tf.custom_gradient
    def pooled(kernel: tf.Tensor) -> tuple:
        def forward(kernel: np.ndarray, tokens: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
            no_bias = np.zeros(kernel.shape[-1], dtype=np.float32)
            return _largest(scores(kernel, no_bias, tokens), pool_size)

        largest, where = _call(forward, [kernel, tokens], tf.float32, tf.int32)
        largest.set_shape((tokens.shape[0], tokens.shape[1] // pool_size, kernel.shape[2]))

        def gradient(pulls: tf.Tensor) -> tf.Tensor:
            (of_kernel,) = _call(_of_filters, [pulls, where, kernel, tokens], tf.float32)
            of_kernel.set_shape(kernel.shape)
            return of_kernel

        return largest, gradient

    return pooled(tf.convert_to_tensor(conv.kernel))


def convolve_and_pool(conv: layers.Conv1D, pool_size: int, x: KerasTensor) -> KerasTensor:
    """The largest output of each pool for any inputs (N, L, channels); else as `filter_and_pool`.

    The layer has a bias.
    """
    import tensorflow as tf

    @tf.custom_gradient
    def pooled(x: tf.Tensor, kernel: tf.Tensor) -> tuple:
        outputs = tf.nn.conv1d(x, kernel, stride=1, padding="SAME")
        largest, where = _call(lambda y: _largest(y, pool_size), [outputs], tf.float32, tf.int32)
        largest.set_shape((x.shape[0], x.shape[1] // pool_size, kernel.shape[2]))

        def gradients(pulls: tf.Tensor) -> list[tf.Tensor]:
            found = _call(_of_both, [pulls, where, kernel, x], tf.float32, tf.float32)
            for gradient, of in zip(found, (x, kernel), strict=True):
                gradient.set_shape(of.shape)
            return found

        return largest, gradients

    return pooled(x, tf.convert_to_tensor(conv.kernel)) + conv.bias


def _call(function: Callable, arrays: list, *kinds) -> list:
    """What a function of arrays returns, of the kinds given, as an operation of TensorFlow's."""
    import tensorflow as tf

    return tf.nest.flatten(tf.numpy_function(function, arrays, kinds, stateful=False))


@njit(cache=True, nogil=True)
def _largest(outputs: np.ndarray, pool_size: int) -> tuple[np.ndarray, np.ndarray]:
    """Largest of each pool, (N, P, d) from (N, L, d), and at which of the L positions it is."""
    N, L, d = outputs.shape
    P = L // pool_size
    largest = np.empty((N, P, d), dtype=np.float32)
    where = np.empty((N, P, d), dtype=np.int32)
    for n in range(N):
        for p in range(P):
            best, at = largest[n, p], where[n, p]
            best[:] = outputs[n, p * pool_size]
            at[:] = p * pool_size
            for i in range(p * pool_size + 1, (p + 1) * pool_size):
                for f in range(d):
                    larger = outputs[n, i, f] > best[f]
                    best[f] = outputs[n, i, f] if larger else best[f]
                    at[f] = i if larger else at[f]
    return largest, where


@njit(cache=True, nogil=True)
def _of_filters(
    pulls: np.ndarray, where: np.ndarray, kernel: np.ndarray, tokens: np.ndarray
) -> np.ndarray:
    """Gradient by filters (K, 4, d) from that by the largest (N, P, d), for tokens (N, L)."""
    K, C, d = kernel.shape
    padded = np.full(tokens.shape[1] + K - 1, C, dtype=np.int64)
    gradient = np.zeros((d, K, C + 1), dtype=np.float32)
    for n in range(len(tokens)):
        padded[K // 2 : K // 2 + tokens.shape[1]] = tokens[n]
        for p in range(pulls.shape[1]):
            for f in range(d):
                pull = pulls[n, p, f]
                if pull != 0:
                    mine, seen = gradient[f], padded[where[n, p, f] :]
                    for k in range(K):
                        mine[k, seen[k]] += pull
    return np.ascontiguousarray(gradient[:, :, :C].transpose(1, 2, 0))


@njit(cache=True, nogil=True)
def _of_both(
    pulls: np.ndarray, where: np.ndarray, kernel: np.ndarray, x: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Gradients by inputs x (N, L, C) and by the kernel (K, C, d); else as `_of_filters`."""
    K, C, d = kernel.shape
    N, L, _ = x.shape
    before = K // 2 * C
    # A filter's weights, and what it sees, lie in a row.
    weights = np.ascontiguousarray(kernel.transpose(2, 0, 1)).reshape(d, K * C)
    of_weights = np.zeros((d, K * C), dtype=np.float32)
    padded = np.zeros((L + K - 1) * C, dtype=np.float32)
    of_padded = np.empty_like(padded)
    of_x = np.empty_like(x)
    for n in range(N):
        padded[before : before + L * C] = x[n].ravel()
        of_padded[:] = 0
        for p in range(pulls.shape[1]):
            for f in range(d):
                pull = pulls[n, p, f]
                if pull != 0:
                    start = where[n, p, f] * C
                    mine, of_mine = weights[f], of_weights[f]
                    seen, of_seen = padded[start : start + K * C], of_padded[start : start + K * C]
                    for i in range(K * C):
                        of_mine[i] += pull * seen[i]
                        of_seen[i] += pull * mine[i]
        of_x[n] = of_padded[before : before + L * C].reshape(L, C)
    return of_x, np.ascontiguousarray(of_weights.reshape(d, K, C).transpose(1, 2, 0))
