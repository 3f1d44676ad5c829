"""From a trained network's filters to a set of motifs that is tested."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from grimlib.clusters import cluster_motifs
from grimlib.discover.centrality import central_enrichment
from grimlib.discover.control import Control
from grimlib.discover.learning import LARGEST, Training, split
from grimlib.discover.refinement import refine
from grimlib.discover.repeats import repeat_kind
from grimlib.discover.settings import Settings
from grimlib.discover.sites import find_sites, select_enriched
from grimlib.discover.targets import database_notes
from grimlib.filters import align, filter_motifs
from grimlib.matches import tomtom
from grimlib.motifs import Motif, consensus, information_content
from grimlib.sequences import dinucleotide_shuffle, encode

_INFORMATIVE = 4  # positions above 0.5 bit that a filter needs to be a motif
_WORD_PPM = np.full((4, 4), 0.05) + 0.8 * np.eye(4)  # of each letter of a word
_SHUFFLES = 4  # of each sequence, or pieces of the control, that motifs are refined on


@dataclass(frozen=True, eq=False)
class Discovery:
    """What a trained network has learned of the sequences.

    Attributes
    ----------
    motifs : list of Motif
        Not redundant, with the best match's name as ``alt``. Each occurs more often in held-out
        sequences than in their shuffles. ``"motif_1"`` tells the two apart best; after the motifs
        come the repeats, ``"repeat_1"`` and so on.
    filters : list of Motif
        Of every active filter.
    table : pandas.DataFrame
        One row a motif: ``motif``, ``consensus``, ``filters`` (how many were merged; 0
        where a word has led to it that no filter kept), ``repeat``
        (see `grimlib.discover.repeat_kind`; empty for a motif), ``AUROC`` with ``AUROC low`` and
        ``AUROC high``, ``share`` and ``shuffled share`` of held-out sequences with a site,
        ``p-value`` and ``E-value`` of this enrichment, ``sites`` and ``sequences`` (all, with a
        site), ``match`` and ``Target_ID`` of the database's best match and ``match E-value``, and
        the columns of `central_enrichment`.
    matches : pandas.DataFrame
        All matches of the motifs with an E-value of at most 0.1, with Tomtom's columns.
    sites : pandas.DataFrame
        In all sequences, see `find_sites`.
    n_tested : int
        How many motifs were tested for enrichment.
    notes : list of str
        What is to be known of the database, in sentences.
    """

    motifs: list[Motif]
    filters: list[Motif]
    table: pd.DataFrame
    matches: pd.DataFrame
    sites: pd.DataFrame
    n_tested: int
    notes: list[str] = field(default_factory=list)

    @property
    def n_repeats(self) -> int:
        """How many of the motifs are repeats."""
        return int((self.table["repeat"] != "").sum())


def find_motifs(
    training: Training,
    tokens: np.ndarray,
    settings: Settings,
    targets: Sequence[Motif],
    control: np.ndarray | None = None,
    lengths: np.ndarray | None = None,
) -> Discovery:
    """Make a tested, named set of motifs out of a trained network's filters.

    The filters are aligned on the sequences they were trained on (Koo & Eddy 2019). Those with
    four informative positions or more are merged where they are alike. Beside these stand the words
    that filters started from, as training may have lost them. Each motif is made anew from its
    sites in these sequences (`refine`), and is left out if it does not tell them from their
    shuffles; one that has half of its sites in common with a better one is merged with that. The
    best are tested first: a motif is kept if it occurs in held-out sequences more often than in
    their dinucleotide shuffles (E-value of at most 0.05), beside what those before it explain
    (`select_enriched`). Repeats come last. Tomtom
    compares those kept with the database. A collapsed network has no motifs. With a control, its
    sequences stand in place of shuffles throughout, the held-out ones where the sequences are.

    Parameters
    ----------
    training : Training
    tokens, settings
        As given to `train`.
    targets : sequence of Motif
        The database, see `grimlib.discover.load_targets`.
    control : np.ndarray, optional
        As given to `train`.
    lengths : np.ndarray, shape (N,), optional
        As `central_enrichment` takes them.
    """
    learned, held_out = split(tokens, settings.seed)
    learned, held_out, strands = learned[:LARGEST], held_out[:LARGEST], settings.strands
    filters = []
    if training.outcome != "collapsed":
        filters = filter_motifs(align(training.model.kernel, training.model.bias, learned))
    informative = [
        motif for motif in filters if (information_content(motif.ppm) > 0.5).sum() >= _INFORMATIVE
    ]
    clusters = cluster_motifs(informative)
    negatives, held_control = dinucleotide_shuffle, None
    if control is not None:
        of_learned, held_control = split(control, settings.seed)
        negatives = Control(of_learned, strands)
    rng = np.random.default_rng([settings.seed, 5])
    shuffled = negatives(np.repeat(learned, _SHUFFLES, axis=0), rng)
    members = {cluster.motif.name: len(cluster.members) for cluster in clusters}
    candidates = [cluster.motif for cluster in clusters]
    # A filter may leave the word that it started from for what is more frequent, such as a repeat.
    if training.outcome != "collapsed":
        candidates += [Motif(word, _WORD_PPM[encode(word)]) for word in training.words]
    found = [refine(motif, learned, shuffled, strands) for motif in candidates]
    refined, filters_of, kind = {}, {}, {}
    for one in sorted(filter(None, found), key=lambda one: one.log_p):
        name = one.motif.name
        what = repeat_kind(one.motif.ppm, learned, one.motif.nsites, strands)
        # A motif beside a repeat, as FOX in poly-A, is not part of it.
        rivals = [r for r in refined if what or not kind[r]]
        same = next((r for r in rivals if one.shares_sites(refined[r])), None)
        if same is None:
            refined[name], kind[name], filters_of[name] = one, what, 0
        filters_of[same or name] += members.get(name, 0)
    table = select_enriched(
        [one.motif for one in refined.values()],
        held_out,
        np.random.default_rng([settings.seed, 3]),
        strands,
        last={name for name in kind if kind[name]},
        control=held_control,
    )
    chosen = table["motif"].to_list()
    repeats = [kind[name] for name in chosen]
    n_motifs = repeats.count("")
    names = [f"motif_{i}" for i in range(1, n_motifs + 1)]
    names += [f"repeat_{i}" for i in range(1, len(chosen) - n_motifs + 1)]
    motifs = [
        replace(refined[one].motif, name=name) for one, name in zip(chosen, names, strict=True)
    ]
    matches = tomtom(motifs, targets)
    best = matches.groupby("Query_ID").first().reindex([motif.name for motif in motifs])
    name_of = {target.name: target.alt or target.name for target in targets}
    motifs = [
        replace(motif, alt=name_of.get(target, ""))
        for motif, target in zip(motifs, best["Target_ID"], strict=True)
    ]
    sites = find_sites(motifs, tokens, strands)
    # A motif may have lost all of its sites to those before it.
    counts = sites.groupby("motif")["sequence"].agg(["size", "nunique"])
    counts = counts.reindex([motif.name for motif in motifs], fill_value=0)
    table = table.assign(
        motif=[motif.name for motif in motifs],
        consensus=[consensus(motif.ppm) for motif in motifs],
        filters=[filters_of[name] for name in chosen],
        repeat=repeats,
        sites=counts["size"].to_list(),
        sequences=counts["nunique"].to_list(),
        match=[motif.alt for motif in motifs],
        Target_ID=best["Target_ID"].fillna("").to_list(),
    )
    table["match E-value"] = best["E-value"].to_list()
    central = central_enrichment(sites, tokens, lengths, settings.seed).reindex(table["motif"])
    table = table.assign(**{name: central[name].to_list() for name in central})
    notes = database_notes(targets)
    return Discovery(motifs, filters, table, matches, sites, len(refined), notes)
