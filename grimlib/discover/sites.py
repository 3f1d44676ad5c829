"""Where motifs occur in sequences, and whether they do so more often than by chance."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import memelite
import numpy as np
import pandas as pd
from scipy.stats import fisher_exact

from grimlib._files import atomic_write
from grimlib.discover.peaks import Peaks
from grimlib.matches import compilation_notice
from grimlib.motifs import Motif
from grimlib.sequences import UNKNOWN, decode, dinucleotide_shuffle, one_hot, reverse_complement

SITE_PVALUE = 1e-4
"""A window whose score a random one reaches less often is a site; FIMO's own threshold."""

N_SHUFFLES = 5
"""Shuffles of each sequence that a motif's sites are compared with."""

_SITE_COLUMNS = ("motif", "sequence", "start", "end", "strand", "score", "p-value")
_BATCH = 2_000_000  # nucleotides that are one-hot at a time


def find_sites(motifs: Sequence[Motif], tokens: np.ndarray, strands: int = 2) -> pd.DataFrame:
    """Find the sites of motifs, with each nucleotide in one site at most.

    A site is a window whose log-odds score has a p-value below 1e-4 under a uniform background,
    as FIMO defines it (Grant, Bailey & Noble, Bioinformatics 27:1017, 2011); memelite computes
    the p-values. A motif so short that no window has such a p-value gets its best word as site. Of
    overlapping windows of one motif the best one counts, and a motif gets no
    window that overlaps a site of a motif before it.

    Parameters
    ----------
    motifs : sequence of Motif
        The most important first.
    tokens : np.ndarray, shape (N, L)
        No site holds an unknown nucleotide.
    strands : {1, 2}
        With 2, the reverse complement is searched, too. Default is 2.

    Returns
    -------
    pandas.DataFrame
        One row a site, by motif, then p-value: ``motif`` (its name), ``sequence`` (row of
        `tokens`), ``start`` and ``end`` (from 0, end exclusive), ``strand``, ``score``
        (log-odds, bits) and ``p-value``.
    """
    free = tokens.copy()
    found = [_take_sites(motif, free, strands) for motif in motifs]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_SITE_COLUMNS)


def _take_sites(motif: Motif, free: np.ndarray, strands: int) -> pd.DataFrame:
    """The sites of one motif; their nucleotides become unknown in `free`, shape (N, L)."""
    batches = []
    # A motif of six nucleotides has no window below 1e-4: its best word is a site then.
    words = (motif.ppm == motif.ppm.max(axis=1, keepdims=True)).sum(axis=1).prod()
    threshold = max(SITE_PVALUE, 1.01 * words * 0.25 ** len(motif.ppm))
    step = max(1, _BATCH // free.shape[1])
    with compilation_notice("FIMO"):
        for first in range(0, len(free), step):
            batch = one_hot(free[first : first + step]).astype(np.int8).swapaxes(1, 2)
            windows = memelite.fimo(
                {motif.name: motif.ppm.T.copy()},
                batch,
                threshold=threshold,
                reverse_complement=strands == 2,
            )[0]
            if len(windows):
                batches.append(windows.assign(sequence=windows["sequence_name"] + first))
    if not batches:
        return pd.DataFrame(columns=_SITE_COLUMNS)
    windows = pd.concat(batches, ignore_index=True).rename(columns={"motif_name": "motif"})
    windows = windows.sort_values("p-value", kind="stable", ignore_index=True)
    taken = []
    places = zip(windows["sequence"], windows["start"], windows["end"], strict=True)
    for row, (sequence, start, end) in enumerate(places):
        window = free[sequence, start:end]
        if window.max() < UNKNOWN:
            window[:] = UNKNOWN
            taken.append(row)
    sites = windows.loc[taken, list(_SITE_COLUMNS)]
    # memelite rounds the score of each letter: above the sum of the best ones it gives 0.
    sites["p-value"] = sites["p-value"].clip(lower=0.25 ** len(motif.ppm))
    return sites


def select_enriched(
    candidates: Sequence[Motif],
    tokens: np.ndarray,
    rng: np.random.Generator,
    strands: int = 2,
    evalue: float = 0.05,
) -> pd.DataFrame:
    """Choose the motifs that occur more often than in shuffled sequences, each in its own right.

    For each motif, the number of sequences with a site is compared with that of their
    dinucleotide shuffles (five each) by Fisher's exact test, one-sided. Motifs are taken in the
    order of their p-values. Sites of those already chosen are out of bounds for the next, in
    sequences and shuffles alike, so that a second version of a motif is not chosen again.

    Parameters
    ----------
    candidates : sequence of Motif
        Each with its own name.
    tokens : np.ndarray, shape (N, L)
        Sequences that the motifs were not learned from: otherwise the p-values mean nothing.
    rng : np.random.Generator
        For the shuffles.
    strands : {1, 2}
        As in `find_sites`.
    evalue : float
        The largest E-value chosen: the p-value times the number of candidates. Default is 0.05.

    Returns
    -------
    pandas.DataFrame
        One row a chosen motif, in the order chosen: ``motif`` (its name), ``share`` of the
        sequences with a site, ``shuffled share`` of the shuffles, ``p-value`` and ``E-value``.
    """
    real = tokens.copy()
    shuffled = dinucleotide_shuffle(np.repeat(tokens, N_SHUFFLES, axis=0), rng)

    def test(motif: Motif, real: np.ndarray, shuffled: np.ndarray) -> dict:
        hits, chance = (
            _take_sites(motif, where, strands)["sequence"].nunique() for where in (real, shuffled)
        )
        table = [[hits, len(real) - hits], [chance, len(shuffled) - chance]]
        p = fisher_exact(table, alternative="greater").pvalue
        return {
            "motif": motif.name,
            "share": hits / len(real),
            "shuffled share": chance / len(shuffled),
            "p-value": p,
            "E-value": p * len(candidates),
        }

    alone = [test(motif, real.copy(), shuffled.copy()) for motif in candidates]
    order = sorted(
        range(len(candidates)),
        key=lambda i: (alone[i]["p-value"], alone[i]["shuffled share"] - alone[i]["share"]),
    )
    chosen = []
    for i in order:
        if alone[i]["E-value"] > evalue:
            break
        left, left_shuffled = real.copy(), shuffled.copy()
        row = test(candidates[i], left, left_shuffled)
        if row["E-value"] <= evalue:
            chosen.append(row)
            real, shuffled = left, left_shuffled
    columns = ["motif", "share", "shuffled share", "p-value", "E-value"]
    return pd.DataFrame(chosen, columns=columns)


def write_sites(
    folder: str | Path, sites: pd.DataFrame, peaks: Peaks, motifs: Sequence[Motif]
) -> None:
    """Write the sites of motifs in the tokens of `peaks` to ``sites.bed`` and ``sites.tsv``.

    The BED file has six columns: record, start (from 0), end, motif, score (-10 log10 of the
    p-value, at most 1000) and strand. Where a record is named by its place in a genome (see
    `Peaks.places`), it gives that place. The TSV file has FIMO's columns, with positions from 1 in
    the record.
    """
    ids, places = peaks.ids, peaks.places
    alt = {motif.name: motif.alt for motif in motifs}
    bed, tsv = [], []
    columns = (sites[column] for column in _SITE_COLUMNS)
    for motif, n, start, end, strand, score, p in zip(*columns, strict=True):
        window = peaks.tokens[n, start:end]
        matched = decode(window if strand == "+" else reverse_complement(window))
        tsv.append((motif, alt[motif], ids[n], start + 1, end, strand, score, p, matched))
        chromosome, first, last, turned = places[n] or (ids[n], 0, 0, False)
        if turned:
            start, end = last - end, last - start
            strand = "+-"[strand == "+"]
        else:
            start, end = first + start, first + end
        bed.append((chromosome, start, end, motif, min(1000, round(-10 * np.log10(p))), strand))
    header = "motif_id motif_alt_id sequence_name start stop strand score p-value matched_sequence"
    for name, rows, names_of_columns in (
        ("sites.bed", sorted(bed), None),
        ("sites.tsv", tsv, header.split()),
    ):
        with atomic_write(Path(folder) / name) as file:
            table = pd.DataFrame(rows, columns=names_of_columns)
            table.to_csv(
                file,
                sep="\t",
                index=False,
                header=names_of_columns is not None,
                float_format="%.6g",
                lineterminator="\n",
                # BED knows no quotes: a quotation mark in a name is part of the name.
                quoting=csv.QUOTE_NONE if names_of_columns is None else csv.QUOTE_MINIMAL,
            )
