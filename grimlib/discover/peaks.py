"""A user's own sequences: any lengths, checked, and what cannot be used set aside."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from grimlib._checks import check_integer
from grimlib.discover.regions import PEAK_WIDTH, read_either, read_regions
from grimlib.motifs import unique_names
from grimlib.sequences import UNKNOWN, read_records

MIN_SEQUENCES = 20
FEW_SEQUENCES = 200
"""Below this, a note says what so few cannot show."""
MIN_KNOWN = 20
"""Fewest nucleotides A, C, G or T that a sequence needs: what a filter sees."""
MAX_LENGTH = 5_000
MIN_CONTROL = 100
"""Sequences of a control that the longest sequence needs to be compared with. A fifth of them is
tested on; fewer than twenty could hardly show that anything is enriched."""

_PLACE = re.compile(
    r"(?P<chromosome>\S+):(?P<start>[0-9,]{1,20})-(?P<end>[0-9,]{1,20})"
    r"(?:\((?P<a>[+.*-])\)|:(?P<b>[+*-])|(?P<rc>/rc))?"
)
Place = tuple[str, int, int, bool]
"""Chromosome, start (from 0), end, and whether the record is the other strand."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Sequences of a FASTA file or of regions, padded to one length.

    Attributes
    ----------
    names : list of str
        The header of each sequence, without the ``>``.
    tokens : np.ndarray, shape (N, L), int8
        L is the longest sequence's length; shorter ones end in ``UNKNOWN``, which is an all-zero
        column once it is one-hot.
    lengths : np.ndarray, shape (N,), int64
        In nucleotides, without the padding.
    n_read : int
        Sequences in the file.
    dropped : dict of str to int
        How many sequences were left out, by reason.
    notes : list of str
        What was read in another way than the file has it, in sentences.
    control : np.ndarray or None, shape (M, L'), int8
        Sequences to compare with, padded likewise. None, the default, stands for shuffles.
    given : dict of str to str or int
        What was read beside the file: the name of the ``"genome"`` and the ``"peak_width"``, the
        name of the ``"control"``.
    """

    names: list[str]
    tokens: np.ndarray
    lengths: np.ndarray
    n_read: int
    dropped: dict[str, int]
    notes: list[str]
    control: np.ndarray | None = None
    given: dict[str, str | int] = field(default_factory=dict)

    @property
    def against(self) -> str:
        """What the sequences are compared with, in words."""
        if self.control is None:
            return "their dinucleotide shuffles"
        return f"{len(self.control):,} sequences of {self.given['control']}"

    @property
    def ids(self) -> list[str]:
        """An identifier of each: its name up to the first white space, numbered if it comes again.

        A record without a name is called ``record``.
        """
        return unique_names([(name.split() or ["record"])[0] for name in self.names])

    @property
    def places(self) -> list[Place | None]:
        """Where in a genome each record is, as far as its name tells (``chr1:1000-1400``)."""
        return [_genome_place(*record) for record in zip(self.names, self.lengths, strict=True)]

    @property
    def unknown(self) -> int:
        """How many characters of the sequences kept are not A, C, G or T."""
        return int((self.tokens == UNKNOWN).sum() - (self.tokens.shape[1] - self.lengths).sum())

    @property
    def fingerprint(self) -> str:
        """Hash of names and sequences."""
        digest = hashlib.sha256(self.tokens)
        digest.update("\n".join(self.names).encode())
        return digest.hexdigest()[:16]


def _genome_place(header: str, length: int) -> Place | None:
    """The place that a header tells, as bedtools, samtools, the UCSC browser and GRanges write it.

    It is the first word, or the one behind ``range=`` (UCSC's tables, with ``strand=``).
    """
    first, *others = header.split() or [""]
    told = dict(word.split("=", 1) for word in others if "=" in word)
    name, strand = first, None
    if "range" in told:
        name, strand = told["range"], told.get("strand")
    found = _PLACE.fullmatch(name.rpartition("::")[2])  # bedtools getfasta -name+
    if not found:
        return None
    start, end = (int(found[key].replace(",", "") or 0) for key in ("start", "end"))
    # bedtools counts from 0 and leaves the end out, the others count from 1.
    start -= end - start + 1 == length
    if start < 0 or end - start != length:
        return None
    turned = "-" in (found["a"], found["b"], strand) or found["rc"] is not None
    return found["chromosome"], start, end, turned


def read_peaks(
    path: str | Path,
    genome: str | Path | None = None,
    peak_width: int = PEAK_WIDTH,
    control: str | Path | None = None,
    strands: int = 2,
) -> Peaks:
    """Read the sequences to learn motifs from, and those to compare them with.

    Left out, and counted, are sequences of fewer than 20 known nucleotides, of more than 5,000 nt,
    with more unknown nucleotides than known ones, and repetitions of an earlier sequence: they
    would stand on both sides of the split into sequences to learn from and to test on. With a
    control, so are sequences that fewer than 100 of the control are as long as.

    Parameters
    ----------
    path : str or Path
        A FASTA file or pipe, see `grimlib.sequences.read_records`; or regions of `genome`, see
        `read_regions`.
    genome : str or Path, optional
        FASTA, plain or compressed by bgzip. Default is none: `path` is FASTA.
    peak_width : int
        Nucleotides around each summit or middle; 0: the regions as they are. Default is 200.
    control : str or Path, optional
        FASTA, or regions of `genome` read in the same way. Default is none: sequences are compared
        with their own shuffles.
    strands : {1, 2}
        Whether the strand of regions counts. Default is 2: it does not.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If a file cannot be used: it is not FASTA of DNA or RNA, or of no regions of the genome;
        fewer than 20 sequences are left, or fewer than 100 of the control; or the control is so
        short that more than half of the sequences would be left out. The message names the file
        and the record.
    """
    if genome and peak_width:
        check_integer("peak_width", peak_width, MIN_KNOWN, MAX_LENGTH)
    others, longest = None, MAX_LENGTH
    if control:
        records = read_records(control)
        if genome:
            records = read_either(control, genome, peak_width, strands)
        others = _read(control, records, MIN_CONTROL)
        longest = int(np.sort(others.lengths)[-MIN_CONTROL])
    records = read_records(path)
    if genome:
        records = read_regions(path, genome, peak_width, strands)
    peaks = _read(path, records, MIN_SEQUENCES, longest)
    if genome:
        peaks.given.update(genome=Path(genome).name, peak_width=int(peak_width))
    elif peak_width != PEAK_WIDTH:
        peaks.notes.append(f"peak_width is for regions of a genome; {peak_width} has no effect")
    peaks.notes.extend(_notes(peaks))
    if others is None:
        return peaks
    name = Path(control).name
    peaks.given["control"] = name
    peaks.notes.extend(f"{name}: {note}" for note in others.notes)
    left_out = (f"{count:,} left out, {reason}" for reason, count in others.dropped.items())
    peaks.notes.extend(f"{name}: {note}" for note in left_out)
    return replace(peaks, control=others.tokens)


def _read(
    path: str | Path,
    records: Iterable[tuple[str, np.ndarray]],
    fewest: int,
    longest: int = MAX_LENGTH,
) -> Peaks:
    """The sequences of one file that can be used, if there are `fewest` or more."""
    names: list[str] = []
    rows: list[np.ndarray] = []
    seen: set[bytes] = set()
    dropped: Counter[str] = Counter()
    n_read = 0
    unmatched = f"longer than {longest:,} nt, as fewer than {MIN_CONTROL} of the control are"
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name, row in records:
            n_read += 1
            known = int((row != UNKNOWN).sum())
            digest = hashlib.blake2b(row, digest_size=16).digest()
            if row.size > MAX_LENGTH:
                dropped[f"longer than {MAX_LENGTH:,} nt"] += 1
            elif known < MIN_KNOWN:
                dropped[f"fewer than {MIN_KNOWN} known nucleotides"] += 1
            elif known < row.size / 2:
                dropped["more unknown than known nucleotides"] += 1
            elif digest in seen:
                dropped["same as an earlier sequence"] += 1
            elif row.size > longest:
                dropped[unmatched] += 1
            else:
                seen.add(digest)
                names.append(name)
                rows.append(row)

    why = "".join(f"; {count} left out: {reason}" for reason, count in dropped.items())
    if dropped[unmatched] > len(rows):
        raise ValueError(
            f"{path} holds {n_read} sequences{why}. Give a control of longer sequences, or cut "
            f"these to {longest} nt"
        )
    if len(rows) < fewest:
        raise ValueError(
            f"{path} holds {n_read} sequences, of which {len(rows)} can be used{why}. At least "
            f"{fewest} are needed to learn motifs "
            + ("and to test them" if fewest == MIN_SEQUENCES else "against them, as a control")
        )
    lengths = np.array([row.size for row in rows])
    tokens = np.full((len(rows), lengths.max()), UNKNOWN, dtype=np.int8)
    for padded, row in zip(tokens, rows, strict=True):
        padded[: row.size] = row
    notes = [str(warned.message).replace(str(path), Path(path).name) for warned in caught]
    return Peaks(names, tokens, lengths, n_read, dict(dropped), notes)


def _notes(peaks: Peaks) -> list[str]:
    """What the reader of the results has to know about names, numbers and lengths."""
    notes = []
    first_words = [(name.split() or [""])[0] for name in peaks.names]
    if again := sum(a != b for a, b in zip(first_words, peaks.ids, strict=True)):
        notes.append(f"{again} identifiers were missing or came again, and have a number (as x_2)")
    if len(peaks.names) < FEW_SEQUENCES:
        notes.append(
            f"{len(peaks.names)} sequences show motifs only that a large part of them has; "
            "that a motif is not found says little"
        )
    if short := int((peaks.lengths < 50).sum()):
        notes.append(f"{short} sequences are shorter than 50 nt: there is little beside the motif")
    longest = int(peaks.lengths.max())
    if longest < 50:
        notes.append(f"with {longest} nt at most, a filter's highest score is taken of each half")
    padding = 1 - peaks.lengths.sum() / peaks.tokens.size
    if padding > 0.5:
        notes.append(
            f"the longest sequence has {longest:,} nt, so {padding:.0%} of what is trained on is "
            "padding; sequences of like lengths train faster"
        )
    return notes
