"""Motifs: what they are, JASPAR, and files in MEME format.

A position frequency matrix (PFM) holds counts and a position probability matrix (PPM)
probabilities; here both have the shape (width, 4), positions before ``ACGT``.
"""

from __future__ import annotations

import re
import warnings
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count, takewhile
from pathlib import Path

import numpy as np
from Bio import motifs as bio_motifs

from grimlib._files import atomic_write, read_text
from grimlib._meme_pages import page_text
from grimlib._places import DATA
from grimlib.sequences import ALPHABET

JASPAR_FILE = DATA / "jaspar2016_core_vertebrates.jaspar"


@dataclass(frozen=True, eq=False)
class Motif:
    """A named PPM; a ValueError is raised if it is not as said here.

    Attributes
    ----------
    name : str
        Such as ``"MA0083.3"``; not empty, without white space.
    ppm : np.ndarray, shape (width, 4), float64
        Rows sum to 1. A read-only copy of the array given.
    nsites : float
        How many sites the motif was made from: it weighs the PPM against Tomtom's pseudocount.
        Default is 20, as in MEME.
    alt : str
        A second name, such as ``"SRF"``. Default is none.
    """

    name: str
    ppm: np.ndarray
    nsites: float = 20.0
    alt: str = ""

    def __post_init__(self) -> None:
        if self.name.split() != [self.name]:
            raise ValueError(f"{self.name!r} is not a motif name; use one word without white space")
        ppm = check_ppm(f"motif {self.name}", self.ppm)
        if not 0 < self.nsites < np.inf:
            raise ValueError(f"motif {self.name}: nsites must be above 0, not {self.nsites}")
        ppm.flags.writeable = False
        object.__setattr__(self, "ppm", ppm)


def check_ppm(place: str, ppm: np.ndarray, tolerance: float = 1e-3) -> np.ndarray:
    """A copy of a PPM as float64; a ValueError that begins with `place` if it is none.

    The sum of a row may differ from 1 by `tolerance`.
    """
    ppm = np.array(ppm, dtype=np.float64)
    if ppm.ndim != 2 or ppm.shape[1] != 4 or not len(ppm):
        raise ValueError(f"{place}: a PPM has shape (width, 4), not {ppm.shape}")
    # Written so that a NaN fails it, too.
    right = (ppm.min(axis=1) >= 0) & (np.abs(ppm.sum(axis=1) - 1) <= tolerance)
    if not right.all():
        row = ppm[number := int(right.argmin())]
        raise ValueError(
            f"{place}, row {number + 1} is {row}, with the sum {row.sum():g}; "
            "probabilities are not negative and sum to 1 (divide counts by their sum)"
        )
    return ppm


def information_content(ppm: np.ndarray) -> np.ndarray:
    """Information content of each position in bits, from PPMs (..., width, 4) to (..., width).

    Against a uniform background: 2 + sum over the nucleotides of p log2 p, with 0 log 0 = 0. From 0
    (uniform) to 2 (one nucleotide).
    """
    ppm = np.asarray(ppm, dtype=np.float64)
    logarithm = np.log2(ppm, out=np.zeros_like(ppm), where=ppm > 0)
    return 2 + (ppm * logarithm).sum(axis=-1)


def log_odds(ppm: np.ndarray, background: Sequence[float] | None = None) -> np.ndarray:
    """Log-odds scores of a PPM, shape (width, 4), in bits; 0.0001 is added to each probability.

    Against the frequencies of ``ACGT`` in the background, by default a uniform one.
    """
    return np.log2((ppm + 1e-4) / (np.full(4, 0.25) if background is None else background))


def consensus(ppm: np.ndarray) -> str:
    """The most probable nucleotide, of equals the first, at each position of a PPM (width, 4)."""
    return "".join(ALPHABET[i] for i in np.argmax(ppm, axis=-1))


@cache
def load_jaspar() -> tuple[Motif, ...]:
    """The 519 JASPAR 2016 CORE vertebrates motifs, newest version of each, by identifier.

    Their ``alt`` is the factor's name.
    """
    with JASPAR_FILE.open(encoding="utf-8") as file:
        return tuple(from_jaspar(record) for record in bio_motifs.parse(file, "jaspar"))


def from_jaspar(record: bio_motifs.jaspar.Motif) -> Motif:
    """A motif of JASPAR, as Biopython reads it."""
    return from_counts(record.matrix_id, record.counts, record.name)


def from_counts(name: str, counts: Mapping[str, Sequence[float]], alt: str) -> Motif:
    """A motif from how often each nucleotide stands at each position; a ValueError if none does."""
    pfm = np.array([counts[letter] for letter in ALPHABET]).T
    sites = pfm.sum(axis=1)
    if not (np.isfinite(sites) & (sites > 0)).all():
        raise ValueError(f"motif {name}: the counts of each position must add up to more than 0")
    # Columns may differ in their number of sites. With the rounded mean, MEME's tomtom gives the
    # p-values that grimlib's tests compare with.
    return Motif(name, pfm / sites[:, None], float(round(sites.mean())), alt)


def read_meme(path: str | Path) -> list[Motif]:
    """Read the motifs of a file in MEME motif format: minimal, or what a MEME Suite program writes.

    A program's text is read, and the XML and HTML of MEME, DREME and STREME. The motifs come in
    the file's order, their rows rescaled to sum to 1 exactly. The keys of a matrix are optional;
    `nsites` is 20 where it is not known. RNA is read as DNA, and a name that comes again gets a
    number (``one_2``); a warning says each of them.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file; if it is not a MEME file, holds no motif, has another alphabet, or
        a matrix whose rows are missing, not numbers, negative, or sum to less than 0.98 or more
        than 1.02 (what rounding to two decimals can do).
    """
    return parse_meme(path, read_text(path, "MEME"))


def parse_meme(path: str | Path, text: str) -> list[Motif]:
    """The motifs of a text in MEME motif format; `path` is for the messages, see `read_meme`."""
    if text.lstrip().startswith("<"):
        text = page_text(path, text)
    if not re.search(r"^[ \t]*MEME version", text, flags=re.MULTILINE):
        raise ValueError(
            f"{path} starts with {text.strip()[:40]!r}, and no line with 'MEME version'; give a "
            "file in MEME motif format"
        )
    _check_alphabets(path, text)
    blocks = re.split(r"^[ \t]*MOTIF\b", text, flags=re.MULTILINE)[1:]
    if not blocks:
        raise ValueError(f"{path} holds no motif; each needs a line 'MOTIF name' and a matrix")
    read, untold = [], 0
    for number, block in enumerate(blocks, start=1):
        title, *lines = block.splitlines() or [""]
        words = re.split(r"\bwidth *=", title)[0].split()  # MEME's text tells more in this line
        if not words:
            raise ValueError(f"{path}: motif {number} has no name after MOTIF; give it one")
        ppm, nsites = _read_matrix(f"{path}: motif {words[0]}", lines)
        untold += nsites is None
        read.append(Motif(words[0], ppm, nsites or 20.0, words[1] if len(words) > 1 else ""))
    if untold:
        warnings.warn(f"{path}: {untold} motifs tell no nsites; 20 is assumed", stacklevel=3)
    return number_names(path, read)


def number_names(path: str | Path, motifs: Sequence[Motif]) -> list[Motif]:
    """The motifs of a file, each with a name of its own; a warning says which have a new one."""
    names = unique_names([motif.name for motif in motifs])
    if renamed := [name for name, motif in zip(names, motifs, strict=True) if name != motif.name]:
        several = f" and {len(renamed) - 1} more" if len(renamed) > 1 else ""
        warnings.warn(f"{path}: names come again; renamed {renamed[0]}{several}", stacklevel=4)
    return [replace(motif, name=name) for motif, name in zip(motifs, names, strict=True)]


def unique_names(names: Sequence[str]) -> list[str]:
    """Names of which each stands once: a second ``"a"`` becomes ``"a_2"``, a third ``"a_3"``."""
    taken, unique, numbers = set(names), {}, defaultdict(lambda: count(2))
    for name in names:
        numbered = (f"{name}_{number}" for number in numbers[name])
        new = next(one for one in numbered if one not in taken) if name in unique else name
        taken.add(new)
        unique[new] = True
    return list(unique)


def _check_alphabets(path: str | Path, text: str) -> None:
    """Refuse an alphabet that is not that of DNA or RNA, and tell of the latter."""
    for line in re.finditer(r"^ALPHABET[ \t]*(=?)(.*)$", text, flags=re.MULTILINE):
        letters = "".join(line[2].split())
        if not line[1]:  # a definition, with a core symbol or a complementary pair in a line
            end = text.find("END ALPHABET", line.end())
            rows = text[line.end() : end if end >= 0 else len(text)].splitlines()
            rows = [re.sub(r'"[^"]*"', "", row).strip() for row in rows]  # names hold anything
            core = [row for row in rows if row and row[0] != "#" and "=" not in row]
            letters = "".join(row[0] + row.partition("~")[2].strip()[:1] for row in core)
        if sorted(letters.upper()) == list("ACGU"):
            warnings.warn(f"{path} holds RNA motifs; U is read as T", stacklevel=4)
        elif sorted(letters.upper()) != list(ALPHABET):
            raise ValueError(f"{path}: the alphabet is {letters!r}; it must be {ALPHABET} or ACGU")


def _read_matrix(place: str, lines: list[str]) -> tuple[np.ndarray, float | None]:
    """Find and read the one letter-probability matrix in the lines after a motif's name.

    Beside it, how many sites it was made from, if that is known.
    """
    starts = [i for i, line in enumerate(lines) if line.lstrip().startswith("letter-probability")]
    if len(starts) != 1:
        raise ValueError(
            f"{place} has {len(starts) or 'no'} letter-probability matri"
            + ("ces; put a line 'MOTIF name' before each" if starts else "x")
        )
    header, *after = lines[starts[0] :]
    keys = dict(re.findall(r"\b(\w+)\s*=\s*(\S+)", header))
    # A matrix ends at an empty line, at a word such as URL, or at a rule of dashes.
    rows = list(takewhile(_is_row, after))
    rest = (line for line in after[len(rows) :] if line.strip() and line.lstrip()[0] != "#")
    if "w" not in keys and _is_row(next(rest, "")):
        raise ValueError(f"{place} has rows behind an empty line or a comment; take that out")
    if keys.get("alength", "4") != "4":
        raise ValueError(f"{place}: {header!r}; a nucleotide motif has alength= 4")
    if not rows or keys.get("w", str(len(rows))) != str(len(rows)):
        raise ValueError(f"{place}: {header!r} and {len(rows)} rows of numbers; make them agree")
    ppm = np.empty((len(rows), 4))
    for i, row in enumerate(rows):
        try:
            ppm[i] = [float(word) for word in row.split()]
        except ValueError:
            raise ValueError(
                f"{place}, row {i + 1} is {row!r}; a row is four numbers, for {ALPHABET}"
            ) from None
    check_ppm(place, ppm, tolerance=0.0201)
    try:
        nsites = float(keys.get("nsites", 0))
    except ValueError:  # such as NA
        nsites = 0.0
    return ppm / ppm.sum(axis=1, keepdims=True), nsites if 0 < nsites < np.inf else None


def _is_row(line: str) -> bool:
    """Whether a line begins as a row of a matrix does, with a number."""
    return bool(re.match(r"\s*[-+]?[0-9.]", line))


def write_meme(path: str | Path, motifs: Sequence[Motif]) -> None:
    """Write motifs to a file in minimal MEME format: six decimals, a whole number of sites.

    No motif, or two of one name, are refused by a ValueError.
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
                f"nsites= {max(1, round(motif.nsites))} E= 0\n"
            )
            np.savetxt(file, motif.ppm, fmt="%.6f")


def check_names(motifs: Sequence[Motif], kind: str) -> None:
    """Refuse, by a ValueError, two motifs of one name."""
    counts = Counter(motif.name for motif in motifs)
    if twice := [name for name in counts if counts[name] > 1]:
        raise ValueError(f"{kind} name {min(twice)!r} is used twice; give each motif its own name")
