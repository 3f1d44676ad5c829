"""From a trained network's filters to a set of motifs that is tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from grimlib.clusters import cluster_motifs
from grimlib.discover.learning import LARGEST, Settings, Training, split
from grimlib.discover.sites import find_sites, select_enriched
from grimlib.filters import align, filter_motifs
from grimlib.matches import tomtom
from grimlib.models import first_layer
from grimlib.motifs import Motif, consensus, information_content

_INFORMATIVE = 4  # positions above 0.5 bit that a filter needs to be a motif


@dataclass(frozen=True, eq=False)
class Discovery:
    """What a trained network has learned of the sequences.

    Attributes
    ----------
    motifs : list of Motif
        Not redundant, ``"motif_1"`` first, with the best match's name as ``alt``. Each occurs
        more often in held-out sequences than in their shuffles.
    filters : list of Motif
        Of every active filter.
    table : pandas.DataFrame
        One row a motif: ``motif``, ``consensus``, ``filters`` (how many were merged), ``share``
        and ``shuffled share`` of held-out sequences with a site, ``p-value`` and ``E-value`` of
        this enrichment, ``sites`` and ``sequences`` (all, with a site), ``match`` and
        ``Target_ID`` of the database's best match and ``match E-value``.
    matches : pandas.DataFrame
        All matches of the motifs with an E-value of at most 0.1, with Tomtom's columns.
    sites : pandas.DataFrame
        In all sequences, see `find_sites`.
    n_tested : int
        How many merged motifs were tested for enrichment.
    """

    motifs: list[Motif]
    filters: list[Motif]
    table: pd.DataFrame
    matches: pd.DataFrame
    sites: pd.DataFrame
    n_tested: int


def find_motifs(
    training: Training, tokens: np.ndarray, settings: Settings, targets: Sequence[Motif]
) -> Discovery:
    """Make a tested, named set of motifs out of a trained network's filters.

    The filters are aligned on the sequences they were trained on (Koo & Eddy 2019). Those with
    four informative positions or more are merged where they are alike, and a merged motif is
    kept if it occurs in held-out sequences more often than in their dinucleotide shuffles
    (E-value of at most 0.05). Tomtom compares those kept with the database. A collapsed network
    has no motifs.

    Parameters
    ----------
    training : Training
    tokens, settings
        As given to `train`.
    targets : sequence of Motif
        The database, see `grimlib.discover.load_targets`.
    """
    learned, held_out = split(tokens, settings.seed)
    filters = []
    if training.outcome != "collapsed":
        filters = filter_motifs(align(*first_layer(training.model), learned[:LARGEST]))
    informative = [
        motif for motif in filters if (information_content(motif.ppm) > 0.5).sum() >= _INFORMATIVE
    ]
    clusters = {cluster.motif.name: cluster for cluster in cluster_motifs(informative)}
    table = select_enriched(
        [cluster.motif for cluster in clusters.values()],
        held_out[:LARGEST],
        np.random.default_rng([settings.seed, 3]),
        settings.strands,
    )
    chosen = [clusters[name] for name in table["motif"]]
    motifs = [
        replace(cluster.motif, name=f"motif_{i}") for i, cluster in enumerate(chosen, start=1)
    ]
    matches = tomtom(motifs, targets)
    best = matches.groupby("Query_ID").first().reindex([motif.name for motif in motifs])
    name_of = {target.name: target.alt or target.name for target in targets}
    motifs = [
        replace(motif, alt=name_of.get(target, ""))
        for motif, target in zip(motifs, best["Target_ID"], strict=True)
    ]
    sites = find_sites(motifs, tokens, settings.strands)
    of_motif = sites.groupby("motif")["sequence"]
    table = table.assign(
        motif=[motif.name for motif in motifs],
        consensus=[consensus(motif.ppm) for motif in motifs],
        filters=[len(cluster.members) for cluster in chosen],
        sites=[len(of_motif.get_group(motif.name)) for motif in motifs],
        sequences=[of_motif.get_group(motif.name).nunique() for motif in motifs],
        match=[motif.alt for motif in motifs],
        Target_ID=best["Target_ID"].fillna("").to_list(),
    )
    table["match E-value"] = best["E-value"].to_list()
    return Discovery(motifs, filters, table, matches, sites, len(clusters))
