"""Regions of a genome, as BED and narrowPeak files have them, read as sequences."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import warnings
from collections.abc import Iterator, Sequence
from itertools import chain, dropwhile
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from grimlib._files import open_text
from grimlib._places import cache_folder
from grimlib.discover._folders import own_folder, sweep_folders
from grimlib.sequences import encode, parse_records, reverse_complement

if TYPE_CHECKING:
    from pyfaidx import Fasta, FastaRecord

PEAK_WIDTH = 200
"""Nucleotides around a summit that are read by default."""

_NARROWPEAK = 10  # columns; no other format of regions has as many


class _Region(NamedTuple):
    line: int
    chromosome: str
    start: int
    end: int
    summit: int
    strand: str
    has_summit: bool


def read_regions(
    path: str | Path, genome: str | Path, width: int = PEAK_WIDTH, strands: int = 2
) -> Iterator[tuple[str, np.ndarray]]:
    """Read the sequences of regions, one by one, in the order of the file.

    The genome's index is the one beside it (``.fai``, and ``.gzi`` if it is compressed) where there
    is one that is not older than the genome. Else one is made, once, in the user's cache folder,
    which takes minutes for a large genome.

    Parameters
    ----------
    path : str or Path
        BED or narrowPeak (ten columns), plain or compressed.
    genome : str or Path
        FASTA, plain or compressed by bgzip.
    width : int
        Of the window, in nucleotides, around the summit of a narrowPeak file (column 10) or else
        around the middle of the region. A window is cut where the chromosome ends. 0 takes the
        regions as they are. Default is 200.
    strands : {1, 2}
        With 1, regions on the strand ``-`` (column 6) are read as their reverse complement.

    Yields
    ------
    name : str
        The window's place, as bedtools writes it: ``chr1:1000-1200``, from 0, with its strand
        (``chr1:1000-1200(-)``) if `strands` is 1.
    tokens : np.ndarray, shape (L,), int8

    Raises
    ------
    FileNotFoundError, ValueError, OSError
        If a file cannot be read or used, a chromosome is not in the genome, or a region ends beyond
        its chromosome; the message names the file and the line.

    Warns
    -----
    UserWarning
        If windows were cut, are around middles, or have no strand where it counts.
    """
    with open_text(path, "BED") as lines:
        regions = _parse_bed(Path(path), lines)
    yield from _cut(Path(path), regions, Path(genome), width, strands)


def read_either(
    path: str | Path, genome: str | Path, width: int = PEAK_WIDTH, strands: int = 2
) -> Iterator[tuple[str, np.ndarray]]:
    """Read a FASTA file, as `read_records` does, or regions, as `read_regions` does.

    The file is opened once: what is read of a pipe cannot be read again.
    """
    with open_text(path, "FASTA or BED") as lines:
        first = [next(dropwhile(str.isspace, lines), "")]
        if first[0].lstrip().startswith(">"):
            yield from parse_records(path, chain(first, lines))
            return
        regions = _parse_bed(Path(path), chain(first, lines))
    yield from _cut(Path(path), regions, Path(genome), width, strands)


def _cut(
    path: Path, regions: Sequence[_Region], genome: Path, width: int, strands: int
) -> Iterator[tuple[str, np.ndarray]]:
    """The sequences of regions, see `read_regions`."""
    with _open_genome(genome) as fasta:
        lengths = {name: len(fasta[name]) for name in fasta.keys()}
        _check_places(path, genome, regions, lengths)
        windows = []
        for region in regions:
            start, end = region.start, region.end
            if width:
                start = region.summit - width // 2
                end = start + width
            windows.append((region.chromosome, start, end))
        if width and (middles := sum(not region.has_summit for region in regions)):
            warnings.warn(
                f"{middles} regions tell no summit, and were read around their middle", stacklevel=2
            )
        cut = [(c, max(start, 0), min(end, lengths[c])) for c, start, end in windows]
        if n_cut := sum(a != b for a, b in zip(windows, cut, strict=True)):
            warnings.warn(f"{n_cut} regions were cut at the end of a chromosome", stacklevel=2)
        if strands == 1 and (without := sum(region.strand == "." for region in regions)):
            warnings.warn(
                f"{without} regions have no strand (column 6), and were read on the forward one",
                stacklevel=2,
            )
        rows: list[np.ndarray] = [np.zeros(0, np.int8)] * len(cut)
        # In the genome's order, a compressed one is unpacked once.
        for n in sorted(range(len(cut)), key=cut.__getitem__):
            chromosome, start, end = cut[n]
            try:
                rows[n] = encode(_fetch(fasta[chromosome], start, end))
            except ValueError as error:
                raise ValueError(f"{genome}: {chromosome}:{start}-{end}: {error}") from None
    for region, (chromosome, start, end), row in zip(regions, cut, rows, strict=True):
        name = f"{chromosome}:{start}-{end}"
        if strands == 1:
            name += f"({region.strand})"
            row = reverse_complement(row) if region.strand == "-" else row
        yield name, row


def _parse_bed(path: Path, lines: Iterator[str]) -> list[_Region]:
    """The regions of a BED or narrowPeak file; a ValueError names the line that is none."""
    regions = []
    for number, line in enumerate(lines, start=1):
        cells = line.rstrip("\r\n").split("\t") if "\t" in line else line.split()
        if not line.strip() or line[0] == "#" or re.match(r"(track|browser)\b", line):
            continue
        if line[0] == ">":
            raise ValueError(
                f"{path} is FASTA, where no genome is needed; leave genome out, or give "
                "regions (BED or narrowPeak)"
            )
        where = f"{path}: line {number}"
        try:
            start, end = int(cells[1]), int(cells[2])
            offset = int(cells[9]) if len(cells) == _NARROWPEAK else -1
        except (ValueError, IndexError):
            raise ValueError(
                f"{where} is {line.strip()[:60]!r}; BED has chromosome, start and end first, "
                "separated by tabs, and narrowPeak the summit in column 10, in whole numbers"
            ) from None
        if not 0 <= start < end:
            raise ValueError(
                f"{where} starts at {start} and ends at {end}; in BED, the start counts from 0 "
                "and lies before the end"
            )
        if not -1 <= offset < end - start:
            raise ValueError(
                f"{where} has its summit {offset} nt from the start of {end - start} nt; in "
                "narrowPeak, column 10 counts from the region's start, and -1 means no summit"
            )
        summit = start + offset if offset >= 0 else (start + end) // 2
        strand = cells[5] if len(cells) > 5 and cells[5] in ("+", "-") else "."
        regions.append(_Region(number, cells[0], start, end, summit, strand, offset >= 0))
    if not regions:
        raise ValueError(f"{path} holds no regions; BED has one in each line")
    return regions


def _check_places(
    path: Path, genome: Path, regions: Sequence[_Region], lengths: dict[str, int]
) -> None:
    """Refuse regions that the genome does not have."""
    unknown = [region for region in regions if region.chromosome not in lengths]
    if unknown:
        name = unknown[0].chromosome
        other = name[3:] if name.startswith("chr") else f"chr{name}"
        remedy = f"it has {', '.join([*lengths][:3])} and so on; give the regions' own genome"
        if len(unknown) < len(regions):
            remedy = "leave these regions out, or give a genome that has them"
        if other in lengths:
            command = "s/^chr//" if other == name[3:] else "s/^/chr/"
            remedy = f"there it is {other!r}; rename it: sed '{command}' {path.name} > renamed.bed"
        raise ValueError(
            f"{path}: {len(unknown)} of {len(regions)} regions are on chromosomes that {genome} "
            f"does not have, such as {name!r} (line {unknown[0].line}); {remedy}"
        )
    for line, chromosome, start, end, *_ in regions:
        if end > lengths[chromosome]:
            raise ValueError(
                f"{path}: line {line}: {chromosome}:{start}-{end} ends beyond {chromosome}, which "
                f"has {lengths[chromosome]:,} nt in {genome}; give the regions' own assembly"
            )


def _fetch(chromosome: FastaRecord, start: int, end: int) -> str:
    try:
        return chromosome[start:end]
    except ValueError:
        # pyfaidx 0.9 cannot start where a block of bgzip does that follows a full one.
        if not start:
            raise
        return chromosome[start - 1 : end][1:]


def _open_genome(genome: Path) -> Fasta:
    """A genome with its index, which is made where there is none."""
    import pyfaidx  # a FASTA file of sequences does not need it

    if not genome.is_file():
        raise FileNotFoundError(f"{genome} is no file; check the path of the genome (FASTA)")
    packed = genome.suffix.lower() in (".gz", ".bgz")  # as pyfaidx tells
    with genome.open("rb") as file:
        magic = file.read(14)
    if magic[:2] == b"\x1f\x8b" and not (packed and magic[12:] == b"BC"):
        raise ValueError(
            f"{genome} is compressed in a way that no place in it can be read by itself; unpack it "
            "and compress it by bgzip: gunzip -c genome.fa.gz | bgzip > genome.bgzip.fa.gz"
        )
    state = genome.stat()
    beside = [Path(f"{genome}{suffix}") for suffix in (".fai", ".gzi")[: 1 + packed]]
    of = f"{genome.resolve()} {state.st_size} {state.st_mtime_ns}"
    folder = cache_folder() / "genomes" / hashlib.sha256(of.encode()).hexdigest()[:16]
    current = all(f.is_file() and f.stat().st_mtime >= state.st_mtime for f in beside)
    index = beside if current else [folder / path.name for path in beside]
    try:
        if not current and not folder.exists():
            _make_index(genome, folder)
        return pyfaidx.Fasta(genome, index[0], gzi_indexname=index[-1], as_raw=True, rebuild=False)
    except PermissionError:
        raise
    except Exception as error:  # pyfaidx has many kinds, for what is no FASTA file
        raise ValueError(
            f"{genome} cannot be used as a genome ({error}); give FASTA with lines of one length "
            "in each chromosome, and delete an index beside it that is not its own"
        ) from error


def _make_index(genome: Path, folder: Path) -> None:
    """Index a genome into a folder that is there once it is whole."""
    import pyfaidx

    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        sweep_folders(folder)
        new, release = own_folder(folder)
    except OSError as error:
        raise PermissionError(
            f"the index of {genome} cannot be kept in {folder.parent} ({error}); make it beside "
            "the genome, by samtools faidx, or set GRIMLIB_CACHE to a folder that can be written to"
        ) from error
    try:
        names = (str(new / f"{genome.name}{suffix}") for suffix in (".fai", ".gzi"))
        pyfaidx.Faidx(genome, next(names), gzi_indexname=next(names)).close()
        if not folder.exists():  # else another process was faster
            os.replace(new, folder)
    finally:
        shutil.rmtree(new, ignore_errors=True)
        release()
