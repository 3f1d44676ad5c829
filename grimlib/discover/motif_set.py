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
    strands = settings.strands
    learned, held_out = (part[:LARGEST] for part in split(tokens, settings.seed))
    negatives, held_control = dinucleotide_shuffle, None
    if control is not None:
        of_learned, held_control = split(control, settings.seed)
        negatives = Control(of_learned, strands)
    rng = np.random.default_rng([settings.seed, 5])
    shuffled = negatives(np.repeat(learned, _SHUFFLES, axis=0), rng)

    filters, candidates = _candidates(training, learned)
    distinct = _refine(candidates, learned, shuffled, strands)
    table = select_enriched(
        [one.motif for one in distinct.values()],
        held_out,
        np.random.default_rng([settings.seed, 3]),
        strands,
        last={name for name, one in distinct.items() if one.repeat},
        control=held_control,
    )
    chosen = [distinct[name] for name in table["motif"]]
    motifs, matches = _name(chosen, targets)
    names = [motif.name for motif in motifs]
    best = matches.groupby("Query_ID").first().reindex(names)
    sites = find_sites(motifs, tokens, strands)
    # A motif may have lost all of its sites to those before it.
    counts = sites.groupby("motif")["sequence"].agg(["size", "nunique"])
    counts = counts.reindex(names, fill_value=0)
    table = table.assign(
        motif=names,
        consensus=[consensus(motif.ppm) for motif in motifs],
        filters=[one.filters for one in chosen],
        repeat=[one.repeat for one in chosen],
        sites=counts["size"].to_list(),
        sequences=counts["nunique"].to_list(),
        match=[motif.alt for motif in motifs],
        Target_ID=best["Target_ID"].fillna("").to_list(),
    )
    table["match E-value"] = best["E-value"].to_list()
    central = central_enrichment(sites, tokens, lengths, settings.seed).reindex(names)
    table = table.assign(**{name: central[name].to_list() for name in central})
    return Discovery(motifs, filters, table, matches, sites, len(distinct), database_notes(targets))


@dataclass
class _Candidate:
    """A motif, how many filters have led to it, and which kind of repeat it is, if any."""

    motif: Motif
    filters: int = 0
    repeat: str = ""


def _candidates(training: Training, tokens: np.ndarray) -> tuple[list[Motif], list[_Candidate]]:
    """The motifs of all active filters; of these what is informative, merged, and the words."""
    if training.outcome == "collapsed":
        return [], []
    filters = filter_motifs(align(training.model.kernel, training.model.bias, tokens))
    clusters = cluster_motifs(
        [motif for motif in filters if (information_content(motif.ppm) > 0.5).sum() >= _INFORMATIVE]
    )
    found = [_Candidate(cluster.motif, len(cluster.members)) for cluster in clusters]
    # A filter may leave the word that it started from for what is more frequent, such as a repeat.
    words = [_Candidate(Motif(word, _WORD_PPM[encode(word)])) for word in training.words]
    return filters, found + words


def _refine(
    candidates: Sequence[_Candidate], tokens: np.ndarray, shuffled: np.ndarray, strands: int
) -> dict[str, _Candidate]:
    """Each made anew from its sites, by name, the best first; what has a better one's sites is it.

    What tells no sequences from their shuffles is left out.
    """
    found = [(refine(one.motif, tokens, shuffled, strands), one) for one in candidates]
    found = sorted((pair for pair in found if pair[0]), key=lambda pair: pair[0].log_p)
    distinct, refined = {}, {}
    for made, one in found:
        repeat = repeat_kind(made.motif.ppm, tokens, made.motif.nsites, strands)
        # A motif beside a repeat, as FOX in poly-A, is not part of it.
        rivals = [name for name in distinct if repeat or not distinct[name].repeat]
        same = next((name for name in rivals if made.shares_sites(refined[name])), None)
        if same is None:
            name = made.motif.name
            distinct[name], refined[name] = _Candidate(made.motif, one.filters, repeat), made
        else:
            distinct[same].filters += one.filters
    return distinct


def _name(
    chosen: Sequence[_Candidate], targets: Sequence[Motif]
) -> tuple[list[Motif], pd.DataFrame]:
    """Motifs and repeats numbered in their order, with the best match's name, and all matches."""
    n_motifs = sum(not one.repeat for one in chosen)
    names = [f"motif_{i}" for i in range(1, n_motifs + 1)]
    names += [f"repeat_{i}" for i in range(1, len(chosen) - n_motifs + 1)]
    motifs = [replace(one.motif, name=name) for one, name in zip(chosen, names, strict=True)]
    matches = tomtom(motifs, targets)
    best = matches.groupby("Query_ID")["Target_ID"].first().reindex(names)
    name_of = {target.name: target.alt or target.name for target in targets}
    motifs = [
        replace(motif, alt=name_of.get(target, ""))
        for motif, target in zip(motifs, best, strict=True)
    ]
    return motifs, matches
