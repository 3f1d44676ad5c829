"""What a motif matches in a database, by Tomtom."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import Timer

import memelite
import numpy as np
import pandas as pd

from grimlib._files import atomic_write
from grimlib.motifs import Motif, check_names, consensus

FEW_TARGETS = 50
"""Below this, a warning says that p-values are poor."""

TOMTOM_COLUMNS = (
    "Query_ID",
    "Target_ID",
    "Optimal_offset",
    "p-value",
    "E-value",
    "q-value",
    "Overlap",
    "Query_consensus",
    "Target_consensus",
    "Orientation",
)


def tomtom(queries: Sequence[Motif], targets: Sequence[Motif], evalue: float = 0.1) -> pd.DataFrame:
    """Compare motifs with a database, as MEME's ``tomtom -evalue -thresh`` does.

    Tomtom (Gupta et al., Genome Biology 8:R24, 2007) with MEME 5.5's defaults: Euclidean distance,
    complete scores, both strands, uniform background, at least one position of overlap. memelite
    computes the p-values; it compiles for about a minute at its first use on a machine.

    Parameters
    ----------
    queries, targets : sequence of Motif
        Each with its own name. The targets' positions are the null model, so give a whole database,
        such as ``load_jaspar()``.
    evalue : float
        The largest E-value reported. Default is 0.1.

    Returns
    -------
    pandas.DataFrame
        One row for each pair whose E-value is at most `evalue`, in the order of the queries, then
        by p-value. Columns as in Tomtom's TSV: ``Query_ID``, ``Target_ID``; ``Optimal_offset``, the
        position of the query's start in the target; ``p-value`` of the better strand; ``E-value``,
        the p-value times the number of targets; ``q-value``; ``Overlap`` in positions;
        ``Query_consensus``; ``Target_consensus`` and ``Orientation`` of the target, ``+`` or ``-``.

    Raises
    ------
    ValueError
        If there is no target, a name comes twice on one side, or `evalue` is not positive.
    """
    if not targets:
        raise ValueError("no target to compare with; give a database such as load_jaspar()")
    if not evalue > 0:
        raise ValueError(f"evalue must be above 0, not {evalue}")
    check_names(queries, "query")
    check_names(targets, "target")
    if len(targets) < FEW_TARGETS:
        warnings.warn(
            f"{len(targets)} targets: their positions are the null model, and so few make poor "
            "p-values; compare with a whole database, such as load_jaspar()",
            stacklevel=2,
        )
    if not queries:
        return pd.DataFrame(columns=TOMTOM_COLUMNS)

    forward = [_smoothed(motif) for motif in targets]
    # Both strands are given as targets, because the q-values need the p-value of each.
    with compilation_notice("Tomtom"), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "tomtom was given")  # it is said above
        p, _, offset, overlap, _ = memelite.tomtom(
            [_smoothed(motif) for motif in queries],
            forward + [matrix[::-1, ::-1] for matrix in forward],
            reverse_complement=False,
            n_target_bins=None,
            n_median_bins=100_000,
            n_score_bins=100,
        )
    p = np.minimum(p, 1)
    p = p * (2 - p)  # 1 - (1 - p)^2: the better of two strands is reported
    # MEME's q-values are Benjamini and Hochberg's, times an estimate for each query.
    pi0 = np.array([_true_null_fraction(row) for row in p])
    q = pi0[:, None] * _false_discovery_rates(p)

    n_targets = len(targets)
    reverse = p[:, n_targets:] < p[:, :n_targets]

    def of_better_strand(values: np.ndarray) -> np.ndarray:
        return np.where(reverse, values[:, n_targets:], values[:, :n_targets])

    p, q, offset, overlap = map(of_better_strand, (p, q, offset, overlap))
    order = np.argsort(p, axis=1, kind="stable")
    i, rank = np.nonzero(np.take_along_axis(p, order, axis=1) * n_targets <= evalue)
    j = order[i, rank]
    texts = [
        np.array([consensus(ppm) for ppm in ppms], dtype=object)
        for ppms in (
            [motif.ppm for motif in queries],
            [motif.ppm for motif in targets],
            [motif.ppm[::-1, ::-1] for motif in targets],
        )
    ]
    columns = (
        np.array([motif.name for motif in queries], dtype=object)[i],
        np.array([motif.name for motif in targets], dtype=object)[j],
        offset[i, j].astype(int),
        p[i, j],
        p[i, j] * n_targets,
        q[i, j],
        overlap[i, j].astype(int),
        texts[0][i],
        np.where(reverse[i, j], texts[2][j], texts[1][j]),
        np.where(reverse[i, j], "-", "+").astype(object),
    )
    return pd.DataFrame(dict(zip(TOMTOM_COLUMNS, columns, strict=True)))


def _smoothed(motif: Motif) -> np.ndarray:
    """A PPM with MEME's pseudocount of 0.1, shape (4, width) as memelite takes it."""
    ppm = np.round(motif.ppm, 6)  # as in a file, which is what MEME sees
    return ((ppm * motif.nsites + 0.1 * 0.25) / (motif.nsites + 0.1)).T


def _false_discovery_rates(p: np.ndarray) -> np.ndarray:
    """Of each row's p-values, Benjamini and Hochberg's; `scipy.stats` takes a second to load."""
    order = p.argsort(axis=1)
    rates = np.take_along_axis(p, order, axis=1) * p.shape[1] / np.arange(1, p.shape[1] + 1)
    rates = np.minimum.accumulate(rates[:, ::-1], axis=1)[:, ::-1]
    return np.take_along_axis(np.minimum(rates, 1), order.argsort(axis=1), axis=1)


def _true_null_fraction(p: np.ndarray) -> float:
    """Estimate of the fraction of true null hypotheses among the p-values of one query.

    pi0 = #{p >= lambda} / (m (1 - lambda)) (Storey 2002). Like MEME, take the lambda up to 0.5
    whose estimate has the smallest mean squared error around the smallest estimate; its variance
    over samples of 1,000 p-values is binomial, so the bootstrap needs no drawing.
    """
    if p.size <= 100:
        return 1.0
    lambdas = np.arange(1, 101) / 200
    fraction = (p.size - np.searchsorted(np.sort(p), lambdas)) / p.size
    lambdas, fraction = lambdas[fraction > 0], fraction[fraction > 0]
    if not fraction.size:
        return 1.0
    estimates = fraction / (1 - lambdas)
    variance = fraction * (1 - fraction) / (1000 * (1 - lambdas) ** 2)
    error = variance + (estimates - estimates.min()) ** 2
    return min(estimates[error.argmin()], 1.0)


@contextmanager
def compilation_notice(name: str) -> Iterator[None]:
    """Tell the user on stderr why the first use on a machine of `name` takes long."""
    text = f"{name} is at work; at its first use on a machine it compiles for about a minute"
    timer = Timer(10, lambda: print(text, file=sys.stderr, flush=True))
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def write_tomtom(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table of `tomtom` to a TSV file as Tomtom's; a ValueError if it has other columns."""
    if tuple(table.columns) != TOMTOM_COLUMNS:
        raise ValueError(f"{list(table.columns)} are not Tomtom's columns {TOMTOM_COLUMNS}")
    with atomic_write(path) as file:
        table.to_csv(file, sep="\t", index=False, float_format="%.6g")
