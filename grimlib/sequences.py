"""DNA as arrays: tokens, one-hot arrays, FASTA files and the dinucleotide shuffle.

Whatever takes tokens raises a ValueError if they are not integers from 0 to 4, or their shape is
another than said.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from Bio.SeqIO.FastaIO import SimpleFastaParser
from numba import njit

from grimlib._files import open_text

ALPHABET = "ACGT"
UNKNOWN = 4

_AMBIGUOUS = "NRYSWKMBDHVX"  # IUPAC codes for "one of several nucleotides"; X masks, as N does
_INVALID = 255
_TOKEN_OF_BYTE = np.full(256, _INVALID, dtype=np.uint8)
for _token, _letters in enumerate(("A", "C", "G", "TU", _AMBIGUOUS)):
    _TOKEN_OF_BYTE[list((_letters + _letters.lower()).encode())] = _token


def encode(sequence: str) -> np.ndarray:
    """Turn a DNA string, in either case, into tokens of shape (L,), int8.

    A, C, G, T = 0, 1, 2, 3. U is read as T. IUPAC ambiguity codes (N, R, Y, S, W, K, M, B, D, H,
    V) and X become ``UNKNOWN``, 4. A ValueError names any other character and its position.
    """
    # A character outside Latin-1 becomes "?", so one byte still stands for one character.
    codes = _TOKEN_OF_BYTE[np.frombuffer(sequence.encode("latin-1", "replace"), np.uint8)]
    wrong = np.flatnonzero(codes == _INVALID)
    if wrong.size:
        position = int(wrong[0])
        remedy = f"use {ALPHABET}, or the IUPAC codes {_AMBIGUOUS} where a nucleotide is not known"
        if sequence[position] in "-.*":
            remedy = "remove gaps and stops: seqkit seq --remove-gaps --gap-letters '-.*'"
        elif sequence[position] in "0123456789\t":  # as in GenBank's records
            remedy = "remove numbers and tabs: sed '/^>/! s/[0-9[:space:]]//g'"
        raise ValueError(f"{sequence[position]!r} at position {position + 1} is not DNA; {remedy}")
    return codes.astype(np.int8)


def decode(tokens: np.ndarray) -> str:
    """Turn tokens, shape (L,), back into a string in upper case, with N for unknown."""
    tokens = _as_tokens(tokens)
    if tokens.ndim != 1:
        raise ValueError(f"decode takes one sequence of shape (L,), not shape {tokens.shape}")
    return np.frombuffer(b"ACGTN", np.uint8)[tokens].tobytes().decode("ascii")


def one_hot(tokens: np.ndarray) -> np.ndarray:
    """One-hot encode tokens, shape (..., L), as float32 of shape (..., L, 4).

    Channels are in the order ``ACGT``; all zero where the token is ``UNKNOWN``.
    """
    return np.eye(5, 4, dtype=np.float32)[_as_tokens(tokens)]


def _as_tokens(tokens: np.ndarray) -> np.ndarray:
    """An array as int8, if it holds tokens."""
    tokens = np.asarray(tokens)
    if tokens.dtype.kind not in "iu":
        raise ValueError(
            f"tokens must be integers, not {tokens.dtype} (shape {tokens.shape}); "
            "make them with encode() or read_fasta()"
        )
    if tokens.size and (tokens.min() < 0 or tokens.max() > UNKNOWN):
        wrong = tokens[(tokens < 0) | (tokens > UNKNOWN)].flat[0]
        raise ValueError(
            f"{wrong} is not a token; tokens are 0 to 3 for {ALPHABET} and {UNKNOWN} for unknown"
        )
    return tokens.astype(np.int8, copy=False)


def reverse_complement(tokens: np.ndarray) -> np.ndarray:
    """The other strand of tokens, shape (..., L), read in its own direction; int8."""
    complement = np.array([3, 2, 1, 0, UNKNOWN], dtype=np.int8)
    return complement[_as_tokens(tokens)[..., ::-1]]


@dataclass(frozen=True, eq=False)
class Fasta:
    """Sequences of one length, read from a FASTA file.

    The headers are `names`, without the ``>``; `tokens` has the shape (N, L), int8; `unknown` is
    how many characters in the whole file were N or another ambiguity code.
    """

    names: list[str]
    tokens: np.ndarray
    unknown: int


def read_fasta(path: str | Path, min_length: int = 1) -> Fasta:
    """Read DNA sequences of one length, of `min_length` nucleotides at least, from a FASTA file.

    Raises
    ------
    FileNotFoundError, ValueError
        As `read_records`; also if a record is shorter, or differs in length from the first.
    """
    names, rows = [], []
    for number, (name, row) in enumerate(read_records(path), start=1):
        record = f"{path}: record {number} ({name[:60]!r})"
        if rows and row.size != rows[0].size:
            raise ValueError(
                f"{record} has {row.size} nt but record 1 ({names[0][:60]!r}) has "
                f"{rows[0].size} nt; cut all sequences to one length or pad them with N"
            )
        if row.size < min_length:
            raise ValueError(
                f"{record} has {row.size} nt; at least {min_length} nt are needed, "
                "so use longer sequences"
            )
        names.append(name)
        rows.append(row)
    tokens = np.stack(rows)
    return Fasta(names, tokens, int((tokens == UNKNOWN).sum()))


def read_records(path: str | Path) -> Iterator[tuple[str, np.ndarray]]:
    """Read DNA sequences of any lengths from a FASTA file, one by one.

    The file, or pipe, is plain or compressed by gzip, bgzip, bzip2 or xz. Where it holds RNA, a
    warning says so. Yields the header without the ``>``, and tokens of shape (L,), int8.

    Raises
    ------
    FileNotFoundError, ValueError
        If there is no such file; if it is empty, binary, damaged, an archive, or has text before
        its first header; if a record, which the message names, has no sequence or is not DNA.
    """
    with open_text(path, "FASTA") as lines:
        yield from parse_records(path, lines)


def parse_records(path: str | Path, lines: Iterator[str]) -> Iterator[tuple[str, np.ndarray]]:
    """The records in the lines of a FASTA file; `path` is for the messages, see `read_records`."""
    start = next((line.lstrip() for line in lines if line.strip()), "")
    if not start:
        raise ValueError(f"{path} is empty; a FASTA file holds records of '>name' and sequence")
    if start[0] != ">":
        # SimpleFastaParser would silently skip everything up to the first header.
        raise ValueError(
            f"{path} starts with {start.rstrip()[:40]!r}, not with a '>' header; "
            "put a line such as '>name' before each sequence (regions need a genome)"
        )
    records, rna = SimpleFastaParser(chain([start], lines)), False
    for number, (name, sequence) in enumerate(records, start=1):
        record = f"{path}: record {number} ({name[:60]!r})"
        if not sequence:
            raise ValueError(f"{record} has no sequence; remove it or add its sequence")
        try:
            tokens = encode(sequence)
        except ValueError as error:
            raise ValueError(f"{record}: {error}") from None
        if not rna and (rna := "U" in sequence or "u" in sequence):
            warnings.warn(
                f"{record} is RNA; U is read as T (RNA has one strand: choose strands=1)",
                stacklevel=2,
            )
        yield name, tokens


def dinucleotide_shuffle(tokens: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Shuffle sequences, keeping the number of each dinucleotide; int8, in the same shape.

    The method is exact (Altschul & Erickson, Mol. Biol. Evol. 2:526, 1985). A sequence is a walk
    that uses each of its dinucleotides once, as edges of a graph whose vertices are the
    nucleotides. A walk is drawn in two steps: the edge by which each nucleotide is left for the
    last time, a random spanning tree into the last nucleotide; then a random order of the other
    edges. Every sequence with the same dinucleotide counts, first and last nucleotide is equally
    likely. The tree is drawn by Wilson's algorithm (STOC 1996, 296) rather than by rejection,
    which is slow where long homopolymers make good trees rare.

    Parameters
    ----------
    tokens : np.ndarray, shape (L,) or (N, L)
        Unknown nucleotides stay where they are; each stretch between them is shuffled by itself.
    rng : np.random.Generator
        Advanced by one 64-bit draw a sequence; one state gives one shuffle on every machine.
    """
    tokens = _as_tokens(tokens)
    if tokens.ndim not in (1, 2):
        raise ValueError(
            f"tokens must have shape (L,) or (N, L), not {tokens.shape}; "
            "shuffle tokens, not one-hot arrays"
        )
    batch = np.ascontiguousarray(np.atleast_2d(tokens))
    seeds = rng.integers(0, 2**64, size=len(batch), dtype=np.uint64)
    shuffled = batch.copy()
    _shuffle_batch(shuffled, seeds)
    return shuffled.reshape(tokens.shape)


@njit(nogil=True, cache=True)
def _shuffle_batch(batch: np.ndarray, seeds: np.ndarray) -> None:
    """Shuffle each row of (N, L) int8 tokens in place, between its unknown nucleotides."""
    N, L = batch.shape
    edges = np.empty(L, dtype=np.int8)
    state = np.empty(1, dtype=np.uint64)
    for n in range(N):
        state[0] = seeds[n]
        start = 0
        for stop in range(L + 1):
            if stop == L or batch[n, stop] >= 4:
                # A walk of up to two edges has no other order.
                if stop - start > 3:
                    _shuffle_stretch(batch[n, start:stop], edges, state)
                start = stop + 1


@njit(nogil=True, cache=True)
def _shuffle_stretch(walk: np.ndarray, edges: np.ndarray, state: np.ndarray) -> None:
    """Shuffle one stretch of ACGT in place. `edges` is scratch space as long as the stretch."""
    # The successors of nucleotide v are edges[first[v]:first[v + 1]].
    L = len(walk)
    first = np.zeros(5, dtype=np.int64)
    for i in range(L - 1):
        first[walk[i] + 1] += 1
    for v in range(4):
        first[v + 1] += first[v]
    next_edge = first[:4].copy()
    for i in range(L - 1):
        edges[next_edge[walk[i]]] = walk[i + 1]
        next_edge[walk[i]] += 1

    # Wilson's algorithm: from each nucleotide outside the tree, walk at random until the
    # tree is met, remembering only the latest exit from each nucleotide (which erases loops).
    root = walk[L - 1]
    last_exit = np.empty(4, dtype=np.int64)
    in_tree = np.zeros(4, dtype=np.bool_)
    in_tree[root] = True
    for v in range(4):
        if first[v] == first[v + 1]:
            continue
        u = v
        while not in_tree[u]:
            last_exit[u] = first[u] + _below(first[u + 1] - first[u], state)
            u = edges[last_exit[u]]
        u = v
        while not in_tree[u]:
            in_tree[u] = True
            u = edges[last_exit[u]]

    # The last exit goes to the end of its nucleotide's successors; the others are shuffled.
    for v in range(4):
        stop = first[v + 1]
        if v != root and stop > first[v]:
            stop -= 1
            edges[last_exit[v]], edges[stop] = edges[stop], edges[last_exit[v]]
        for i in range(stop - first[v] - 1, 0, -1):
            a = first[v] + i
            b = first[v] + _below(i + 1, state)
            edges[a], edges[b] = edges[b], edges[a]

    v = walk[0]
    for i in range(1, L):
        edge = first[v]
        first[v] += 1
        v = edges[edge]
        walk[i] = v


@njit(nogil=True, cache=True)
def _below(n: int, state: np.ndarray) -> int:
    """A uniform integer from 0 to n - 1, for n < 2**32, by Lemire's unbiased method."""
    # Mixing signed and unsigned integers would give floats in numba, hence the casts.
    bound = np.uint64(n)
    product = _next32(state) * bound
    low = product & np.uint64(0xFFFFFFFF)
    if low < bound:
        threshold = (np.uint64(0x100000000) - bound) % bound
        while low < threshold:
            product = _next32(state) * bound
            low = product & np.uint64(0xFFFFFFFF)
    return np.int64(product >> np.uint64(32))


@njit(nogil=True, cache=True)
def _next32(state: np.ndarray) -> np.uint64:
    """Advance a SplitMix64 generator and return 32 random bits (as uint64)."""
    state[0] += np.uint64(0x9E3779B97F4A7C15)
    z = state[0]
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return (z ^ (z >> np.uint64(31))) >> np.uint64(32)
