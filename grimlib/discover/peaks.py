"""A user's own sequences: any lengths, checked, and what cannot be used set aside."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grimlib.sequences import UNKNOWN, read_records

MIN_SEQUENCES = 200
MIN_KNOWN = 50
"""Fewest nucleotides A, C, G or T that a sequence needs: two pools of 25."""
MAX_LENGTH = 2_000


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
    """

    names: list[str]
    tokens: np.ndarray
    lengths: np.ndarray
    n_read: int
    dropped: dict[str, int]

    @property
    def ids(self) -> list[str]:
        """The identifiers: each name up to its first white space."""
        return [name.split()[0] for name in self.names]

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


def read_peaks(path: str | Path) -> Peaks:
    """Read the sequences to learn motifs from.

    Left out, and counted, are sequences of fewer than 50 known nucleotides, of more than 2,000 nt,
    with more unknown nucleotides than known ones, and repetitions of an earlier sequence: they
    would stand on both sides of the split into sequences to learn from and to test on.

    The file is FASTA, plain or gzipped.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If the file is not FASTA of DNA, a record has no name or the identifier of another one, or
        fewer than 200 sequences are left. The message names the file and the record.
    """
    names: list[str] = []
    rows: list[np.ndarray] = []
    record_of: dict[str, int] = {}
    seen: set[bytes] = set()
    dropped: Counter[str] = Counter()
    for number, (name, row) in enumerate(read_records(path), start=1):
        if not name.strip():
            raise ValueError(
                f"{path}: record {number} has no name, and sites are reported by name; write one "
                "behind its '>'"
            )
        identifier = name.split()[0]
        if identifier in record_of:
            raise ValueError(
                f"{path}: records {record_of[identifier]} and {number} are both named "
                f"{identifier[:60]!r}, and sites are reported by name; give each its own"
            )
        record_of[identifier] = number
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
            f"{path} holds {len(record_of)} sequences, of which {len(rows)} can be used{why}. "
            f"At least {MIN_SEQUENCES} are needed to learn motifs and to test them"
        )
    lengths = np.array([row.size for row in rows])
    tokens = np.full((len(rows), lengths.max()), UNKNOWN, dtype=np.int8)
    for padded, row in zip(tokens, rows, strict=True):
        padded[: row.size] = row
    return Peaks(names, tokens, lengths, len(record_of), dict(dropped))
