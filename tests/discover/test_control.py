"""A control in place of shuffles: what is cut from it, and what is found against it."""

import json

import numpy as np
import pytest
from click.testing import CliRunner

from grimlib import choose_words
from grimlib.discover import (
    Settings,
    analyse,
    analysis,
    find_motifs,
    load_targets,
    read_peaks,
    select_enriched,
    train,
)
from grimlib.discover.command import main
from grimlib.discover.control import Control
from grimlib.discover.peaks import MIN_CONTROL
from grimlib.motifs import Motif
from grimlib.sequences import UNKNOWN, decode, encode, reverse_complement

pytestmark = pytest.mark.xdist_group("discover")

COMMON, OWN = "TGACCTAAGTGA", "GTTTCGCAATCC"
SMALL = dict(n_filters=4, epochs=3)


def padded(lengths, rng, length=100):
    tokens = np.full((len(lengths), length), UNKNOWN, dtype=np.int8)
    for row, n in zip(tokens, lengths, strict=True):
        row[:n] = rng.integers(0, 4, n)
    return tokens


def known(tokens):
    return (tokens != UNKNOWN).sum(axis=1)


def plant(tokens, word, rows, at):
    tokens[rows, at : at + len(word)] = encode(word)
    return tokens


def write(path, tokens):
    records = (f">r{i}\n{decode(row).rstrip('N')}\n" for i, row in enumerate(tokens))
    path.write_text("".join(records))
    return path


# What is cut from a control


@pytest.mark.parametrize("strands", [1, 2])
def test_each_example_is_a_piece_as_long_as_its_sequence(strands):
    rng = np.random.default_rng(0)
    tokens = padded(rng.integers(30, 81, 300), rng)
    tokens[::2] = reverse_complement(tokens[::2])  # the padding comes first
    tokens[5, 40:50] = UNKNOWN
    control = padded(rng.integers(80, 121, 50), rng, 120)
    source = [decode(row) for row in control]
    turned = [decode(reverse_complement(row)) for row in control]
    negatives = Control(control, strands)
    once = negatives(tokens, rng)
    np.testing.assert_array_equal(once == UNKNOWN, tokens == UNKNOWN)
    pieces = [decode(row).strip("N") for row in np.delete(once, 5, axis=0)]
    given = [any(piece in of for of in source) for piece in pieces]
    others = [any(piece in of for of in turned) for piece in pieces]
    assert all(a or b for a, b in zip(given, others, strict=True))
    assert all(given) if strands == 1 else 0.4 < np.mean(given) < 0.6
    assert (negatives(tokens, rng) != once).any(axis=1).mean() > 0.99
    again = [Control(control, strands)(tokens, np.random.default_rng(1)) for _ in range(2)]
    np.testing.assert_array_equal(*again)


def test_all_that_is_long_enough_is_drawn_from():
    rng = np.random.default_rng(0)
    control = padded([30] * 20 + [60] * 20, rng)
    drawn = Control(control, 1)(padded([60] * 400, rng), rng)
    assert {decode(row) for row in drawn} == {decode(row) for row in control[20:]}
    drawn = Control(control, 1)(padded([30] * 800, rng), rng)
    firsts = {decode(row)[:30] for row in drawn}
    assert firsts >= {decode(row)[:30] for row in control[:20]} and len(firsts) > 200


@pytest.mark.parametrize(
    ("n", "m", "most", "k"), [(50, 170, 5, 3), (50, 170, 2, 2), (50, 30, 5, 1)]
)
def test_nothing_serves_twice_where_a_test_needs_it(n, m, most, k):
    rng = np.random.default_rng(0)
    tokens, control = padded(rng.integers(40, 61, n), rng), padded([90] * m, rng)
    rows, negatives = Control(control, 1).once(tokens, most, rng)
    assert len(set(rows.tolist())) == len(rows) == min(n, m) and len(negatives) == k * len(rows)
    np.testing.assert_array_equal(known(negatives), np.repeat(known(tokens[rows]), k))
    source = [decode(row) for row in control]
    used = [[decode(row).strip("N") in of for of in source].index(True) for row in negatives]
    assert len(set(used)) == len(used)


def test_long_sequences_get_the_long_ones_and_some_get_none():
    rng = np.random.default_rng(0)
    tokens = padded([80] * 30 + [40] * 30, rng)
    rows, negatives = Control(padded([80] * 40 + [40] * 40, rng), 1).once(tokens, 5, rng)
    assert sorted(rows) == list(range(60)) and len(negatives) == 60
    rows, _ = Control(padded([80] * 10 + [40] * 90, rng), 1).once(tokens, 5, rng)
    assert (rows < 30).sum() == 10 and (rows >= 30).sum() == 30
    with pytest.raises(ValueError, match="longest sequence of the control has 30 nt"):
        Control(padded([30] * 40, rng), 1).once(tokens, 5, rng)


# What is found against it


def test_words_and_motifs_that_both_have_are_not_enriched():
    """Each sequence has COMMON, and half the OWN word; the control has the first only."""
    rng = np.random.default_rng(0)
    tokens = plant(padded([80] * 400, rng), COMMON, slice(None), 5)
    plant(tokens, OWN, slice(0, None, 2), 50)
    control = plant(padded([80] * 500, rng), COMMON, slice(None), 5)
    candidates = [Motif(word, np.eye(4)[encode(word)] * 0.88 + 0.03) for word in (COMMON, OWN)]
    against_shuffles = select_enriched(candidates, tokens, rng)
    assert set(against_shuffles["motif"]) == {COMMON, OWN}
    found = select_enriched(candidates, tokens, rng, control=control)
    assert found["motif"].to_list() == [OWN]
    row = found.iloc[0]
    assert (
        abs(row["share"] - 0.5) < 0.02
        and row["shuffled share"] < 0.1
        and 0.65 < row["AUROC"] < 0.85
    )

    (word,) = choose_words(tokens, 1)["word"]
    assert word in COMMON
    with pytest.warns(UserWarning, match="words are enriched"):
        words = choose_words(tokens, 8, control=control[:400])["word"].to_list()
    assert words[0] in OWN and not any(word in COMMON for word in words)


def test_the_null_p_values_are_valid():
    """Sequences and control of one make, with a motif in each tenth: p below 0.1 once in ten."""
    motif = Motif("m", np.eye(4)[encode(OWN)] * 0.88 + 0.03)
    p = []
    for seed in range(200):
        rng = np.random.default_rng(seed)
        tokens, control = (padded(rng.integers(50, 81, n), rng, 80) for n in (60, 150))
        for of in (tokens, control):
            plant(of, OWN, rng.random(len(of)) < 0.3, 10)
        found = select_enriched([motif], tokens, rng, evalue=1.1, control=control)
        p.append(found["p-value"].iloc[0])
    assert np.mean(np.array(p) < 0.1) <= 0.15 and np.mean(np.array(p) < 0.5) < 0.6


@pytest.fixture(scope="module")
def files(tmp_path_factory):
    """A repeat in half of all, on either strand; OWN in the other half of the sequences."""
    rng = np.random.default_rng(0)
    folder = tmp_path_factory.mktemp("control")
    tokens, control = (padded(rng.integers(75, 91, n), rng) for n in (400, 500))
    for of in (tokens, control):
        plant(of, "CA" * 10, slice(0, None, 2), 5)
    plant(tokens, OWN, slice(1, None, 2), 40)
    for of in (tokens, control):
        of[::3] = reverse_complement(of[::3])
    return write(folder / "peaks.fa", strip(tokens)), write(folder / "others.fa", strip(control))


def strip(tokens):
    """The padding at the end again."""
    rows = np.full_like(tokens, UNKNOWN)
    for row, old in zip(rows, tokens, strict=True):
        kept = old[old != UNKNOWN]
        row[: len(kept)] = kept
    return rows


def test_an_analysis_against_a_control(files, tmp_path):
    """A repeat that both have is found against shuffles, and not against the control."""
    peaks, others = files
    found = {}
    for name, control in (("shuffles", None), ("control", others)):
        found[name] = analyse(peaks, tmp_path / name, control=control, **SMALL)
    for name, of in found.items():
        first, *others = of.discovery.motifs
        best = first.ppm.argmax(axis=1)
        assert OWN[2:8] in decode(best) + " " + decode(reverse_complement(best))
        assert of.discovery.n_repeats == len(others) == (name == "shuffles")

    for name, of in found.items():
        about = json.loads((tmp_path / name / "settings.json").read_text())
        report = of.report.read_text()
        told = [about["against"], about["summary"]["Compared with"], report]
        if name == "control":
            assert about["control"] == "others.fa"
            assert all("500 sequences of others.fa" in text for text in told)
        else:
            assert "control" not in about
            assert all("their dinucleotide shuffles" in text for text in told)


def test_what_is_held_out_is_never_learned_from(files, monkeypatch):
    """Of the control as well."""
    peaks = read_peaks(files[0], control=files[1])
    seen = []

    class Watched(Control):
        def __init__(self, tokens, strands):
            super().__init__(tokens, strands)
            seen.append({decode(row) for row in tokens})

    settings = Settings(**SMALL | {"epochs": 1})
    with monkeypatch.context() as patch:
        for module in ("learning", "motif_set", "sites"):
            patch.setattr(f"grimlib.discover.{module}.Control", Watched)
        training = train(peaks.tokens, settings, control=peaks.control)
        find_motifs(training, peaks.tokens, settings, load_targets("JASPAR2016"), peaks.control)
    learned, validated, refined_on, tested = seen
    assert learned == refined_on and validated == tested
    assert not learned & tested and len(learned) + len(tested) == len(peaks.control)


# What is refused


def test_a_control_of_too_few_or_too_short_sequences(tmp_path, monkeypatch):
    monkeypatch.setattr(analysis, "train", None)  # it would be work
    rng = np.random.default_rng(0)
    peaks = write(tmp_path / "peaks.fa", padded([80] * 60 + [90] * 30, rng))

    def refused(control, *words):
        command = [str(peaks), "--control", str(control), "--outdir", str(tmp_path / "new")]
        result = CliRunner().invoke(main, [*command, *words])
        assert result.exit_code == 1 and not (tmp_path / "new").exists()
        return " ".join(result.output.split())

    few = write(tmp_path / "few.fa", padded([90] * (MIN_CONTROL - 1), rng))
    assert "few.fa holds 99 sequences, of which 99 can be used" in refused(few)
    assert "At least 100 are needed" in refused(few)
    short = write(tmp_path / "short.fa", padded([79] * 200 + [90] * 99, rng))
    assert "90 left out: longer than 79 nt" in refused(short)
    assert "cut these to 79 nt" in refused(short)
    assert "none.fa does not exist" in refused(tmp_path / "none.fa")

    # Up to a half is left out.
    some = write(tmp_path / "some.fa", padded([80] * 200 + [90] * 99, rng))
    read = read_peaks(peaks, control=some)
    assert len(read.names) == 60 and list(read.dropped.values()) == [30]
    assert len(read.control) == 299


def test_a_control_of_regions_or_fasta(tmp_path):
    rng = np.random.default_rng(0)
    genome = tmp_path / "genome.fa"
    genome.write_text(f">chr1\n{decode(rng.integers(0, 4, 90_000))}\n")
    peaks, others = tmp_path / "peaks.bed", tmp_path / "others.bed"
    peaks.write_text("".join(f"chr1\t{200 * i}\t{200 * i + 200}\n" for i in range(50)))
    others.write_text("".join(f"chr1\t{200 * i}\t{200 * i + 200}\n" for i in range(50, 250)))
    fasta = write(tmp_path / "others.fa", padded([100] * 120, rng))
    for control, n, length in ((others, 200, 60), (fasta, 120, 100)):
        read = read_peaks(peaks, genome, 60, control)
        assert read.control.shape == (n, length) and read.tokens.shape == (50, 60)
        assert read.given == {"genome": "genome.fa", "peak_width": 60, "control": control.name}
        assert read.places[0] == ("chr1", 70, 130, False)
