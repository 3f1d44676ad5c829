"""Reading a user's sequences: what is kept, what is left out and counted, what is refused."""

import gzip
import os
import threading

import numpy as np
import pytest

from grimlib.discover.peaks import FEW_SEQUENCES, MIN_SEQUENCES, read_peaks
from grimlib.sequences import UNKNOWN, decode, dinucleotide_shuffle


def random_dna(length, rng):
    return decode(rng.integers(0, 4, length))


@pytest.fixture
def records():
    """200 names with sequences of 60 to 100 nt."""
    rng = np.random.default_rng(0)
    return {f"r{i}": random_dna(rng.integers(60, 101), rng) for i in range(FEW_SEQUENCES)}


@pytest.fixture
def write(tmp_path):
    def to_file(records, end="\n", name="peaks.fa"):
        path = tmp_path / name
        text = "".join(f">{name}{end}{sequence}{end}" for name, sequence in records.items())
        path.write_bytes((gzip.compress if name.endswith("gz") else bytes)(text.encode()))
        return path

    return to_file


@pytest.mark.parametrize("name", ["peaks.fa", "peaks.fa.gz"])
@pytest.mark.parametrize("end", ["\n", "\r\n"], ids=["unix", "windows"])
def test_lengths_differ_and_the_end_is_padded(records, write, end, name):
    records = {f"{name} with words": sequence for name, sequence in records.items()}
    records["r0 with words"] = "ACGTN" * 30
    peaks = read_peaks(write(records, end, name))
    assert peaks.names == list(records)
    assert peaks.ids == [f"r{i}" for i in range(200)]
    assert peaks.tokens.shape == (200, 150) and peaks.tokens.dtype == np.int8
    for row, length, sequence in zip(peaks.tokens, peaks.lengths, records.values(), strict=True):
        assert length == len(sequence)
        assert decode(row[:length]) == sequence
        assert (row[length:] == UNKNOWN).all()
    assert (peaks.n_read, peaks.dropped) == (200, {})
    assert peaks.unknown == 30  # the padding is none of them


def test_the_shuffle_keeps_padding_and_runs_of_n_in_place(records, write):
    records["r0"] = "ACGT" * 10 + "N" * 20 + "GATTACA" * 4
    tokens = read_peaks(write(records)).tokens
    shuffled = dinucleotide_shuffle(tokens, np.random.default_rng(0))
    np.testing.assert_array_equal(shuffled == UNKNOWN, tokens == UNKNOWN)
    assert (shuffled != tokens).any(axis=1).mean() > 0.99
    for row in (0, 1):
        assert sorted(shuffled[row]) == sorted(tokens[row])


# For each reason, the last sequence that is used and the first that is not.
BOUNDARIES = {
    "fewer than 20 known nucleotides": ("known 20", "known 19"),
    "longer than 5,000 nt": ("long 5000", "long 5001"),
    "more unknown than known nucleotides": ("half 120", "half 121"),
    "same as an earlier sequence": ("new", "again"),
}


@pytest.mark.parametrize("reason", BOUNDARIES)
def test_what_is_left_out_is_counted_by_its_reason(records, write, reason):
    rng = np.random.default_rng(1)
    sequences = {
        "known 20": random_dna(20, rng),
        "known 19": random_dna(19, rng) + "N",
        "long 5000": random_dna(5_000, rng),
        "long 5001": random_dna(5_001, rng),
        "half 120": random_dna(60, rng) + "N" * 60,
        "half 121": random_dna(60, rng) + "N" * 61,
        "new": records["r7"] + "A",
        "again": records["r7"].lower(),
    }
    used, left_out = BOUNDARIES[reason]
    extra = {"used": sequences[used], "left_out": sequences[left_out]}
    peaks = read_peaks(write({**records, **extra}))
    assert peaks.dropped == {reason: 1}
    assert peaks.n_read == 202
    assert peaks.names == [*records, "used"]
    assert decode(peaks.tokens[-1, : peaks.lengths[-1]]) == extra["used"]


def test_each_reason_is_counted_once(records, write):
    extra = {"a": "N" * 6_000, "b": "N" * 200, "c": "ACGT", "d": "ACGT", "e": records["r3"]}
    peaks = read_peaks(write({**records, **extra}))
    assert peaks.dropped == {
        "longer than 5,000 nt": 1,
        "fewer than 20 known nucleotides": 3,
        "same as an earlier sequence": 1,
    }
    assert sum(peaks.dropped.values()) + len(peaks.names) == peaks.n_read == 205


def test_fifty_megabytes(tmp_path):
    """One byte a nucleotide is what stays in memory."""
    n = 25_000
    tokens = np.random.default_rng(0).integers(0, 4, (n, 2_000), dtype=np.int8)
    letters = np.frombuffer(b"ACGT", np.uint8)[tokens]
    with (tmp_path / "large.fa").open("wb") as file:
        for i, row in enumerate(letters):
            file.write(b">r%d\n%s\n" % (i, row.tobytes()))
    assert (tmp_path / "large.fa").stat().st_size > 50e6
    peaks = read_peaks(tmp_path / "large.fa")
    assert peaks.tokens.nbytes == n * 2_000 and peaks.n_read == len(peaks.names) == n
    np.testing.assert_array_equal(peaks.tokens, tokens)


def test_prefixes_of_one_another_are_not_the_same(records, write):
    records["r0"] = records["r1"] + "N" * 20
    assert len(read_peaks(write(records)).names) == 200


def test_the_fingerprint_tells_names_and_sequences_apart(records, write):
    before = read_peaks(write(records)).fingerprint
    assert read_peaks(write(records, "\r\n", "x.fa.gz")).fingerprint == before
    turned = dict(reversed(records.items()))
    renamed = {("other" if name == "r5" else name): text for name, text in records.items()}
    changed = {**records, "r5": records["r5"][:-1]}
    prints = {read_peaks(write(other)).fingerprint for other in (turned, renamed, changed)}
    assert len(prints | {before}) == 4


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"p1": "MKVLEFQIP" * 20}, r"record 201 \('p1'\): 'L' at position 4 is not DNA"),
        ({"p1": ""}, r"record 201 \('p1'\) has no sequence"),
    ],
)
def test_bad_records_are_named(records, write, change, message):
    with pytest.raises(ValueError, match=message) as error:
        read_peaks(write({**records, **change}))
    assert "peaks.fa" in str(error.value)


@pytest.mark.parametrize("n", [1, 19])
def test_too_few_sequences(records, write, n):
    few = dict(list(records.items())[:n])
    with pytest.raises(ValueError, match=f"{n} sequences, of which {n} can.*At least 20 "):
        read_peaks(write(few))


def test_names_that_come_again_are_numbered_and_it_is_told(records, write):
    extra = {"r4 again": "ACGT" * 20, "r4\tmore": "ACGA" * 20, "": "ACGC" * 20, " ": "ACCC" * 20}
    peaks = read_peaks(write({**records, **extra}))
    assert peaks.ids[200:] == ["r4_2", "r4_3", "record", "record_2"]
    assert len(set(peaks.ids)) == 204
    assert any("4 identifiers" in note for note in peaks.notes)
    assert not any("identifiers" in note for note in read_peaks(write(records)).notes)


def test_rna_few_and_short_sequences_are_told(records, write):
    few = dict(list(records.items())[:MIN_SEQUENCES])
    few["r0"] = "ACGU" * 10
    peaks = read_peaks(write(few))
    assert decode(peaks.tokens[0, :4]) == "ACGT"
    for told in ("RNA; U is read as T", "strands=1", "20 sequences", "1 sequences are shorter"):
        assert any(told in note for note in peaks.notes)


def test_padding_and_other_pooling_are_told(records, write):
    short = {name: row[:40] for name, row in records.items()}
    assert any("of each half" in note for note in read_peaks(write(short)).notes)
    long = read_peaks(write({**short, "long": "ACGT" * 1_000}))
    assert any("4,000 nt, so 99%" in note for note in long.notes)
    assert not [note for note in read_peaks(write(records)).notes if "nt" in note]


def test_a_width_without_a_genome_is_told(records, write):
    assert any("peak_width" in n for n in read_peaks(write(records), peak_width=100).notes)
    assert read_peaks(write(records)).notes == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes as on POSIX")
def test_every_record_of_a_pipe_is_read(write, tmp_path):
    rng = np.random.default_rng(0)
    records = {f"r{i} {'x' * 200}": random_dna(400, rng) for i in range(300)}
    data = write(records).read_bytes()
    os.mkfifo(tmp_path / "pipe")
    for packed in (data, gzip.compress(data)):
        writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(packed,))
        writer.start()
        peaks = read_peaks(tmp_path / "pipe")
        writer.join()
        assert (peaks.n_read, peaks.names) == (300, list(records))


def test_too_few_because_some_are_left_out(records, write):
    few = dict(list(records.items())[:MIN_SEQUENCES])
    few["r0"] = few["r1"]
    few["r2"] = "ACGT"
    with pytest.raises(ValueError, match="20 sequences, of which 18") as error:
        read_peaks(write(few))
    for reason in ("same as an earlier sequence", "fewer than 20 known nucleotides"):
        assert f"1 left out: {reason}" in str(error.value)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.fa"):
        read_peaks(tmp_path / "none.fa")
