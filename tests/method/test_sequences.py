"""Encoding, FASTA files, and the dinucleotide shuffle against enumerations."""

import gzip
from itertools import permutations

import numpy as np
import pytest
from Bio.Seq import Seq
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import chisquare

from grimlib.sequences import (
    UNKNOWN,
    decode,
    dinucleotide_shuffle,
    encode,
    one_hot,
    read_fasta,
    read_records,
    reverse_complement,
)

# Compilation makes the first example slow, and tests assert no timing.
untimed = settings(deadline=None)

DNA = st.text("ACGT", max_size=80)
DNA_WITH_UNKNOWN = st.text("ACGTN", max_size=80)


# ---------------------------------------------------------------------------------- encoding


def test_encode_both_cases_and_every_iupac_code():
    np.testing.assert_array_equal(encode("ACGTacgt"), [0, 1, 2, 3, 0, 1, 2, 3])
    assert encode("A").dtype == np.int8
    codes = "NRYSWKMBDHV"
    np.testing.assert_array_equal(encode(codes + codes.lower()), [UNKNOWN] * 22)
    assert encode("").shape == (0,)


@untimed
@given(DNA_WITH_UNKNOWN)
def test_decode_inverts_encode(sequence):
    assert decode(encode(sequence)) == sequence


@pytest.mark.parametrize("character", ["E", "-", "*", " ", "5", "\u00e9", "\u20ac"])
def test_encode_names_a_wrong_character_and_its_position(character):
    with pytest.raises(ValueError, match="position 3") as error:
        encode("AC" + character + "T")
    assert repr(character) in str(error.value)


def test_encode_reads_u_as_t_and_x_as_unknown():
    assert decode(encode("AUuXx")) == "ATTNN"


@pytest.mark.parametrize("character", "-*")
def test_gaps_and_stops_are_refused_with_their_remedy(character):
    with pytest.raises(ValueError, match=r"remove gaps and stops: seqkit"):
        encode(f"A{character}G")


@pytest.mark.parametrize("character", "17\t")
def test_numbers_are_refused_with_their_remedy(character):
    with pytest.raises(ValueError, match=r"remove numbers and tabs: sed"):
        encode(f"{character}AG")


def test_one_hot_shape_and_unknown():
    x = one_hot(np.array([[0, 1, 2, 3], [4, 3, 4, 0]], dtype=np.int8))
    assert x.shape == (2, 4, 4) and x.dtype == np.float32
    np.testing.assert_array_equal(x[0], np.eye(4))
    np.testing.assert_array_equal(x[1], [[0] * 4, [0, 0, 0, 1], [0] * 4, [1, 0, 0, 0]])


@pytest.mark.parametrize(
    ("tokens", "message"),
    [
        (np.array([0, 5]), "5 is not a token"),
        (np.array([-1, 0]), "-1 is not a token"),
        (np.zeros((2, 4), np.float32), r"integers, not float32 \(shape \(2, 4\)\)"),
        (np.array(["A"]), "integers"),
    ],
)
def test_what_is_not_tokens_is_refused(tokens, message):
    def shuffle(tokens):
        return dinucleotide_shuffle(tokens, np.random.default_rng(0))

    for function in (one_hot, decode, reverse_complement, shuffle):
        with pytest.raises(ValueError, match=message):
            function(tokens)


def test_decode_takes_one_sequence():
    with pytest.raises(ValueError, match=r"one sequence.*\(2, 3\)"):
        decode(np.zeros((2, 3), np.int8))


def test_reverse_complement():
    assert decode(reverse_complement(encode("AACGTN"))) == "NACGTT"
    batch = np.stack([encode("AACC"), encode("GTNN")])
    assert [decode(row) for row in reverse_complement(batch)] == ["GGTT", "NNAC"]
    assert reverse_complement(batch).dtype == np.int8


@untimed
@given(DNA_WITH_UNKNOWN)
def test_reverse_complement_undoes_itself_and_is_biopythons(sequence):
    tokens = encode(sequence)
    np.testing.assert_array_equal(reverse_complement(reverse_complement(tokens)), tokens)
    assert decode(reverse_complement(tokens)) == Seq(sequence).reverse_complement()


# ------------------------------------------------------------------------------------- FASTA

TEXT = ">a first\nACGT\nacgn\n\n>b\r\nTTTTRYKM\r\n"


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        gzip.compress(TEXT.encode(), mtime=0),
        b"\n\n" + TEXT.rstrip().encode(),
    ],
    ids=["plain", "gzip", "no last newline"],
)
def test_read_fasta(tmp_path, data):
    path = tmp_path / "x.fa"
    path.write_bytes(data)
    fasta = read_fasta(path)
    assert fasta.names == ["a first", "b"]
    assert [decode(row) for row in fasta.tokens] == ["ACGTACGN", "TTTTNNNN"]
    assert fasta.tokens.shape == (2, 8) and fasta.tokens.dtype == np.int8
    assert fasta.unknown == 5
    assert read_fasta(str(path), min_length=8).unknown == 5


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (gzip.compress(b" \n\n", mtime=0), "is empty"),
        (b"ACGT\n>a\nACGT\n", "'ACGT'.*'>name'"),
        (b"; old comment\n>a\nACGT\n", "'; old comment'.*'>name'"),
        (b">a\nACGT\n>b\n>c\nACGT\n", r"record 2 \('b'\) has no sequence"),
        (b">a\nACGT\n>b\n", r"record 2 \('b'\) has no sequence"),
        (b">a\nACGT\n>b\nACGTA\n", r"record 2 \('b'\) has 5 nt.*record 1 \('a'\) has 4 nt"),
        (b">a\nACG\n", r"record 1 \('a'\) has 3 nt.* 4 nt"),
        (b">a\nACGT\n>p\nMKVLEF\n", r"record 2 \('p'\): 'L' at position 4"),
        (b">a\nAC\x00\x01", "binary"),
        (gzip.compress(TEXT.encode(), mtime=0)[:-12], "damaged"),
    ],
)
def test_bad_fasta_is_named(tmp_path, data, message):
    path = tmp_path / "bad.fa"
    path.write_bytes(data)
    with pytest.raises(ValueError, match=message) as error:
        read_fasta(path, min_length=4)
    assert "bad.fa" in str(error.value)


def test_missing_fasta(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.fa"):
        read_fasta(tmp_path / "none.fa")


def test_records_of_any_lengths_come_one_by_one(tmp_path):
    path = tmp_path / "x.fa"
    path.write_text(">a\nACGT\nN\n>b c\nT\n>wrong\nMKVL\n")
    records = read_records(path)
    assert [(name, decode(row)) for name, row in (next(records), next(records))] == [
        ("a", "ACGTN"),
        ("b c", "T"),
    ]
    # What stands before a bad record is not lost by it.
    with pytest.raises(ValueError, match=r"x.fa: record 3 \('wrong'\): 'L' at position 4"):
        next(records)


# ----------------------------------------------------------------------------------- shuffle


def pairs(tokens):
    """How often each pair of neighbouring tokens occurs, shape (5, 5)."""
    counts = np.zeros((5, 5), int)
    np.add.at(counts, (tokens[:-1], tokens[1:]), 1)
    return counts


def all_shuffles(sequence):
    """Every string with the first letter, last letter and dinucleotides of `sequence`."""
    tokens = encode(sequence)
    wanted = pairs(tokens)
    inner = {"".join(letters) for letters in permutations(sequence[1:-1])}
    candidates = (sequence[0] + middle + sequence[-1] for middle in inner)
    return sorted(text for text in candidates if (pairs(encode(text)) == wanted).all())


@untimed
@given(sequence=DNA, seed=st.integers(0, 2**63))
def test_shuffle_keeps_dinucleotides_and_ends(sequence, seed):
    tokens = encode(sequence)
    shuffled = dinucleotide_shuffle(tokens, np.random.default_rng(seed))
    assert shuffled.shape == tokens.shape and shuffled.dtype == np.int8
    np.testing.assert_array_equal(pairs(shuffled), pairs(tokens))
    ends = [0, -1] if sequence else []
    np.testing.assert_array_equal(shuffled[ends], tokens[ends])


@untimed
@given(sequence=DNA_WITH_UNKNOWN, seed=st.integers(0, 2**63))
def test_shuffle_leaves_unknown_in_place(sequence, seed):
    shuffled = decode(dinucleotide_shuffle(encode(sequence), np.random.default_rng(seed)))
    assert [c == "N" for c in shuffled] == [c == "N" for c in sequence]
    for before, after in zip(sequence.split("N"), shuffled.split("N"), strict=True):
        np.testing.assert_array_equal(pairs(encode(before)), pairs(encode(after)))
        assert (before[:1], before[-1:]) == (after[:1], after[-1:])


@pytest.mark.parametrize(
    "sequence",
    [
        "AACACGAGTA",
        "ATACTCATCG",
        "ACCAGCATGA",
        "ACACATCCAC",
        "GATTACAGAT",
        "AAACACCAAC",
        "TGATGTAGGT",
        "ACGCATCATG",
    ],
)
def test_shuffle_is_uniform(sequence):
    """Every possible shuffle is equally likely, by enumeration.

    Most of these have several trees of last exits, so that a shuffle which keeps the
    original's last exits, or draws the tree wrongly, misses some or favours some.
    """
    possible = all_shuffles(sequence)
    assert len(possible) > 3
    repeats = 2000 * len(possible)
    batch = np.tile(encode(sequence), (repeats, 1))
    shuffled = dinucleotide_shuffle(batch, np.random.default_rng(20))
    codes = 5 ** np.arange(len(sequence))
    found, counts = np.unique(shuffled @ codes, return_counts=True)
    assert set(found) == {int(encode(text) @ codes) for text in possible}
    assert chisquare(counts).pvalue > 1e-3


def test_shuffle_of_a_batch_is_seeded_and_pinned():
    rng = np.random.default_rng(1)
    batch = rng.integers(0, 4, (50, 60), dtype=np.int8)
    before = batch.copy()
    first = dinucleotide_shuffle(batch, np.random.default_rng(2))
    np.testing.assert_array_equal(batch, before)
    np.testing.assert_array_equal(first, dinucleotide_shuffle(batch, np.random.default_rng(2)))
    assert (first != dinucleotide_shuffle(batch, np.random.default_rng(3))).mean() > 0.3
    # The same on every machine: a change here changes every data set made from a seed.
    text = "ACGTTGCATTACGGATCCATGAACTTGC"
    pinned = decode(dinucleotide_shuffle(encode(text), np.random.default_rng(7)))
    assert pinned == "ATGGAATTTGCGTTACACATGCTCCGAC"


def test_shuffle_rows_do_not_depend_on_their_neighbours():
    batch = np.random.default_rng(1).integers(0, 5, (20, 40), dtype=np.int8)
    whole = dinucleotide_shuffle(batch, np.random.default_rng(5))
    rng = np.random.default_rng(5)
    one_by_one = [dinucleotide_shuffle(row, rng) for row in batch]
    np.testing.assert_array_equal(whole, one_by_one)


def test_shuffle_of_long_homopolymers_ends():
    """Trees are rare here (one draw in 4 million by rejection), so this needs Wilson's walk."""
    text = "A" * 200 + "C" * 200 + "G" * 200 + "T" * 50
    assert decode(dinucleotide_shuffle(encode(text), np.random.default_rng(0))) == text


@pytest.mark.parametrize("shape", [(0,), (1,), (3,), (0, 10), (4, 0), (4, 3)])
def test_shuffle_of_what_has_no_other_order(shape):
    tokens = np.ones(shape, np.int8)
    np.testing.assert_array_equal(dinucleotide_shuffle(tokens, np.random.default_rng(0)), tokens)


def test_shuffle_refuses_one_hot():
    x = one_hot(encode("ACGTACGT")[None]).astype(int)
    with pytest.raises(ValueError, match=r"shape \(L,\) or \(N, L\), not \(1, 8, 4\)"):
        dinucleotide_shuffle(x, np.random.default_rng(0))


@untimed
@given(st.integers(1, 30), st.integers(0, 60))
def test_shuffle_reads_any_memory_layout(n, length):
    tokens = np.random.default_rng(n).integers(0, 4, (length, n), dtype=np.int64).T
    expected = dinucleotide_shuffle(tokens.astype(np.int8).copy(), np.random.default_rng(0))
    np.testing.assert_array_equal(dinucleotide_shuffle(tokens, np.random.default_rng(0)), expected)
