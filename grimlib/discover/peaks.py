"""A user's own sequences: any lengths, checked, and what cannot be used set aside."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grimlib.motifs import unique_names
from grimlib.sequences import UNKNOWN, read_records

MIN_SEQUENCES = 20
FEW_SEQUENCES = 200
"""Below this, a note says what so few cannot show."""
MIN_KNOWN = 20
"""Fewest nucleotides A, C, G or T that a sequence needs: what a filter sees."""
MAX_LENGTH = 5_000

_PLACE = re.compile(
    r"(?P<chromosome>\S+):(?P<start>[0-9,]{1,20})-(?P<end>[0-9,]{1,20})"
    r"(?:\((?P<a>[+.*-])\)|:(?P<b>[+*-])|(?P<rc>/rc))?"
)
Place = tuple[str, int, int, bool]
"""Chromosome, start (from 0), end, and whether the record is the other strand."""


@dataclass(frozen=True, eq=False)
class Peaks:
    """Sequences of a FASTA file, padded to one length.

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
    """

    names: list[str]
    tokens: np.ndarray
    lengths: np.ndarray
    n_read: int
    dropped: dict[str, int]
    notes: list[str]

    @property
    def ids(self) -> list[str]:
        """An identifier of each: its name up to the first white space, numbered if it comes again.

        A record without a name is called ``record``.
        """
        return unique_names([(name.split() or ["record"])[0] for name in self.names])

    @property
    def places(self) -> list[Place | None]:
        """Where in a genome each record is, as far as its name tells (``chr1:1000-1400``)."""
        words = [(name.split() or [""])[0] for name in self.names]
        return [_genome_place(*record) for record in zip(words, self.lengths, strict=True)]

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


def _genome_place(name: str, length: int) -> Place | None:
    """The place that a name tells, as bedtools, samtools, the UCSC browser and GRanges write it."""
    found = _PLACE.fullmatch(name.rpartition("::")[2])  # bedtools getfasta -name+
    if not found:
        return None
    start, end = (int(found[key].replace(",", "") or 0) for key in ("start", "end"))
    # bedtools counts from 0 and leaves the end out, the others count from 1.
    start -= end - start + 1 == length
    if start < 0 or end - start != length:
        return None
    turned = "-" in (found["a"], found["b"]) or found["rc"] is not None
    return found["chromosome"], start, end, turned


def read_peaks(path: str | Path) -> Peaks:
    """Read the sequences to learn motifs from.

    Left out, and counted, are sequences of fewer than 20 known nucleotides, of more than 5,000 nt,
    with more unknown nucleotides than known ones, and repetitions of an earlier sequence: they
    would stand on both sides of the split into sequences to learn from and to test on.

    Parameters
    ----------
    path : str or Path
        A FASTA file or pipe, see `grimlib.sequences.read_records`.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not FASTA of DNA or RNA, or fewer than 20 sequences are left. The message
        names the file and the record.
    """
    names: list[str] = []
    rows: list[np.ndarray] = []
    seen: set[bytes] = set()
    dropped: Counter[str] = Counter()
    n_read = 0
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name, row in read_records(path):
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
            else:
                seen.add(digest)
                names.append(name)
                rows.append(row)

    if len(rows) < MIN_SEQUENCES:
        why = "".join(f"; {count} left out: {reason}" for reason, count in dropped.items())
        raise ValueError(
            f"{path} holds {n_read} sequences, of which {len(rows)} can be used{why}. "
            f"At least {MIN_SEQUENCES} are needed to learn motifs and to test them"
        )
    lengths = np.array([row.size for row in rows])
    tokens = np.full((len(rows), lengths.max()), UNKNOWN, dtype=np.int8)
    for padded, row in zip(tokens, rows, strict=True):
        padded[: row.size] = row
    notes = [str(warned.message).replace(str(path), Path(path).name) for warned in caught]
    peaks = Peaks(names, tokens, lengths, n_read, dict(dropped), notes)
    peaks.notes.extend(_notes(peaks))
    return peaks


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
