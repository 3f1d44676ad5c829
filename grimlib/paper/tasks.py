"""The paper's two tasks (section 4): motifs, and sequences with the places of their sites."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import dinucleotide_shuffle

# The JASPAR base identifiers accepted as a match of each inserted motif; the inserted motif's
# own comes first. As in the Koo lab's published analysis scripts, but for one change: they list
# MA0660 and MA0773 under STAT1, while in JASPAR these are MEF2B and MEF2D, of MEF2A's family.
GROUND_TRUTH: dict[str, tuple[str, ...]] = {
    "CEBPB": ("MA0466",),
    "FOSL1": ("MA0477",),
    "GABPA": ("MA0062",),
    "MAFK": ("MA0496",),
    "MAX": ("MA0058",),
    "MEF2A": ("MA0052", "MA0660", "MA0773"),
    "NFYB": ("MA0502", "MA0060"),
    "SP1": ("MA0079",),
    "SRF": ("MA0083",),
    "STAT1": ("MA0137",),
    "YY1": ("MA0095",),
}
TASK1_MOTIFS: tuple[str, ...] = tuple(GROUND_TRUTH)
TASK2_MOTIFS: tuple[str, ...] = ("SRF", "CEBPB", "FOSL1", "MAFK", "MAX", "SP1")
OTHER_MOTIFS: tuple[str, ...] = tuple(name for name in TASK1_MOTIFS if name not in TASK2_MOTIFS)
"""Task 1's factors that Task 2 has not."""

CONTRASTS = ("shuffles", "background", "weak", "others")
"""What Task 2's negative class may hold: dinucleotide shuffles of the positive sequences (the
paper's); uniform background alone; 1 to 3 of the five weak motifs, so that SRF alone tells the
classes apart; or as many motifs as the positive sequences, all from `OTHER_MOTIFS`."""

_NAME_OF_BASE_ID = {base: name for name, bases in GROUND_TRUTH.items() for base in bases}

SPLIT = {"train": 0.7, "valid": 0.1, "test": 0.2}


def ground_truth_name(target_id: str) -> str | None:
    """The inserted motif that a JASPAR identifier counts as, in any version.

    ``ground_truth_name("MA0137.3")`` is ``"STAT1"``; ``None`` if it counts as none.
    """
    return _NAME_OF_BASE_ID.get(target_id.split(".")[0])


@dataclass(frozen=True, eq=False)
class Dataset:
    """Simulated sequences and all that is known about them.

    Attributes
    ----------
    tokens : np.ndarray, shape (N, L), int8
        The sequences, A, C, G, T = 0, 1, 2, 3.
    labels : np.ndarray, shape (N, K), int8
        Task 1: whether each of the K motifs is embedded. Task 2, K = 1: whether the sequence is
        of the positive class.
    motifs : tuple of Motif
        The motifs that sequences are embedded with.
    sites : pandas.DataFrame
        One row an embedded motif: ``sequence`` (its row in `tokens`), ``motif`` (its factor's
        name), ``start`` and ``end`` (0-based, half open).
    split : dict of str to np.ndarray
        Row numbers of the ``"train"``, ``"valid"`` and ``"test"`` sequences.
    """

    tokens: np.ndarray
    labels: np.ndarray
    motifs: tuple[Motif, ...]
    sites: pd.DataFrame
    split: dict[str, np.ndarray]


def inserted_motifs(names: tuple[str, ...]) -> tuple[Motif, ...]:
    """The motifs to embed: each factor's own matrix, in its newest version of JASPAR 2016.

    `names` are keys of `GROUND_TRUTH`.
    """
    by_base_id = {motif.name.split(".")[0]: motif for motif in load_jaspar()}
    return tuple(by_base_id[GROUND_TRUTH[name][0]] for name in names)


def simulate_task1(
    n_sequences: int = 25_000, length: int = 200, seed: int = 0, both_strands: bool = False
) -> Dataset:
    """Task 1: a multi-task classification of binding sites.

    Every sequence holds 3 to 5 different motifs out of 11, at least one nucleotide away from each
    other and from the ends, in a uniform background and on the forward strand.

    Parameters
    ----------
    n_sequences : int
        Number N of sequences. Default is 25,000, the paper's.
    length : int
        Length L in nucleotides. Default is 200, the paper's.
    seed : int
        One seed gives the same data on every machine. Default is 0.
    both_strands : bool
        Whether each site lies on a strand drawn by lot. Default is False: all on the forward one.

    Returns
    -------
    Dataset
        With N x 11 labels.

    Raises
    ------
    ValueError
        If `n_sequences` is below 10 or five motifs do not fit into `length`.
    """
    _check_size(n_sequences)
    rng = np.random.default_rng([1, seed])
    n_motifs = len(TASK1_MOTIFS)
    counts = rng.integers(3, 6, size=n_sequences)
    orders = rng.permuted(np.tile(np.arange(n_motifs), (n_sequences, 1)), axis=1)
    chosen = [order[:count] for order, count in zip(orders, counts, strict=True)]
    motifs = inserted_motifs(TASK1_MOTIFS)
    tokens, sites = embed(*_pool(motifs, TASK1_MOTIFS, chosen, both_strands, rng), length, rng)
    labels = np.zeros((n_sequences, n_motifs), dtype=np.int8)
    for row, members in enumerate(chosen):
        labels[row, members] = 1
    return Dataset(tokens, labels, motifs, sites, _split(n_sequences, rng))


def simulate_task2(
    n_sequences: int = 25_000,
    length: int = 200,
    seed: int = 0,
    both_strands: bool = False,
    contrast: str = "shuffles",
) -> Dataset:
    """Task 2: one motif tells the classes apart, and others come along with it.

    A positive sequence holds the SRF motif and 1 to 3 others, drawn with replacement from
    CEBPB, FOSL1, MAFK, MAX and SP1; placement and background are those of Task 1. The negative
    class holds a dinucleotide shuffle of each positive sequence, so no motif; but for other
    settings of `contrast`, the first row of `CONTRASTS` being the paper's.

    Parameters
    ----------
    n_sequences : int
        Number N of sequences of both classes together, even. Default is 25,000, the paper's.
    length, seed, both_strands
        As in `simulate_task1`.
    contrast : {"shuffles", "background", "weak", "others"}
        What the negative class holds, see `CONTRASTS`. Default is ``"shuffles"``.

    Returns
    -------
    Dataset
        With N x 1 labels; the first N / 2 sequences are the positive ones.

    Raises
    ------
    ValueError
        If `n_sequences` is odd or below 10, four motifs do not fit into `length`, or `contrast`
        is unknown.
    """
    _check_size(n_sequences)
    if contrast not in CONTRASTS:
        raise ValueError(f"contrast is {contrast!r}; use one of {CONTRASTS}")
    if n_sequences % 2:
        raise ValueError(
            f"n_sequences is {n_sequences}; Task 2 pairs each positive sequence with a negative "
            "one, so give an even number"
        )
    rng = np.random.default_rng([2, seed])
    n_positive = n_sequences // 2
    motifs = inserted_motifs(TASK2_MOTIFS)
    chosen = []
    for count in rng.integers(1, 4, size=n_positive):
        members = np.concatenate([[0], rng.integers(1, len(motifs), size=count)])
        chosen.append(rng.permutation(members))
    pool = _pool(motifs, TASK2_MOTIFS, chosen, both_strands, rng)
    positive, sites = embed(*pool, length, rng)
    if contrast == "shuffles":
        negative = dinucleotide_shuffle(positive, rng)
    elif contrast == "background":
        negative = rng.integers(0, 4, positive.shape, dtype=np.int8)
    else:
        names = TASK2_MOTIFS[1:] if contrast == "weak" else OTHER_MOTIFS
        others = inserted_motifs(names)
        # As many motifs as in the positive sequence, without the SRF motif or with another for it.
        counts = [len(members) - (contrast == "weak") for members in chosen]
        drawn = [rng.integers(0, len(others), size=count) for count in counts]
        negative, more = embed(*_pool(others, names, drawn, both_strands, rng), length, rng)
        more["sequence"] += n_positive
        sites = pd.concat([sites, more], ignore_index=True)
        motifs += tuple(motif for motif in others if contrast == "others")
    labels = np.repeat([1, 0], n_positive).astype(np.int8)[:, None]
    tokens = np.concatenate([positive, negative])
    return Dataset(tokens, labels, motifs, sites, _split(n_sequences, rng))


def _pool(
    motifs: tuple[Motif, ...],
    names: tuple[str, ...],
    chosen: list[np.ndarray],
    both_strands: bool,
    rng: np.random.Generator,
) -> tuple[tuple[Motif, ...], tuple[str, ...], list[np.ndarray]]:
    """The pool to embed from: as it is, or with each site on a random strand."""
    if not both_strands:
        return motifs, names, chosen
    reverse = tuple(replace(motif, ppm=motif.ppm[::-1, ::-1]) for motif in motifs)
    chosen = [members + len(motifs) * rng.integers(0, 2, size=len(members)) for members in chosen]
    return motifs + reverse, names + names, chosen


def embed(
    motifs: tuple[Motif, ...],
    names: tuple[str, ...],
    chosen: list[np.ndarray],
    length: int,
    rng: np.random.Generator,
) -> tuple[np.ndarray, pd.DataFrame]:
    """Draw sequences that hold the chosen motifs in a uniform background.

    The motifs keep the order given; the nucleotides left over are dealt to the gaps between them
    so that every placement with at least one nucleotide in each gap is equally likely. Every site
    is a fresh draw from its motif's PPM.

    Parameters
    ----------
    motifs : tuple of Motif
        The pool.
    names : tuple of str
        What to call each motif of the pool in the table of sites.
    chosen : list of np.ndarray of int
        For each sequence, the pool indices of its motifs from left to right.
    length : int
        Length L in nucleotides.
    rng : np.random.Generator
        Source of all draws.

    Returns
    -------
    tokens : np.ndarray, shape (N, L), int8
    sites : pandas.DataFrame
        As in `Dataset`.

    Raises
    ------
    ValueError
        If a sequence's motifs do not fit into `length`.
    """
    # Row 0 is the background; each site's positions point to the rows of its motif.
    columns = np.concatenate([np.full((1, 4), 0.25)] + [motif.ppm for motif in motifs])
    widths = np.array([len(motif.ppm) for motif in motifs])
    first_column = 1 + np.concatenate([[0], np.cumsum(widths)[:-1]])
    column = np.zeros((len(chosen), length), dtype=np.int16)
    sites = []
    for row, members in enumerate(chosen):
        free = length - widths[members].sum() - len(members) - 1
        if free < 0:
            needed = length - free
            raise ValueError(
                f"{len(members)} motifs ({', '.join(names[m] for m in members)}) need {needed} nt "
                f"with their buffers; sequences of {length} nt are too short"
            )
        # Bars among stars: a sorted draw without replacement is a uniform composition.
        bars = np.sort(rng.choice(free + len(members), len(members), replace=False))
        position = 0
        for bar, member in enumerate(members):
            gap = bars[bar] - (bars[bar - 1] + 1 if bar else 0)
            start = position + gap + 1
            end = start + widths[member]
            column[row, start:end] = first_column[member] + np.arange(widths[member])
            sites.append((row, names[member], start, end))
            position = end
    uniform = rng.random(column.shape)
    cumulative = np.cumsum(columns, axis=1)
    # A PPM that is rounded may sum to a little less than 1: only three comparisons are made.
    tokens = sum((uniform >= cumulative[column, i]).astype(np.int8) for i in range(3))
    table = pd.DataFrame(sites, columns=["sequence", "motif", "start", "end"])
    return tokens, table


def _check_size(n_sequences: int) -> None:
    if n_sequences < 10:
        raise ValueError(
            f"n_sequences is {n_sequences}; at least 10 are needed to split them into train, "
            "validation and test sets"
        )


def _split(n_sequences: int, rng: np.random.Generator) -> dict[str, np.ndarray]:
    """Random disjoint row numbers: 0.7 train, 0.1 validation, 0.2 test."""
    ends = np.round(np.cumsum(list(SPLIT.values())) * n_sequences).astype(int)
    order = rng.permutation(n_sequences)
    return dict(zip(SPLIT, np.split(order, ends[:-1]), strict=True))


TASKS = {"task1": (simulate_task1, TASK1_MOTIFS), "task2": (simulate_task2, TASK2_MOTIFS)}
"""Each task's simulation, and the factors whose motifs it embeds."""


def ground_truth(factors: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What counts as the motif of each factor, as `grimlib.filter_report` takes it."""
    return {name: GROUND_TRUTH[name] for name in factors}
