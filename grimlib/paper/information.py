"""Mutual information: exact where it can be, and estimated from a critic's scores.

A *critic* f scores pairs. Matched pairs (x, y) come from the joint distribution P, mismatched ones
from the product of its marginals Q. Each estimator is a function of N matched scores, a tensor of
shape (N, 1), and of K mismatched ones for each, (N, K); it returns one number of nats, a tensor of
shape (). All information is in nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable

import keras
import numpy as np
from keras import KerasTensor, ops
from scipy.special import rel_entr

from grimlib._checks import check_integer
from grimlib.losses import jensen_shannon

# ------------------------------------------------------------------------- where it is known


def mutual_information(joint: np.ndarray) -> float:
    r"""Mutual information of two discrete quantities (Cover & Thomas 2012, Eq. 2.28).

    .. math:: I(X; Y) = \sum_{x,y} p(x, y) \ln \frac{p(x, y)}{p(x)\,p(y)}

    Parameters
    ----------
    joint : np.ndarray, shape (A, B)
        Probabilities, or counts: they are divided by their sum.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ValueError
        If `joint` is not a table of finite numbers at or above zero with a positive sum.
    """
    joint = np.asarray(joint, dtype=np.float64)
    if joint.ndim != 2 or not np.isfinite(joint).all() or (joint < 0).any() or joint.sum() == 0:
        raise ValueError(
            f"joint has shape {joint.shape} and must be a table (A, B) of finite probabilities "
            "or counts, none below zero and not all zero"
        )
    joint = joint / joint.sum()
    product = joint.sum(axis=1, keepdims=True) * joint.sum(axis=0, keepdims=True)
    return float(rel_entr(joint, product).sum())


def gaussian_information(rho: float, dimensions: int) -> float:
    r"""Mutual information of Gaussians that are correlated dimension by dimension.

    .. math:: I(X; Y) = -\tfrac d2 \ln(1 - \rho^2)

    Parameters
    ----------
    rho : float
        Correlation of :math:`X_k` with :math:`Y_k`, between -1 and 1; other pairs have none.
    dimensions : int
        Number d of dimensions of X and of Y.

    Returns
    -------
    float
        In nats.

    Raises
    ------
    ValueError
        If `rho` is not strictly between -1 and 1, or `dimensions` is not 1 or more.
    """
    check_integer("dimensions", dimensions, 1)
    if not -1 < rho < 1:
        raise ValueError(f"rho is {rho!r}; give a correlation strictly between -1 and 1")
    return -dimensions / 2 * math.log1p(-(rho**2))


def gaussian_correlation(information: float, dimensions: int) -> float:
    """The correlation at or above zero that gives an information: `gaussian_information` undone.

    Raises
    ------
    ValueError
        If `information`, in nats, is negative or not finite, or `dimensions` is not 1 or more.
    """
    check_integer("dimensions", dimensions, 1)
    if not 0 <= information < math.inf:
        raise ValueError(f"information is {information!r}; give a finite number of nats, 0 or more")
    return math.sqrt(-math.expm1(-2 * information / dimensions))


def sample_gaussians(
    n: int, rho: float, dimensions: int, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray]:
    """Draw pairs of standard Gaussians that are correlated dimension by dimension.

    `rho` and `dimensions` are those of `gaussian_information`, and so are the errors.

    Returns
    -------
    tuple of np.ndarray, shape (n, d) each, float32
        x and y; row i of x goes with row i of y.
    """
    gaussian_information(rho, dimensions)  # checks both
    x, noise = rng.standard_normal((2, n, dimensions))
    y = rho * x + math.sqrt(1 - rho**2) * noise
    return x.astype(np.float32), y.astype(np.float32)


def gaussian_scores(x: np.ndarray, y: np.ndarray, rho: float) -> np.ndarray:
    r"""The best critic of correlated Gaussians, :math:`\ln p(x, y) / p(x) p(y)`, in closed form.

    .. math:: f(x, y) = \frac{2 \rho\, x \cdot y - \rho^2 (|x|^2 + |y|^2)}{2 (1 - \rho^2)}
                        + I(X; Y)

    Parameters
    ----------
    x, y : np.ndarray, shape (N, d)
    rho : float
        As in `gaussian_information`, and so are the errors.

    Returns
    -------
    np.ndarray, shape (N, N), float64
        Row i, column j: the score of x[i] with y[j].
    """
    information = gaussian_information(rho, x.shape[1])
    x, y = np.asarray(x, np.float64), np.asarray(y, np.float64)
    squares = (x**2).sum(axis=1)[:, None] + (y**2).sum(axis=1)
    return (2 * rho * x @ y.T - rho**2 * squares) / (2 * (1 - rho**2)) + information


# ----------------------------------------------------------------- estimated from scores


def split_pairs(scores: KerasTensor) -> tuple[KerasTensor, KerasTensor]:
    """Matched and mismatched pairs of one batch.

    Parameters
    ----------
    scores : tensor, shape (N, N)
        Row i, column j: the score of x[i] with y[j]. The diagonal is matched.

    Returns
    -------
    matched : tensor, shape (N, 1)
    mismatched : tensor, shape (N, N - 1)
        Row i: x[i] with every other y.

    Raises
    ------
    ValueError
        If `scores` is not a square with two rows or more.
    """
    shape = tuple(scores.shape)
    if len(shape) != 2 or shape[0] != shape[1] or shape[0] == 1:
        raise ValueError(f"scores has shape {shape}; give (N, N) with N of 2 or more")
    n = ops.shape(scores)[0]
    # Without its first entry, the flattened square has the diagonal in the last of n + 1 columns.
    rest = ops.reshape(ops.reshape(scores, (-1,))[1:], (n - 1, n + 1))[:, :-1]
    return ops.reshape(ops.diagonal(scores), (-1, 1)), ops.reshape(rest, (n, n - 1))


def donsker_varadhan(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""Donsker & Varadhan's bound, which MINE maximises (Belghazi et al. 2018).

    .. math:: I \ge \mathbb E_P[f] - \ln \mathbb E_Q[e^f]

    It is tight at :math:`f = \ln p/q` plus any constant. The logarithm of a *sample's* mean is too
    low on average, so the estimate from a batch is too high and no bound.
    """
    return ops.mean(matched) - log_mean_exp(ops.reshape(mismatched, (1, -1)))[0]


def nwj(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""The bound of Nguyen, Wainwright & Jordan (2010).

    .. math:: I \ge \mathbb E_P[f] - \mathbb E_Q[e^{f - 1}]

    It is tight at :math:`f = 1 + \ln p/q`. A batch's estimate is right on average for any f, but
    its variance grows like :math:`e^{2I}` for Gaussians at the best f.
    """
    return ops.mean(matched) - ops.mean(ops.exp(mismatched - 1))


def info_nce(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""InfoNCE: which of K + 1 candidates is the match? (van den Oord et al. 2018)

    .. math:: I \ge \mathbb E\left[\ln \frac{e^{f(x_i, y_i)}}
              {\frac{1}{K + 1} \sum_j e^{f(x_i, y_j)}}\right]

    The sum runs over the match and the K mismatched pairs of :math:`x_i`. The value cannot exceed
    :math:`\ln(K + 1)`, whatever the information.
    """
    candidates = ops.concatenate([matched, mismatched], axis=-1)
    return ops.mean(matched[:, 0] - log_mean_exp(candidates))


def jensen_shannon_divergence(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""What Eq. (1) estimates: the Jensen-Shannon divergence of P and Q, in its own unit.

    .. math:: \mathrm{JSD}(P, Q) \ge \ln 2 + \tfrac 12 \hat I,
              \qquad \hat I = \mathbb E_P[-\mathrm{sp}(-f)] - \mathbb E_Q[\mathrm{sp}(f)]

    It is tight at :math:`f = \ln p/q`. The divergence is the mean of the two Kullback-Leibler
    divergences from the even mixture of P and Q. It cannot exceed :math:`\ln 2`, nor I / 2.

    Why twice the divergence is at most :math:`I = \mathrm{KL}(P \| Q)`: with :math:`t = p/q`, each
    is a mean over Q of a function of t that is zero at t = 1. The second derivatives are
    :math:`1 / (t (1 + t))` and, larger, :math:`1 / t`. Besides, the functions can differ by a
    multiple of :math:`t - 1`, whose mean is zero.
    """
    return math.log(2) + ops.mean(jensen_shannon(matched, mismatched)) / 2


class Critic(keras.Model):
    """A critic that is learned: it encodes x and y, and scores a pair by the codes' inner product.

    Parameters
    ----------
    of_x, of_y : keras.Model
        The encoders, to codes (N, k) of one size k.
    objective : function
        What training raises: a number from matched and mismatched scores, as `split_pairs` gives
        them. There are no labels.
    """

    def __init__(self, of_x: keras.Model, of_y: keras.Model, objective: Callable):
        super().__init__()
        self.of_x, self.of_y, self.objective = of_x, of_y, objective

    def call(self, pairs: dict) -> KerasTensor:
        """Scores (N, N) of ``pairs["x"]``, by row, with ``pairs["y"]``, by column."""
        return ops.matmul(self.of_x(pairs["x"]), ops.transpose(self.of_y(pairs["y"])))

    def compute_loss(self, x=None, y=None, y_pred=None, sample_weight=None, training=True):
        """Minus the objective on the scores of one batch."""
        return -self.objective(*split_pairs(y_pred))


def log_mean_exp(scores: KerasTensor) -> KerasTensor:
    """Logarithm of the mean of exponentials along the last axis, (..., K) to (...)."""
    n = ops.cast(ops.shape(scores)[-1], scores.dtype)
    return ops.logsumexp(scores, axis=-1) - ops.log(n)
