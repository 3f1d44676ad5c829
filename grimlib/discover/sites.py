"""Where motifs occur in sequences, and whether they do so more often than by chance."""

from __future__ import annotations

import csv
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.special import gammaln, xlog1py, xlogy

from grimlib._files import atomic_write
from grimlib.discover._windows import all_windows, best_windows
from grimlib.discover.control import Control
from grimlib.discover.judging import N_SHUFFLES, auroc
from grimlib.discover.peaks import Peaks
from grimlib.discover.refinement import best_sites, composition
from grimlib.motifs import Motif, log_odds
from grimlib.sequences import UNKNOWN, decode, dinucleotide_shuffle, reverse_complement

SITE_PVALUE = 1e-4
"""A window whose score a random one reaches less often is a site; FIMO's own threshold."""

_SITE_COLUMNS = ("motif", "sequence", "start", "end", "strand", "score", "p-value")
_BATCH = 2_000_000  # nucleotides that are scored at a time
_STEPS = 100  # of a score, in one bit


def find_sites(
    motifs: Sequence[Motif],
    tokens: np.ndarray,
    strands: int = 2,
    background: Sequence[float] | None = None,
) -> pd.DataFrame:
    """Find the sites of motifs, with each nucleotide in one site at most.

    A site is a window whose log-odds score a random one reaches with a probability, its p-value,
    below 1e-4, as FIMO defines it (Grant, Bailey & Noble, Bioinformatics 27:1017, 2011). Random
    windows have the sequences' own composition: where A and T abound, AT-rich words are no sites
    as easily. A motif so short that no window has such a p-value gets its best word as site. Of
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
    background : sequence of float, optional
        Frequencies of ``ACGT``. Default is `composition` of `tokens`.

    Returns
    -------
    pandas.DataFrame
        One row a site, by motif, then p-value: ``motif`` (its name), ``sequence`` (row of
        `tokens`), ``start`` and ``end`` (from 0, end exclusive), ``strand``, ``score``
        (log-odds, bits) and ``p-value``.
    """
    if background is None:
        background = composition(tokens, strands)
    free = tokens.copy()
    found = [_take_sites(motif, free, strands, background) for motif in motifs]
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=_SITE_COLUMNS)


@dataclass(frozen=True, eq=False)
class _Scores:
    """A motif's scores as whole hundredths of a bit, so that each has an exact p-value.

    Attributes
    ----------
    kernel : np.ndarray, shape (width, 4, strands)
    lowest : int
        The score of the worst word.
    p : np.ndarray
        Probability that a random window reaches each score from the lowest one on.
    threshold : int
        The smallest score of a site.
    """

    kernel: np.ndarray
    lowest: int
    p: np.ndarray
    threshold: int

    @classmethod
    def of(cls, motif: Motif, strands: int, background: Sequence[float]) -> _Scores:
        whole = np.rint(_STEPS * log_odds(motif.ppm, background)).astype(int)
        steps = whole - whole.min(axis=1, keepdims=True)
        probability = np.ones(1)
        for column in steps:  # the distribution of a sum, one more column at a time
            longer = np.zeros(len(probability) + column.max())
            for step, share in zip(column, background, strict=True):
                longer[step : step + len(probability)] += share * probability
            probability = longer
        p = np.cumsum(probability[::-1])[::-1]
        lowest = int(whole.min(axis=1).sum())
        rare = np.flatnonzero(p < SITE_PVALUE)
        threshold = lowest + int(rare[0] if rare.size else len(p) - 1)
        return cls(np.stack([whole, whole[::-1, ::-1]][:strands], axis=-1), lowest, p, threshold)


def _take_sites(
    motif: Motif, free: np.ndarray, strands: int, background: Sequence[float]
) -> pd.DataFrame:
    """The sites of one motif; their nucleotides become unknown in `free`, shape (N, L)."""
    scores, width = _Scores.of(motif, strands, background), len(motif.ppm)
    rows, values = [np.zeros((0, 3), dtype=int)], [np.zeros(0)]
    step = max(1, _BATCH // free.shape[1])
    for first in range(0, len(free), step):
        windows = all_windows(scores.kernel, free[first : first + step])
        found = np.argwhere(windows >= scores.threshold)
        values.append(windows[tuple(found.T)])
        found[:, 0] += first
        rows.append(found)
    rows, values = np.concatenate(rows), np.concatenate(values).astype(int)
    taken = []
    for i in np.argsort(-values, kind="stable"):
        sequence, start, _ = rows[i]
        window = free[sequence, start : start + width]
        if window.max() < UNKNOWN:
            window[:] = UNKNOWN
            taken.append(i)
    (sequence, start, strand), values = rows[taken].T, values[taken]
    columns = (
        np.full(len(taken), motif.name, dtype=object),
        sequence,
        start,
        start + width,
        np.array(["+", "-"], dtype=object)[strand],
        values / _STEPS,
        scores.p[values - scores.lowest],
    )
    return pd.DataFrame(dict(zip(_SITE_COLUMNS, columns, strict=True)))


def select_enriched(
    candidates: Sequence[Motif],
    tokens: np.ndarray,
    rng: np.random.Generator,
    strands: int = 2,
    evalue: float = 0.05,
    last: Collection[str] = (),
    control: np.ndarray | None = None,
) -> pd.DataFrame:
    r"""Choose the motifs that occur more often than in shuffled sequences, each in its own right.

    For each motif, the number of sequences with a site is compared with that of their
    dinucleotide shuffles, five each. Under the null hypothesis a sequence is any of the six with
    the same chance: if :math:`m_i` of them have a site, it has one with a probability of
    :math:`m_i / 6`. The p-value is the exact probability of as many sequences with a site as there
    are, or more (a sum of independent variables, convolved). It knows that sequences differ in
    composition, as each has its own shuffles. A control, of which each sequence has pieces of the
    same length, is tested against in the same way: under the null hypothesis, a sequence is any of
    these.

    Motifs are taken in the order given. Sites of those already chosen are out of bounds for the
    next, in sequences and shuffles alike, so that a second version of a motif is not chosen again.
    The E-value of the i-th of n is its p-value times :math:`i (1 + 1/2 + \dots + 1/n)`. These
    weights' inverses add up to 1, so that it is what the number of candidates gives (Bonferroni's
    correction, weighted: Genovese et al., Biometrika 93:509, 2006): the number of motifs expected
    at or below it by chance. But the first, which promise most, are not asked to pay for all that
    come behind.

    Parameters
    ----------
    candidates : sequence of Motif
        Each with its own name. Their order must not come from `tokens`.
    tokens : np.ndarray, shape (N, L)
        Sequences that the motifs were not learned from: otherwise the p-values mean nothing.
    rng : np.random.Generator
        For the shuffles.
    strands : {1, 2}
        As in `find_sites`.
    evalue : float
        The largest E-value chosen. Default is 0.05.
    last : collection of str
        Names of candidates, such as repeats, that come after all others. Default is none.
    control : np.ndarray, shape (M, L'), optional
        Sequences to test against in place of shuffles; none serves twice, so that there are fewer
        than five for each where M is below 5 N. If it is below N, only M are tested. Default is
        none.

    Returns
    -------
    pandas.DataFrame
        One row a chosen motif: ``motif`` (its name), ``AUROC`` of its best sites with its 95%
        interval, ``AUROC low`` and ``AUROC high``; ``share`` of the sequences with a site,
        ``shuffled share`` of the shuffles or of the control, ``p-value`` and ``E-value``. By AUROC,
        those named in `last` behind the others.
    """
    background = composition(tokens, strands)
    if control is None:
        real = tokens
        shuffled = dinucleotide_shuffle(np.repeat(tokens, N_SHUFFLES, axis=0), rng)
    else:
        rows, shuffled = Control(control, strands).once(tokens, N_SHUFFLES, rng)
        real = tokens[rows]

    free, free_shuffled = real.copy(), shuffled.copy()
    ordered = sorted(candidates, key=lambda motif: motif.name in last)
    weight = sum(1 / i for i in range(1, len(ordered) + 1))
    chosen = []
    for i, motif in enumerate(ordered, start=1):
        scores = _Scores.of(motif, strands, background)
        has, by_chance = (
            (best_windows(scores.kernel, where)[0] >= scores.threshold).any(axis=1)
            for where in (free, free_shuffled)
        )
        p = stratified_p(has, by_chance.reshape(len(has), -1))
        if p * i * weight > evalue:
            continue
        area = auroc(*(best_sites(motif.ppm, of, strands)[0] for of in (real, shuffled)))
        row = (motif.name, area.value, area.low, area.high)
        chosen.append((*row, has.mean(), by_chance.mean(), p, p * i * weight))
        for where in (free, free_shuffled):
            _take_sites(motif, where, strands, background)
    columns = ["motif", "AUROC", "AUROC low", "AUROC high"]
    columns += ["share", "shuffled share", "p-value", "E-value"]
    chosen.sort(key=lambda row: (row[0] in last, -row[1]))
    return pd.DataFrame(chosen, columns=columns)


def stratified_p(has: np.ndarray, by_chance: np.ndarray) -> float:
    """Exact p-value of as many sequences with a site, given how many of each and its shuffles do.

    Parameters
    ----------
    has : np.ndarray, shape (N,), bool
        Whether each sequence has a site.
    by_chance : np.ndarray, shape (N, k), bool
        Whether each of its shuffles has.
    """
    k = by_chance.shape[1]
    strata = np.bincount(by_chance.sum(axis=1) + has, minlength=k + 2)
    distribution = np.ones(1)
    for with_site, n in enumerate(strata):
        has_one, p = np.arange(n + 1), with_site / (k + 1)
        log_binomial = gammaln(n + 1) - gammaln(has_one + 1) - gammaln(n - has_one + 1)
        log_binomial += xlogy(has_one, p) + xlog1py(n - has_one, -p)
        distribution = np.convolve(distribution, np.exp(log_binomial))
    return float(min(distribution[int(has.sum()) :][::-1].sum(), 1))


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
