"""Motifs: JASPAR, MEME files, information content, and comparison with Tomtom.

A position frequency matrix (PFM) holds counts and a position probability matrix (PPM)
probabilities; here both have the shape (width, 4), positions before ``ACGT``.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile, takewhile
from pathlib import Path
from threading import Timer

import memelite
import numpy as np
import pandas as pd
from Bio import motifs as bio_motifs
from memelite.tomtom import _tomtom as compiled_tomtom
from scipy.stats import false_discovery_control

from grimlib.files import atomic_write
from grimlib.sequences import ALPHABET, read_text

JASPAR_FILE = Path(__file__).parents[1] / "data" / "jaspar2016_core_vertebrates.jaspar"

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
_NAME_OF_BASE_ID = {base: name for name, bases in GROUND_TRUTH.items() for base in bases}

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


@dataclass(frozen=True, eq=False)
class Motif:
    """A named PPM.

    Attributes
    ----------
    name : str
        Such as ``"MA0083.3"``; not empty, without white space.
    ppm : np.ndarray, shape (width, 4), float64
        Rows sum to 1. A read-only copy of the array given.
    nsites : float
        How many sites the motif was made from: it weighs the PPM against Tomtom's
        pseudocount. Default is 20, as in MEME.
    alt : str
        A second name, such as ``"SRF"``. Default is none.

    Raises
    ------
    ValueError
        If the name or the PPM is not as said here.
    """

    name: str
    ppm: np.ndarray
    nsites: float = 20.0
    alt: str = ""

    def __post_init__(self) -> None:
        if self.name.split() != [self.name]:
            raise ValueError(f"{self.name!r} is not a motif name; use one word without white space")
        ppm = np.array(self.ppm, dtype=np.float64)
        if ppm.ndim != 2 or ppm.shape[1] != 4 or not len(ppm):
            raise ValueError(f"motif {self.name}: a PPM has shape (width, 4), not {ppm.shape}")
        for position, row in enumerate(ppm, start=1):
            # Written so that a NaN fails it, too.
            if not (row.min() >= 0 and abs(row.sum() - 1) <= 1e-3):
                raise ValueError(
                    f"motif {self.name}: position {position} is {row}; probabilities are not "
                    "negative and sum to 1 (divide counts by their sum)"
                )
        if not 0 < self.nsites < np.inf:
            raise ValueError(f"motif {self.name}: nsites must be above 0, not {self.nsites}")
        ppm.flags.writeable = False
        object.__setattr__(self, "ppm", ppm)


def information_content(ppm: np.ndarray) -> np.ndarray:
    """Information content of each position in bits, from PPMs (..., width, 4) to (..., width).

    Against a uniform background: 2 + sum over the nucleotides of p log2 p, with 0 log 0 = 0. From 0
    (uniform) to 2 (one nucleotide).
    """
    ppm = np.asarray(ppm, dtype=np.float64)
    logarithm = np.log2(ppm, out=np.zeros_like(ppm), where=ppm > 0)
    return 2 + (ppm * logarithm).sum(axis=-1)


def consensus(ppm: np.ndarray) -> str:
    """The most probable nucleotide at each position of a PPM, shape (width, 4).

    Of equally probable nucleotides, the first in the alphabet.
    """
    return "".join(ALPHABET[i] for i in np.argmax(ppm, axis=-1))


def ground_truth_name(target_id: str) -> str | None:
    """The inserted motif that a JASPAR identifier counts as, in any version.

    ``ground_truth_name("MA0137.3")`` is ``"STAT1"``; ``None`` if it counts as none.
    """
    return _NAME_OF_BASE_ID.get(target_id.split(".")[0])


@cache
def load_jaspar() -> tuple[Motif, ...]:
    """The 519 JASPAR 2016 CORE vertebrates motifs, newest version of each.

    They are in the order of their identifiers (``name``), with the factor's name as ``alt``.

    Raises
    ------
    FileNotFoundError
        If the repository's ``data`` folder is not beside the package.
    """
    if not JASPAR_FILE.exists():
        raise FileNotFoundError(
            f"{JASPAR_FILE} is missing; grimlib reads it from the repository: "
            "install with 'pip install -e .' in a clone, or run 'python data/export_jaspar.py'"
        )
    with JASPAR_FILE.open(encoding="utf-8") as file:
        return tuple(_from_jaspar(record) for record in bio_motifs.parse(file, "jaspar"))


def load_targets(source: str) -> tuple[Motif, ...]:
    """A motif database to compare with.

    Parameters
    ----------
    source : str
        A JASPAR release, such as ``"JASPAR2016"`` or ``"JASPAR2024"``: its CORE vertebrates
        motifs, newest version of each. The release of 2016 is part of the repository, others
        need the package pyjaspar. Or else the path of a file in MEME format.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If there is no such release, it needs pyjaspar, or the file cannot be read.
    """
    if not re.fullmatch(r"JASPAR\d{4}", source):
        return tuple(read_meme(source))
    if source == "JASPAR2016":
        return load_jaspar()
    try:
        from pyjaspar import jaspar_releases, jaspardb
    except ImportError:
        raise ValueError(
            f"{source} needs the package pyjaspar: install it with 'pip install pyjaspar', or use "
            "JASPAR2016 or a MEME file"
        ) from None
    if source not in jaspar_releases:
        raise ValueError(f"there is no release {source}; use one of {', '.join(jaspar_releases)}")
    found = jaspardb(release=source).fetch_motifs(collection="CORE", tax_group=["vertebrates"])
    return tuple(_from_jaspar(record) for record in sorted(found, key=lambda m: m.matrix_id))


def _from_jaspar(record: bio_motifs.jaspar.Motif) -> Motif:
    pfm = np.array([record.counts[letter] for letter in ALPHABET]).T
    sites = pfm.sum(axis=1)
    # Columns may differ in their number of sites. With the rounded mean, MEME's tomtom gives the
    # p-values that grimlib's tests compare with.
    return Motif(record.matrix_id, pfm / sites[:, None], float(round(sites.mean())), record.name)


def read_meme(path: str | Path) -> list[Motif]:
    """Read the motifs of a file in MEME format (version 4 or later), plain or gzipped.

    They come in the file's order, their rows rescaled to sum to 1 exactly.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is not a MEME file, holds no motif or two of one name, has another alphabet, or
        a matrix whose rows are missing, not numbers, negative, or sum to 1 +- 0.01 or more.
    """
    text = read_text(path, "MEME").lstrip()
    if not text.startswith("MEME version"):
        first = text.partition("\n")[0]
        raise ValueError(
            f"{path} starts with {first[:40]!r}, not with 'MEME version'; "
            "give a file in MEME motif format"
        )
    head, *blocks = re.split(r"^MOTIF\b", text, flags=re.MULTILINE)
    for line in head.splitlines():
        if line.startswith("ALPHABET") and "".join(line.split()) != f"ALPHABET={ALPHABET}":
            raise ValueError(f"{path}: {line!r}; the alphabet must be {ALPHABET}")
    if not blocks:
        raise ValueError(f"{path} holds no motif; each needs a line 'MOTIF name' and a matrix")

    motifs: dict[str, Motif] = {}
    for number, block in enumerate(blocks, start=1):
        title, *lines = block.splitlines() or [""]
        name, alt, *_ = [*title.split(), "", ""]
        if not name:
            raise ValueError(f"{path}: motif {number} has no name after MOTIF; give it one")
        if name in motifs:
            raise ValueError(f"{path} has two motifs named {name}; rename one")
        ppm, nsites = _read_matrix(f"{path}: motif {name}", lines)
        motifs[name] = Motif(name, ppm, nsites, alt)
    return list(motifs.values())


def _read_matrix(place: str, lines: list[str]) -> tuple[np.ndarray, float]:
    """Find and read the one letter-probability matrix in the lines after a motif's name."""
    after = dropwhile(lambda line: not line.startswith("letter-probability matrix"), lines)
    header = next(after, None)
    if header is None:
        raise ValueError(f"{place} has no letter-probability matrix")
    words = header.partition(":")[2].replace("=", " ").split()
    keys = dict(zip(words[::2], words[1::2], strict=False))
    try:
        width = int(keys["w"])
        nsites = float(keys.get("nsites", 20))
    except (KeyError, ValueError):
        raise ValueError(f"{place}: {header!r} needs 'w= ' and a whole number") from None
    if keys.get("alength", "4") != "4" or not nsites > 0:
        raise ValueError(f"{place}: {header!r} must have alength= 4 and nsites above 0")

    # A matrix ends at an empty line, at a word such as URL, or at a rule of dashes.
    rows = list(takewhile(lambda line: re.match(r"\s*-?[0-9.]", line), after))
    if len(rows) != width or not rows:
        raise ValueError(f"{place} has w= {width} but {len(rows)} rows of numbers; make them agree")
    ppm = np.empty((width, 4))
    for i, row in enumerate(rows):
        try:
            ppm[i] = [float(word) for word in row.split()]
        except ValueError:
            raise ValueError(
                f"{place}, row {i + 1} is {row!r}; a row is four numbers, for {ALPHABET}"
            ) from None
        # Written so that a NaN fails it, too.
        if not (ppm[i].min() >= 0 and abs(ppm[i].sum() - 1) < 0.01):
            raise ValueError(
                f"{place}, row {i + 1} is {row!r}, with the sum {ppm[i].sum():g}; "
                "probabilities are not negative and sum to 1"
            )
    return ppm / ppm.sum(axis=1, keepdims=True), nsites


def write_meme(path: str | Path, motifs: Sequence[Motif]) -> None:
    """Write motifs to a file in minimal MEME format, probabilities with six decimals.

    Raises
    ------
    ValueError
        If there is no motif, or two have one name.
    """
    if not motifs:
        raise ValueError(f"no motif to write to {path}")
    _check_names(motifs, "motif")
    with atomic_write(path) as file:
        file.write(f"MEME version 4\n\nALPHABET= {ALPHABET}\n\nstrands: + -\n\n")
        file.write("Background letter frequencies\nA 0.25 C 0.25 G 0.25 T 0.25\n")
        for motif in motifs:
            file.write(f"\nMOTIF {motif.name} {motif.alt}".rstrip() + "\n")
            file.write(
                f"letter-probability matrix: alength= 4 w= {len(motif.ppm)} "
                f"nsites= {motif.nsites:g} E= 0\n"
            )
            np.savetxt(file, motif.ppm, fmt="%.6f")


def _check_names(motifs: Sequence[Motif], kind: str) -> None:
    names = [motif.name for motif in motifs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{kind} name {min(twice)!r} is used twice; give each motif its own name")


def tomtom(queries: Sequence[Motif], targets: Sequence[Motif], evalue: float = 0.1) -> pd.DataFrame:
    """Compare motifs with a database, as MEME's ``tomtom -evalue -thresh`` does.

    Tomtom (Gupta et al., Genome Biology 8:R24, 2007) with MEME 5.5's defaults: Euclidean
    distance, complete scores, both strands, uniform background, at least one position of
    overlap. memelite computes the p-values; it compiles for about a minute at its first use
    on a machine.

    Parameters
    ----------
    queries : sequence of Motif
        Each with its own name.
    targets : sequence of Motif
        The database, each with its own name. Its positions are the null model, so give a
        whole database, such as ``load_jaspar()``.
    evalue : float
        The largest E-value reported. Default is 0.1.

    Returns
    -------
    pandas.DataFrame
        One row for each pair whose E-value is at most `evalue`, in the order of the queries,
        then by p-value. Columns as in Tomtom's TSV: ``Query_ID``, ``Target_ID``;
        ``Optimal_offset``, the position of the query's start in the target; ``p-value`` of the
        better strand; ``E-value``, the p-value times the number of targets; ``q-value``;
        ``Overlap`` in positions; ``Query_consensus``; ``Target_consensus`` and ``Orientation``
        of the target, ``+`` or ``-``.

    Raises
    ------
    ValueError
        If there is no target, two queries or two targets have one name, or `evalue` is not
        positive.
    """
    if not targets:
        raise ValueError("no target to compare with; give a database such as load_jaspar()")
    if not evalue > 0:
        raise ValueError(f"evalue must be above 0, not {evalue}")
    _check_names(queries, "query")
    _check_names(targets, "target")
    if not queries:
        return pd.DataFrame(columns=TOMTOM_COLUMNS)

    forward = [_smoothed(motif) for motif in targets]
    # Both strands are given as targets, because the q-values need the p-value of each.
    with compilation_notice(compiled_tomtom, "Tomtom"):
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
    q = _q_values(p)

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
    # MEME sees a PPM in a file, with six decimals.
    ppm = np.round(motif.ppm, 6)
    return ((ppm * motif.nsites + 0.1 * 0.25) / (motif.nsites + 0.1)).T


def _q_values(p: np.ndarray) -> np.ndarray:
    """The q-values of each query against every target on both strands, as MEME defines them.

    Benjamini and Hochberg's, times an estimate of the fraction of true null hypotheses.
    """
    pi0 = np.array([_true_null_fraction(row) for row in p])
    return pi0[:, None] * false_discovery_control(p, axis=1)


def _true_null_fraction(p: np.ndarray) -> float:
    """Estimate of the fraction of true null hypotheses among the p-values of one query.

    pi0 = #{p >= lambda} / (m (1 - lambda)) (Storey 2002). Like MEME, take the lambda up to 0.5
    whose estimate has the smallest mean squared error around the smallest estimate; its
    variance over samples of 1,000 p-values is binomial, so the bootstrap needs no drawing.
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
def compilation_notice(function: Callable, name: str) -> Iterator[None]:
    """Tell the user on stderr when numba is still compiling a function of memelite after 2 s.

    `name` is what the user knows the function by.
    """

    def notice() -> None:
        # numba lists a function's signatures once it is compiled or loaded from its cache.
        if not function.signatures:
            print(
                f"compiling {name}: about a minute, once per machine", file=sys.stderr, flush=True
            )

    timer = Timer(2, notice)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def write_tomtom(path: str | Path, table: pd.DataFrame) -> None:
    """Write a table of ``tomtom`` to a TSV file with Tomtom's columns and number format.

    Raises
    ------
    ValueError
        If the table has other columns.
    """
    if tuple(table.columns) != TOMTOM_COLUMNS:
        raise ValueError(f"{list(table.columns)} are not Tomtom's columns {TOMTOM_COLUMNS}")
    with atomic_write(path) as file:
        table.to_csv(file, sep="\t", index=False, float_format="%.6g")
