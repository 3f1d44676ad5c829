"""A non-redundant set of motifs: what is alike is one cluster, with one merged PPM."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.cluster.hierarchy import fcluster, linkage
from scipy.spatial.distance import squareform

from grimlib.matches import tomtom
from grimlib.motifs import Motif, load_jaspar

_FLOOR = 1e-30  # below it, a p-value says no more than that two motifs are the same


@dataclass(frozen=True, eq=False)
class Cluster:
    """Motifs that are alike, as they were given, and the one that they make together.

    It is the merged PPM, ``nsites`` the sum over the members, named ``"cluster_1"`` and so on.
    """

    motif: Motif
    members: tuple[Motif, ...]


def cluster_motifs(motifs: Sequence[Motif], evalue: float = 0.01) -> list[Cluster]:
    """Reduce motifs to a non-redundant set.

    Every motif is compared with every other by Tomtom, on both strands; JASPAR's positions join the
    null model, so that a set of one motif only does not look like chance. The two p-values of a
    pair are averaged as logarithms, and average linkage joins two clusters as long as the geometric
    mean of the p-values between their members, times the number of motifs, is at most `evalue`. The
    members of a cluster are then aligned, as Tomtom aligns them, to the one that is most like all
    of them, and averaged with their `nsites` as weights. Columns at the ends that fewer than half
    as many sites cover as the best covered column are left out. Featureless motifs are alike, too,
    and make clusters of their own.

    The largest cluster comes first; of those of one size that of most sites, then that of the motif
    given first. Motifs of one name, or an `evalue` not above 0, are refused by a ValueError.
    """
    if not evalue > 0:
        raise ValueError(f"evalue must be above 0, not {evalue}")
    if not motifs:
        return []
    n = len(motifs)
    p, offset, orientation = _compare(motifs)
    logarithm = np.log10(np.maximum(p, _FLOOR))
    logarithm = (logarithm + logarithm.T) / 2

    labels = np.zeros(n, dtype=int)
    if n > 1:
        distance = logarithm - np.log10(_FLOOR)
        np.fill_diagonal(distance, 0)
        tree = linkage(squareform(distance), "average")
        labels = fcluster(tree, np.log10(evalue / n) - np.log10(_FLOOR), "distance")

    clusters = []
    for label in np.unique(labels):
        rows = np.flatnonzero(labels == label)
        seed = rows[logarithm[np.ix_(rows, rows)].sum(axis=1).argmin()]
        clusters.append((rows, _merge(motifs, rows, seed, offset, orientation)))
    clusters.sort(key=lambda c: (-len(c[0]), -c[1].nsites, c[0][0]))
    return [
        Cluster(replace(merged, name=f"cluster_{number}"), tuple(motifs[row] for row in rows))
        for number, (rows, merged) in enumerate(clusters, start=1)
    ]


def _compare(motifs: Sequence[Motif]) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Tomtom of all motifs with all: p-values, offsets and orientations, (query, target)."""
    # JASPAR's own names might be among the motifs'.
    null = [replace(motif, name=f"null:{motif.name}") for motif in load_jaspar()]
    table = tomtom(motifs, [*motifs, *null], evalue=np.inf)
    names = [motif.name for motif in motifs]
    table = table[table["Target_ID"].isin(names)].set_index(["Query_ID", "Target_ID"])
    columns = ("p-value", "Optimal_offset", "Orientation")
    return tuple(table[column].unstack().loc[names, names].to_numpy() for column in columns)


def _merge(
    motifs: Sequence[Motif],
    rows: np.ndarray,
    seed: int,
    offset: np.ndarray,
    orientation: np.ndarray,
) -> Motif:
    """Align the motifs of some rows to one of them, the seed, and average them."""
    placed = []
    for row in rows:
        ppm, start = motifs[row].ppm, 0
        if row != seed:
            start = offset[row, seed]
            if orientation[row, seed] == "-":
                # Tomtom turns the target; here the seed stays and the member turns.
                ppm, start = ppm[::-1, ::-1], len(motifs[seed].ppm) - start - len(ppm)
        placed.append((ppm, start))

    first = min(start for _, start in placed)
    width = max(start + len(ppm) for ppm, start in placed) - first
    counts, sites = np.zeros((width, 4)), np.zeros(width)
    for row, (ppm, start) in zip(rows, placed, strict=True):
        span = slice(start - first, start - first + len(ppm))
        counts[span] += motifs[row].nsites * ppm
        sites[span] += motifs[row].nsites
    covered = np.flatnonzero(sites >= sites.max() / 2)
    kept = slice(covered[0], covered[-1] + 1)
    # Tomtom lets motifs overlap by a single position, so a gap between members is possible.
    sites = sites[:, None]
    ppm = np.divide(counts, sites, out=np.full_like(counts, 0.25), where=sites > 0)
    ppm = ppm[kept] / ppm[kept].sum(axis=1, keepdims=True)
    return Motif("merged", ppm, sum(motifs[row].nsites for row in rows))
