"""What GRIM maximises: the discriminator of Eq. (2), the bound of Eq. (1), the loss of Eq. (3)."""

from __future__ import annotations

import math

from keras import KerasTensor, ops

from grimlib._checks import check_views


def max_outer_product(
    local: KerasTensor, global_: KerasTensor, axis: int = -1, nonnegative: bool = False
) -> KerasTensor:
    r"""Largest entry of the outer product of a local and a global encoding, Eq. (2).

    .. math:: D(c, h) = \max_{j,k}\, c_j h_k

    The outer product is never formed: a product of two numbers is largest where each is at one
    of its own extremes, so four candidates are enough, and one where nothing is negative.

    Parameters
    ----------
    local : tensor, shape (N, P, d)
        Local encodings.
    global_ : tensor, shape (N, p)
        Global encodings.
    axis : int
        The axis of `local` that :math:`j` runs over: ``-1`` for filters, ``1`` for positions.
        Default is ``-1``.
    nonnegative : bool
        Whether both encodings are known to be at or above zero. Default is False.

    Returns
    -------
    tensor, shape (N, P) for axis -1, (N, d) for axis 1
        One score per view.
    """
    c_max = ops.max(local, axis=axis)
    h_max = ops.max(global_, axis=-1, keepdims=True)
    if nonnegative:
        return c_max * h_max
    c_min = ops.min(local, axis=axis)
    h_min = ops.min(global_, axis=-1, keepdims=True)
    return ops.maximum(
        ops.maximum(c_max * h_max, c_min * h_min), ops.maximum(c_max * h_min, c_min * h_max)
    )


def view_scores(
    local: KerasTensor, global_: KerasTensor, views: str, nonnegative: bool = False
) -> KerasTensor:
    """Discriminator scores of every view of a sequence.

    The paper's text allows more than one reading of what a "view" is:

    ==============  ======================================  ===================  ==========
    `views`         a view is                               Eq. (2) maximises    views
    ==============  ======================================  ===================  ==========
    ``"position"``  all filters at one position             over filters         P
    ``"filter"``    one filter at all positions             over positions       d
    ``"both"``      either of these: both families          over either          P + d
    ``"sequence"``  the whole feature map                   over both            1
    ==============  ======================================  ===================  ==========

    Parameters
    ----------
    local : tensor, shape (N, P, d)
        Local encodings: P pooled positions, d filters.
    global_ : tensor, shape (N, p)
        Global encodings.
    views : {"position", "filter", "both", "sequence"}
        The reading.
    nonnegative : bool
        As in `max_outer_product`.

    Returns
    -------
    tensor, shape (N, V)
        V scores a sequence, V as in the table's last column.

    Raises
    ------
    ValueError
        If `views` is none of them.
    """
    check_views(views)
    if views == "sequence":
        _, positions, filters = local.shape
        local = ops.reshape(local, (-1, 1, positions * filters))
        return max_outer_product(local, global_, nonnegative=nonnegative)
    families = []
    if views in ("position", "both"):
        families.append(max_outer_product(local, global_, -1, nonnegative))
    if views in ("filter", "both"):
        families.append(max_outer_product(local, global_, 1, nonnegative))
    return ops.concatenate(families, axis=-1)


def count_views(views: str, positions: int, filters: int) -> int:
    """How many views a sequence of P positions and d filters has: the last column in `view_scores`.

    Unknown `views` are refused by a ValueError.
    """
    check_views(views)
    both = positions + filters
    return {"position": positions, "filter": filters, "both": both, "sequence": 1}[views]


def jensen_shannon(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""Jensen-Shannon estimate of mutual information for each view, Eq. (1).

    .. math:: \hat I = \mathbb E[-\mathrm{sp}(-D)] - \mathbb E[\mathrm{sp}(D')],
              \qquad \mathrm{sp}(z) = \log(1 + e^z)

    It is a bound up to a constant and in a divergence other than Kullback-Leibler's: where
    negatives come from other sequences, it rises with the information, and its value is not a
    number of nats. It is also minus the binary
    cross-entropy of telling matched from mismatched pairs by their scores.

    Parameters
    ----------
    matched, mismatched : tensor, shape (N, V)
        Scores of the pairs (c, h) and (c', h).

    Returns
    -------
    tensor, shape (V,)
        The estimate for every view, averaged over the N sequences; never positive.
    """
    return ops.mean(-ops.softplus(-matched) - ops.softplus(mismatched), axis=0)


def grim_loss(matched: KerasTensor, mismatched: KerasTensor) -> KerasTensor:
    r"""What training minimises: minus the sum of the estimates over the views, Eq. (3).

    Parameters
    ----------
    matched, mismatched : tensor, shape (N, V)
        As in `jensen_shannon`.

    Returns
    -------
    tensor, shape ()
        :math:`-\sum_i \hat I_i`, at or above zero.
    """
    return -ops.sum(jensen_shannon(matched, mismatched))


def collapsed_loss(n_views: int) -> float:
    r"""The loss of V views where every score is zero, :math:`2 V \log 2` nats: nothing is learned.

    It is a resting point of training. At :math:`D = D' = 0`, matched and mismatched pairs pull on
    the encoders with equal and opposite force, which cancels over the sequences.
    """
    return 2 * n_views * math.log(2)
