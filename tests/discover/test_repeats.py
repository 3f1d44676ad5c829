"""Simple repeats and mobile elements are told from the motifs of factors."""

import numpy as np
import pytest

from grimlib.discover.repeats import is_simple, repeat_kind, share_in_copies
from grimlib.motifs import load_jaspar
from grimlib.sequences import encode, reverse_complement


def ppm_of(word, purity=0.85):
    """Capital letters as pure as said; small ones at 0.4, which tells next to nothing."""
    letters = encode(word.upper())
    share = np.array([purity if letter.isupper() else 0.4 for letter in word])
    ppm = np.repeat((1 - share)[:, None] / 3, 4, axis=1)
    ppm[np.arange(len(word)), letters] = share
    return ppm


@pytest.mark.parametrize(
    "word",
    [
        "AAAAAAAA",
        "TTTTTTTTTTTTTTTTTTTT",
        "AAAAAAGAAAAA",
        "AAAAAGGAAAAA",
        "AaAAAgAaAAAAgAAA",
        "CACACACACA",
        "TATATATATATATA",
        "GGAGGAGGAGGA",
        "CCGCCGCCGCaG",
        "ccTAAAAAAAAAAAAAAgc",
        "CTTTATTTTTAAAAAAAATTTATC",  # A and T, for longer than in any factor's motif
        "AATTATAGTATTAATATTG",
        "GCTGCCGCCGCCGCTGCCGCCG",  # (GCC)n, of which two of 22 are another letter
    ],
)
def test_simple_repeats(word):
    assert is_simple(ppm_of(word))
    assert is_simple(ppm_of(word)[::-1, ::-1])


@pytest.mark.parametrize(
    "word",
    [
        "GCCCCGCCCCC",  # SP1
        "GTAAACAAA",  # FOX
        "AAAAAAAGTAAACAAAAAAA",
        "CACGTG",
        "TGACGTCA",
        "AGATAAGA",
        "CCATATATGG",
        "GAAACGAAACT",
        "TATAAAAG",
        "TGTAAATA",
        "AAAAA",  # too short to say
        "ATTTTAAAATTTAAA",  # TSO1 of Arabidopsis, the longest of A and T alone
        "AATTATAGTAGTTAATATT",
        "GCTGCAGCCGCTGCTGCCGCCG",
        "aaaaaaaaaaaa",
    ],
)
def test_motifs_of_factors_are_not(word):
    assert not is_simple(ppm_of(word))


def test_of_jaspar_next_to_none_is():
    """519 motifs; ZNF263's is (GGA)n."""
    simple = [motif.alt for motif in load_jaspar() if is_simple(motif.ppm)]
    assert "ZNF263" in simple and len(simple) <= 5, simple


def sequences(flank, share=0.3, n=300):
    """A motif in some sequences; `flank` nucleotides on either side of it are always the same."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (n, 90), dtype=np.int8)
    element = rng.integers(0, 4, 60, dtype=np.int8)
    element[24:36] = encode("TGACCTAAGTGA")
    piece = element[24 - flank : 36 + flank]
    for i in np.flatnonzero(rng.random(n) < share):
        start = rng.integers(0, 90 - len(piece))
        tokens[i, start : start + len(piece)] = piece
        if rng.random() < 0.5:
            tokens[i] = reverse_complement(tokens[i])
    return tokens


def test_a_mobile_element_is_told_by_what_lies_beside():
    motif = ppm_of("TGACCTAAGTGA")
    for flank, kind in ((0, ""), (2, ""), (20, "part of a longer repeat")):
        assert repeat_kind(motif, sequences(flank), 90) == kind
    assert share_in_copies(motif, sequences(0), 90) == 0
    assert share_in_copies(motif, sequences(20), 90) > 0.9
    # On one strand only half of the sites are there.
    assert repeat_kind(motif, sequences(20), 45, 1) == "part of a longer repeat"


def test_copies_differ_from_each_other():
    """By three letters in ten between two of them, and a third of the sites lie in none."""
    rng = np.random.default_rng(2)
    tokens = rng.integers(0, 4, (300, 120), dtype=np.int8)
    element = rng.integers(0, 4, 120, dtype=np.int8)
    changed = rng.random((200, 120)) < 0.2
    tokens[:200] = np.where(changed, tokens[:200], element)
    motif = ppm_of("TGACCTAAGTGA")
    tokens[:, 50:62] = encode("TGACCTAAGTGA")
    tokens = rng.permutation(tokens)
    assert 0.4 < share_in_copies(motif, tokens, 300) <= 0.67
    assert repeat_kind(motif, tokens, 300) == "part of a longer repeat"


def test_a_partner_at_a_fixed_distance_makes_no_repeat():
    rng = np.random.default_rng(4)
    tokens = rng.integers(0, 4, (200, 90), dtype=np.int8)
    tokens[:150, 30:42] = encode("TGACCTAAGTGA")
    tokens[:100, 50:62] = encode("GTTTCGCAATCC")
    assert repeat_kind(ppm_of("TGACCTAAGTGA"), tokens, 150) == ""
    assert repeat_kind(ppm_of("GTTTCGCAATCC"), tokens, 100) == ""


def test_one_place_in_many_sequences_is_no_repeat():
    """Peaks that overlap, cut out of one genome."""
    rng = np.random.default_rng(3)
    place = rng.integers(0, 4, 400, dtype=np.int8)
    place[200:212] = encode("TGACCTAAGTGA")
    tokens = np.stack([place[start : start + 150] for start in rng.integers(70, 190, 100)])
    assert repeat_kind(ppm_of("TGACCTAAGTGA"), tokens, 100) == ""


def test_what_is_beside_the_ends_of_a_sequence_does_not_count():
    tokens = np.tile(encode("TGACCTAAGTGA"), (50, 1))
    assert repeat_kind(ppm_of("TGACCTAAGTGA"), tokens, 50) == ""


def test_few_sites_and_common_composition_are_no_repeat():
    """AT-rich sequences are alike in composition, not in their letters."""
    rng = np.random.default_rng(1)
    tokens = rng.choice(4, (200, 80), p=[0.4, 0.1, 0.1, 0.4]).astype(np.int8)
    tokens[:25, 30:42] = encode("TGACCTAAGTGA")
    assert repeat_kind(ppm_of("TGACCTAAGTGA"), tokens, 25) == ""
    tokens[:] = rng.choice(4, tokens.shape, p=[0.8, 0.1, 0.05, 0.05])
    tokens[:150, 30:42] = encode("TGACCTAAGTGA")
    assert repeat_kind(ppm_of("TGACCTAAGTGA"), tokens, 150) == ""
