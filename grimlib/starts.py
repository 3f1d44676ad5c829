"""Words that sequences hold more often than their shuffles do: what filters may start from."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache

import numpy as np
import pandas as pd
from numba import njit
from scipy.special import xlogy

from grimlib._checks import FILTER_WIDTH, check_integer
from grimlib.sequences import (
    ALPHABET,
    decode,
    dinucleotide_shuffle,
    encode,
    one_hot,
    reverse_complement,
)

WORD = 8
"""Letters of the words that are counted."""

_EVALUE = 0.01
_N_WORDS = 4**WORD
# The number of AAAAAAAA, a repeat: never chosen, and never within a mismatch of what is.
_NONE = 0


def choose_words(
    tokens: np.ndarray, n: int, seed: int = 0, strands: int = 1, control: np.ndarray | None = None
) -> pd.DataFrame:
    r"""Choose words of 8 letters that sequences hold more often than their shuffles do.

    A word is held by :math:`A` of the sequences and by :math:`B` of their dinucleotide shuffles,
    :math:`k` of each. Under the null hypothesis, that a sequence is as one of its shuffles, it is
    any of the :math:`k + 1` with the same chance. Given :math:`A + B`, :math:`A` is then no more
    spread than a binomial variable of probability :math:`1 / (k + 1)`, so that (Hoeffding, JASA
    58:13, 1963, theorems 1 and 4)

    .. math:: p \le \exp\left(-A \log\frac{(k + 1) A}{A + B}
              - B \log\frac{(k + 1) B}{k (A + B)}\right).

    Nothing is assumed of the word: one that overlaps itself counts once a sequence as well. The
    bound times the number of words is the E-value. The word of the smallest one is taken, and its
    occurrences with up to one mismatch are masked, in sequences and shuffles: no other word has a
    letter of theirs. All are counted again, until there are `n` or no E-value is 0.01 or less.

    Repeats are left out, as shuffles do not keep them: words that one substitution or none makes
    periodic, with a period of up to three letters (``AAAAAAAA``, ``TATATACA``, ``CAGCAGCA``).

    Parameters
    ----------
    tokens : np.ndarray, shape (N, L)
        No sequence more than once. An unknown nucleotide is in no word.
    n : int
        How many words to choose, at most.
    seed : int
        Of the shuffles; it gives the same words on every machine. Default is 0.
    strands : {1, 2}
        With 2, a word and its reverse complement are one, which has the name of the first of them
        in the alphabet. Default is 1.
    control : np.ndarray, shape (k N, L), optional
        What stands in place of shuffles: as long, k for each. Default is shuffles.

    Returns
    -------
    pandas.DataFrame
        One row a word, as they were chosen: ``word``, ``sequences`` (A), ``expected`` (B / k) and
        ``log10 E-value``.

    Raises
    ------
    ValueError
        If there is no sequence, or none as long as a word, or something else is not as said here.

    Warns
    -----
    UserWarning
        If fewer than `n` words are enriched.
    """
    check_integer("n", n, 1)
    check_integer("seed", seed, 0)
    check_integer("strands", strands, 1, highest=2)
    if np.ndim(tokens) != 2 or not len(tokens) or np.shape(tokens)[1] < WORD:
        raise ValueError(
            f"tokens must have shape (N, L), N above 0 and L at least {WORD}, not "
            f"{np.shape(tokens)}"
        )
    N, L = tokens.shape
    # Four shuffles are enough of many sequences; of few, more of them let a rare word stand out.
    k = max(4, min(20, 50_000 // N)) if control is None else len(control) // N
    letters, number_of, candidates = _dictionary(strands)
    words = np.empty(((k + 1) * N, L - WORD + 1), dtype=np.uint16)
    rng = np.random.default_rng([seed, 0, 3])
    for i in range(N, len(words), N):
        others = dinucleotide_shuffle(tokens, rng) if control is None else control[i - N : i]
        _read(words[i : i + N], others, number_of)
    _read(words[:N], np.ascontiguousarray(tokens, dtype=np.int8), number_of)
    counts, first, rows = _index(words, N)

    m_log_m = xlogy(np.arange(len(words) + 1), np.arange(len(words) + 1))
    log_n_words = np.log(candidates.sum())
    chosen = []
    while len(chosen) < n:
        a, b = counts
        log_p = m_log_m[a + b] - m_log_m[a] - m_log_m[b] - a * np.log(k + 1) - b * np.log(1 + 1 / k)
        log_evalue = np.where(candidates & (k * a > b), log_p, 0) + log_n_words
        word = int(log_evalue.argmin())
        if log_evalue[word] > np.log(_EVALUE):
            break
        chosen.append((decode(letters[word]), a[word], b[word] / k, log_evalue[word] / np.log(10)))
        near = np.zeros(_N_WORDS, dtype=bool)
        near[number_of[word ^ (np.arange(4)[:, None] << 2 * np.arange(WORD))]] = True
        holders = [rows[first[one] : first[one + 1]] for one in np.flatnonzero(near)]
        _mask(words, counts, N, np.unique(np.concatenate(holders)), near)
    if len(chosen) < n:
        warnings.warn(
            f"{len(chosen)} words are enriched in these {N:,} sequences, not {n}: other filters "
            "start as usual",
            stacklevel=2,
        )
    return pd.DataFrame(chosen, columns=["word", "sequences", "expected", "log10 E-value"])


def write_words(kernel: np.ndarray, words: Sequence[str]) -> np.ndarray:
    """Write words into the random weights of filters, one each; the others stay as they are.

    In the middle of a filter, its word is added to the random weights: twice their standard
    deviation at the letter, and minus two thirds of it at the three others, which sum to zero.
    The flanks become zero: from random ones, a strong motif beside the word's would take over.

    Parameters
    ----------
    kernel : np.ndarray, shape (19, 4, d)
    words : sequence of str
        In ``ACGT``, of 19 letters at most, and no more than there are filters; such as the column
        ``word`` of `choose_words`.

    Returns
    -------
    np.ndarray, shape (19, 4, d)

    Raises
    ------
    ValueError
        If there are more words than filters, or a word is not as said here.
    """
    kernel = np.array(kernel)
    if len(words) > kernel.shape[-1]:
        raise ValueError(f"{len(words)} words are too many for {kernel.shape[-1]} filters")
    spread = kernel.std()
    for unit, word in enumerate(words):
        if not 0 < len(word) <= FILTER_WIDTH or set(word) - set(ALPHABET):
            raise ValueError(f"{word!r} is not a word of 1 to {FILTER_WIDTH} letters {ALPHABET}")
        start = (FILTER_WIDTH - len(word)) // 2
        middle = slice(start, start + len(word))
        written = kernel[middle, :, unit] + spread * (8 * one_hot(encode(word)) - 2) / 3
        kernel[:, :, unit] = 0
        kernel[middle, :, unit] = written
    return kernel


@cache
def _dictionary(strands: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """All words, in the order of the alphabet.

    Their letters (65536, 8); the number of each, with two strands the smaller one of it and its
    reverse complement; and which may be chosen.
    """
    powers = 4 ** np.arange(WORD)[::-1]
    number_of = np.arange(_N_WORDS)
    by_position = (number_of // powers[:, None] % 4).astype(np.int8)
    is_letter = by_position == np.arange(4, dtype=np.int8)[:, None, None]  # (4, 8, 65536)
    letters = by_position.T
    repeats = np.zeros(_N_WORDS, dtype=bool)
    for period in (1, 2, 3):
        phases = [is_letter[:, phase::period].sum(axis=1, dtype=np.int8) for phase in range(period)]
        repeats |= sum(counts.max(axis=0) for counts in phases) >= WORD - 1
    if strands == 2:
        number_of = np.minimum(number_of, reverse_complement(letters) @ powers)
    candidates = (number_of == np.arange(_N_WORDS)) & ~repeats
    return letters, number_of.astype(np.uint16), candidates


@njit(cache=True)
def _read(words: np.ndarray, tokens: np.ndarray, number_of: np.ndarray) -> None:
    """Put the number of the word that starts at each position of (N, L) into (N, L - 7)."""
    for n in range(len(tokens)):
        code, known = 0, 0
        for i in range(tokens.shape[1]):
            letter = tokens[n, i]
            known = known + 1 if letter < 4 else 0
            code = (4 * code + letter) % _N_WORDS
            if i >= WORD - 1:
                words[n, i - WORD + 1] = number_of[code] if known >= WORD else _NONE


@njit(cache=True)
def _index(words: np.ndarray, N: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """How many of the first N rows and of the others hold each word, (2, 65536), and which rows.

    Those that hold word w are ``rows[first[w] : first[w + 1]]``.
    """
    counts = np.zeros((2, _N_WORDS), dtype=np.int64)
    latest = np.full(_N_WORDS, -1)
    for row in range(len(words)):
        for word in words[row]:
            if latest[word] != row:
                latest[word] = row
                counts[int(row >= N), word] += 1
    counts[:, _NONE] = 0
    first = np.zeros(_N_WORDS + 1, dtype=np.int64)
    first[1:] = np.cumsum(counts[0] + counts[1])
    rows = np.empty(first[-1], dtype=np.int32)
    free = first[:-1].copy()
    for row in range(len(words)):
        for word in words[row]:
            if word != _NONE and (free[word] == first[word] or rows[free[word] - 1] != row):
                rows[free[word]] = row
                free[word] += 1
    return counts, first, rows


@njit(cache=True)
def _mask(
    words: np.ndarray, counts: np.ndarray, N: int, rows: np.ndarray, near: np.ndarray
) -> None:
    """In some rows, take all words away that share a letter with one that is `near`."""
    P = words.shape[1]
    starts = np.empty(P, dtype=np.int64)
    for row in rows:
        held = words[row]
        found = 0
        for at in range(P):
            if near[held[at]]:
                starts[found] = at
                found += 1
        for start in starts[:found]:
            for at in range(max(start - WORD + 1, 0), min(start + WORD, P)):
                word = held[at]
                if word == _NONE:
                    continue
                held[at] = _NONE
                others = 0  # in a loop that the compiler can do for many places at once
                for i in range(P):
                    others += held[i] == word
                if not others:
                    counts[int(row >= N), word] -= 1
