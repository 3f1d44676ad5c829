"""Motifs: what they are, JASPAR, and files in MEME format.

A position frequency matrix (PFM) holds counts and a position probability matrix (PPM)
probabilities; here both have the shape (width, 4), positions before ``ACGT``.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from itertools import dropwhile, takewhile
from pathlib import Path

import numpy as np
from Bio import motifs as bio_motifs

from grimlib._files import atomic_write, read_text
from grimlib._places import DATA
from grimlib.sequences import ALPHABET

JASPAR_FILE = DATA / "jaspar2016_core_vertebrates.jaspar"


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


@cache
def load_jaspar() -> tuple[Motif, ...]:
    """The 519 JASPAR 2016 CORE vertebrates motifs, newest version of each.

    They are in the order of their identifiers (``name``), with the factor's name as ``alt``.
    """
    with JASPAR_FILE.open(encoding="utf-8") as file:
        return tuple(_from_jaspar(record) for record in bio_motifs.parse(file, "jaspar"))


def load_targets(source: str = "JASPAR2016") -> tuple[Motif, ...]:
    """A motif database to compare with.

    Parameters
    ----------
    source : str
        A JASPAR release, such as ``"JASPAR2016"`` or ``"JASPAR2024"``: its CORE vertebrates
        motifs, newest version of each. The release of 2016 comes along, others need the package
        pyjaspar. Or else the path of a file in MEME format. Default is ``"JASPAR2016"``.

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
    check_names(motifs, "motif")
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


def check_names(motifs: Sequence[Motif], kind: str) -> None:
    """Refuse, by a ValueError, two motifs of one name."""
    names = [motif.name for motif in motifs]
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise ValueError(f"{kind} name {min(twice)!r} is used twice; give each motif its own name")
