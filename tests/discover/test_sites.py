"""Sites against a literal scan, their files, and the test for enrichment."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from grimlib.discover import (
    Peaks,
    best_sites,
    composition,
    find_sites,
    select_enriched,
    stratified_p,
    write_sites,
)
from grimlib.discover import sites as sites_module
from grimlib.motifs import Motif, load_jaspar
from grimlib.sequences import UNKNOWN, decode, dinucleotide_shuffle, encode, reverse_complement

COLUMNS = ["motif", "sequence", "start", "end", "strand", "score", "p-value"]
CHOSEN = ["motif", "AUROC", "AUROC low", "AUROC high"]
CHOSEN += ["share", "shuffled share", "p-value", "E-value"]
UNIFORM = np.full(4, 0.25)
JASPAR = {motif.alt: motif for motif in load_jaspar()}


def exact(name: str, sequence: str) -> Motif:
    """The motif of one sequence and nothing else."""
    return Motif(name, np.eye(4)[encode(sequence)])


def turned(motif: Motif, name: str) -> Motif:
    return Motif(name, motif.ppm[::-1, ::-1])


def plant(tokens: np.ndarray, motif: Motif, rng, share: float = 1.0) -> list[tuple]:
    """Write the motif's consensus into rows, on either strand; where: row, start, strand."""
    consensus = motif.ppm.argmax(axis=1)
    planted = []
    for n in np.flatnonzero(rng.random(len(tokens)) < share):
        start = int(rng.integers(0, tokens.shape[1] - len(consensus) + 1))
        strand = str(rng.choice(["+", "-"]))
        site = consensus if strand == "+" else reverse_complement(consensus)
        tokens[n, start : start + len(site)] = site
        planted.append((int(n), start, strand))
    return planted


# ------------------------------------------------------------------------------ where sites lie


@pytest.mark.parametrize("strands", [1, 2])
@pytest.mark.parametrize("background", [None, UNIFORM, [0.4, 0.2, 0.1, 0.3]])
def test_sites_against_a_literal_scan(monkeypatch, strands, background):
    """Every window is scored by hand; its p-value comes from all 4,096 words of six letters.

    Scores are whole hundredths of a bit at each position, so what lies within this error of the
    threshold may be a site or not.
    """
    threshold, error = 0.02, 6 * 0.005 + 1e-6
    monkeypatch.setattr(sites_module, "SITE_PVALUE", threshold)
    rng = np.random.default_rng(3)
    motifs = [Motif(name, rng.dirichlet([0.4] * 4, 6)) for name in ("b", "a")]
    tokens = rng.integers(0, 4, (150, 50), dtype=np.int8)
    tokens[rng.random(tokens.shape) < 0.02] = UNKNOWN
    tokens[:10, 30:] = UNKNOWN
    before = tokens.copy()
    found = find_sites(motifs, tokens, strands, background)
    np.testing.assert_array_equal(tokens, before)
    if background is None:
        background = composition(tokens, strands)
    assert list(found.columns) == COLUMNS
    assert list(found["motif"].unique()) == ["b", "a"]
    assert set(found["strand"]) == set("+-"[:strands])

    words = np.array(list(product(range(4), repeat=6)))
    free = tokens < UNKNOWN
    for motif in motifs:
        log_odds = np.log2((motif.ppm + 1e-4) / background)
        of_words = log_odds[np.arange(6), words].sum(axis=1)
        chances = np.asarray(background)[words].prod(axis=1)

        def p_value(score, of_words=of_words, chances=chances):
            return chances[of_words >= score - 1e-6].sum()

        sites = found[found["motif"] == motif.name]
        assert sites["p-value"].is_monotonic_increasing
        chosen = {
            (s, a, d): p for s, a, d, p in sites[["sequence", "start", "strand", "p-value"]].values
        }
        assert len(chosen) == len(sites) > 20
        for (n, start, strand), score in zip(chosen, sites["score"], strict=True):
            window = tokens[n, start : start + 6]
            window = window if strand == "+" else reverse_complement(window)
            assert score == pytest.approx(log_odds[np.arange(6), window].sum(), abs=error)
            p = chosen[n, start, strand]
            assert p_value(score + error) - 1e-9 <= p <= p_value(score - error) + 1e-9
            assert p < threshold
            assert free[n, start : start + 6].all(), "known, and in no site before"
        assert (sites["end"] - sites["start"] == 6).all()

        # A window that could be a site, and is not, overlaps one that is at least as good.
        clear = 0
        for n, start in product(range(150), range(45)):
            if not free[n, start : start + 6].all():
                continue
            window = tokens[n, start : start + 6]
            for strand in "+-"[:strands]:
                word = window if strand == "+" else reverse_complement(window)
                score = log_odds[np.arange(6), word].sum()
                if p_value(score - error) >= threshold * 0.999 or (n, start, strand) in chosen:
                    continue
                clear += 1
                overlapping = [
                    p for (m, at, _), p in chosen.items() if m == n and abs(at - start) < 6
                ]
                assert min(overlapping) <= p_value(score - error) + 1e-9
        assert clear > 0
        for n, start, _ in chosen:
            assert free[n, start : start + 6].all(), "no two sites of one motif overlap"
            free[n, start : start + 6] = False


@pytest.mark.parametrize("batch", [sites_module._BATCH, 100])
def test_planted_sites_are_found_where_they_are(monkeypatch, batch):
    monkeypatch.setattr(sites_module, "_BATCH", batch)
    rng = np.random.default_rng(0)
    motif = exact("m", "TGACCTAAGTGA")
    tokens = rng.integers(0, 4, (50, 60), dtype=np.int8)
    planted = plant(tokens, motif, rng, share=0.7)
    assert {strand for _, _, strand in planted} == {"+", "-"}
    best = find_sites([motif], tokens, background=UNIFORM).query("score > 23")
    assert sorted(best[["sequence", "start", "strand"]].itertuples(index=False)) == planted
    np.testing.assert_allclose(best["p-value"], 4.0**-12, rtol=1e-3)
    forward = find_sites([motif], tokens, 1, UNIFORM).query("score > 23")
    assert sorted(forward[["sequence", "start", "strand"]].itertuples(index=False)) == [
        site for site in planted if site[2] == "+"
    ]


def test_no_site_holds_an_unknown_nucleotide():
    motif = exact("m", "TGACCTAAGTGA")
    tokens = np.full((13, 40), UNKNOWN, np.int8)
    tokens[:, 10:22] = encode("TGACCTAAGTGA")
    for n in range(12):
        tokens[n, 10 + n] = UNKNOWN
    assert find_sites([motif], tokens)["sequence"].tolist() == [12]


def test_the_first_motif_takes_its_sites_from_the_next():
    whole, part, elsewhere = (
        exact("whole", "TGACCTAAGTGA"),
        exact("part", "CTAAGTGACC"),
        exact("elsewhere", "GGGATTTCCCAA"),
    )
    tokens = encode("A" * 5 + "TGACCTAAGTGACC" + "A" * 5 + "GGGATTTCCCAA")[None]
    both = find_sites([whole, part, elsewhere], tokens)
    assert both["motif"].tolist() == ["whole", "elsewhere"]
    assert both["start"].tolist() == [5, 24]
    assert find_sites([part, whole], tokens)["motif"].tolist() == ["part"]


def test_of_overlapping_windows_the_best_is_the_site():
    ppm = np.full((12, 4), 0.02)
    ppm[np.arange(12), encode("ACACACACACAC")] = 0.94
    tokens = encode("TTTT" + "ACACACACACAT" + "TTTT" + "GT" + "ACACACACACAC" + "TG")[None]
    # In the second stretch, windows two to either side have ten of twelve letters right.
    found = find_sites([Motif("m", ppm)], tokens)
    assert sorted(found["start"]) == [4, 22]
    assert found["start"].tolist()[0] == 22, "by p-value"


def test_no_sites_and_no_motifs():
    tokens = np.zeros((3, 50), np.int8)
    for motifs in ([], [exact("m", "CCCCCCCCCC")], [exact("long", "ACGT" * 20)]):
        found = find_sites(motifs, tokens)
        assert list(found.columns) == COLUMNS and not len(found)


def test_a_motif_of_six_nucleotides_has_sites():
    """No window can have a p-value below 1e-4: the best word is its site."""
    tokens = np.random.default_rng(0).integers(0, 4, (20, 60), dtype=np.int8)
    tokens[:, 30:36] = encode("CACGTG")
    found = find_sites([exact("m", "CACGTG")], tokens)
    assert set(found["sequence"]) == set(range(20))
    assert all(
        decode(tokens[s, a:b]) == "CACGTG"
        for s, a, b in zip(found["sequence"], found["start"], found["end"], strict=True)
    )


# ------------------------------------------------------------------------------------ the files


def peaks_named(names: list[str], tokens: np.ndarray, lengths=None) -> Peaks:
    if lengths is None:
        lengths = np.full(len(tokens), tokens.shape[1])
    return Peaks(names, tokens, np.asarray(lengths), len(names), {}, [])


def written(folder, motifs, peaks):
    write_sites(folder, find_sites(motifs, peaks.tokens, 2, UNIFORM), peaks, motifs)
    bed = [line.split("\t") for line in (folder / "sites.bed").read_text().splitlines()]
    tsv = pd.read_csv(folder / "sites.tsv", sep="\t")
    return bed, tsv.sort_values(["sequence_name", "start"])


@pytest.fixture
def three():
    """A motif at 5 on +, at 20 on -, and twice, in three sequences of 60."""
    motif = Motif("motif_1", np.eye(4)[encode("TGACCTAAGTGA")], alt="ALT")
    tokens = np.full((3, 60), encode("A")[0], np.int8)
    word = encode("TGACCTAAGTGA")
    tokens[0, 5:17] = word
    tokens[1, 20:32] = reverse_complement(word)
    tokens[2, :12], tokens[2, 48:] = word, word
    return motif, tokens


def test_bed_and_tsv(tmp_path, three):
    motif, tokens = three
    bed, tsv = written(tmp_path, [motif], peaks_named(["a one", "b", 'c"<'], tokens))
    # p = 4^-12, and -10 log10 of it is 72.2.
    assert bed == [
        ["a", "5", "17", "motif_1", "72", "+"],
        ["b", "20", "32", "motif_1", "72", "-"],
        ['c"<', "0", "12", "motif_1", "72", "+"],
        ['c"<', "48", "60", "motif_1", "72", "+"],
    ]
    assert list(tsv.columns) == (
        "motif_id motif_alt_id sequence_name start stop strand score p-value matched_sequence"
    ).split(" ")
    assert tsv["sequence_name"].tolist() == ["a", "b", 'c"<', 'c"<']
    assert tsv["start"].tolist() == [6, 21, 1, 49] and tsv["stop"].tolist() == [17, 32, 12, 60]
    assert tsv["strand"].tolist() == ["+", "-", "+", "+"]
    assert set(tsv["matched_sequence"]) == {"TGACCTAAGTGA"}
    assert set(tsv["motif_id"]) == {"motif_1"} and set(tsv["motif_alt_id"]) == {"ALT"}
    np.testing.assert_allclose(tsv["p-value"], 4.0**-12, rtol=1e-3)
    np.testing.assert_allclose(tsv["score"], 24, atol=0.01)


def test_records_of_one_name_have_a_number_in_both_files(tmp_path, three):
    motif, tokens = three
    bed, tsv = written(tmp_path, [motif], peaks_named(["chr6", "chr6 again", ""], tokens))
    assert [row[0] for row in bed] == ["chr6", "chr6_2", "record", "record"]
    assert tsv["sequence_name"].tolist() == ["chr6", "chr6_2", "record", "record"]


def test_the_bed_score_stays_within_its_range(tmp_path):
    rng = np.random.default_rng(0)
    word = rng.integers(0, 4, 200, dtype=np.int8)
    motif = Motif("m", np.eye(4)[word])
    bed, _ = written(tmp_path, [motif], peaks_named(["a"], word[None]))
    assert [row[4] for row in bed] == ["1000"]


def test_the_best_word_has_the_p_value_of_one_word(tmp_path):
    """Each of its letters has a log-odds score of 1.549, which is not rounded up to more."""
    word = encode("TGACCTAAGTGA")
    ppm = np.full((12, 4), 0.2685 / 3)
    ppm[np.arange(12), word] = 0.7315
    motif = Motif("m", ppm)
    bed, tsv = written(tmp_path, [motif], peaks_named(["a"], word[None]))
    np.testing.assert_allclose(tsv["p-value"], 4.0**-12, rtol=1e-3)
    assert [row[4] for row in bed] == ["72"]


def test_files_without_sites(tmp_path):
    bed, tsv = written(tmp_path, [], peaks_named(["a"], np.zeros((1, 50), np.int8)))
    assert bed == [] and (tmp_path / "sites.bed").read_bytes() == b""
    assert len(tsv) == 0 and "matched_sequence" in tsv


GENOME = {
    "bedtools": ["chr1:1000-1060", "chr2:0-60", "chr10:5-65"],
    "UCSC": ["chr1:1001-1060", "chr2:1-60", "chr10:6-65"],
    "bedtools -s": ["chr1:1000-1060(+)", "chr2:0-60(+)", "chr10:5-65(.)"],
    "bedtools -name": ["peak1::chr1:1000-1060", "p:2::chr2:0-60", "::chr10:5-65"],
    "GRanges": ["chr1:1001-1060:+", "chr2:1-60(*)", "chr10:6-65:*"],
    "with commas": ["chr1:1,001-1,060", "chr2:1-60", "chr10:6-65"],
    "each its own": ["chr1:1001-1060(+)", "x::chr2:0-60", "chr10:5-65"],
}


@pytest.mark.parametrize("names", GENOME.values(), ids=GENOME)
def test_places_in_the_genome(tmp_path, three, names):
    motif, tokens = three
    bed, tsv = written(tmp_path, [motif], peaks_named(names, tokens))
    assert bed == [
        ["chr1", "1005", "1017", "motif_1", "72", "+"],
        ["chr10", "5", "17", "motif_1", "72", "+"],
        ["chr10", "53", "65", "motif_1", "72", "+"],
        ["chr2", "20", "32", "motif_1", "72", "-"],
    ]
    # The TSV file stays in the records.
    of_name = tsv.groupby("sequence_name")["start"].agg(list)
    assert [of_name[name] for name in names] == [[6], [21], [1, 49]]


@pytest.mark.parametrize("program", ["bedtools", "samtools", "UCSC"])
def test_records_of_the_other_strand_are_turned_back(tmp_path, program):
    """Cut from a genome by hand: sites lie where the genome has the word."""
    rng = np.random.default_rng(1)
    motif = exact("m", "TGACCTAAGTGA")
    genome = rng.integers(0, 4, 500, dtype=np.int8)
    genome[120:132], genome[333:345] = encode("TGACCTAAGTGA"), encode("TCACTTAGGTCA")
    names, rows = [], []
    for start, strand in ((100, "+"), (110, "-"), (310, "+"), (320, "-")):
        cut = genome[start : start + 60]
        rows.append(cut if strand == "+" else reverse_complement(cut))
        headers = {
            "bedtools": f"chr7:{start}-{start + 60}({strand})",
            "samtools": f"chr7:{start + 1}-{start + 60}" + "/rc" * (strand == "-"),
            "UCSC": f"x_{start} range=chr7:{start + 1}-{start + 60} 5'pad=0 strand={strand}",
        }
        names.append(headers[program])
    bed, tsv = written(tmp_path, [motif], peaks_named(names, np.stack(rows)))
    first = ["chr7", "120", "132", "m", "72", "+"]
    second = ["chr7", "333", "345", "m", "72", "-"]
    assert [row for row in bed if row[4] == "72"] == [first, first, second, second]
    strands = tsv[tsv["score"] > 23].set_index("sequence_name")["strand"]
    assert [strands[name.split()[0]] for name in names] == ["+", "-", "-", "+"]


@pytest.mark.parametrize(
    "odd",
    [
        "peak_3",
        "chr10:5-66",
        "chr10:7-65",
        "chr10:0-59",  # counted from 1, there is no position 0
        "chr10:5-65(x)",
        "chr10:5-65:more",
        "peak_3 range=chr10:7-65",
    ],
)
def test_a_record_without_a_place_keeps_its_own_coordinates(tmp_path, three, odd):
    motif, tokens = three
    names = ["chr1:1000-1060", "chr2:0-60", odd]
    bed, _ = written(tmp_path, [motif], peaks_named(names, tokens))
    assert [row[:3] for row in bed if row[0] == "chr1"] == [["chr1", "1005", "1017"]]
    first = odd.split()[0]
    assert [row[1:3] for row in bed if row[0] == first] == [["0", "12"], ["48", "60"]]


def test_the_length_of_a_padded_record_is_its_own(tmp_path, three):
    motif, tokens = three
    tokens[0, 40:] = UNKNOWN
    names = ["chr1:1000-1040", "chr2:0-60", "chr3:0-60"]
    bed, _ = written(tmp_path, [motif], peaks_named(names, tokens, [40, 60, 60]))
    assert bed[0][:3] == ["chr1", "1005", "1017"]


# ------------------------------------------------------------------------------------ enrichment


def test_a_motif_is_chosen_once():
    """Copies of a motif, shifted or turned, find nothing left; a second motif does."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (200, 60), dtype=np.int8)
    first, second = JASPAR["CEBPB"], JASPAR["SRF"]
    planted = plant(tokens[:, :30], first, rng, 0.6)
    plant(tokens[:, 30:], second, rng, 0.3)
    flank = np.full((2, 4), 0.25)
    shifted = np.concatenate([first.ppm[2:], flank])
    candidates = [
        Motif("shifted", shifted),
        turned(first, "turned"),
        JASPAR["NRF1"],
        second,
        JASPAR["YY1"],
        first,
    ]
    table = select_enriched(candidates, tokens, np.random.default_rng(1))
    assert list(table.columns) == CHOSEN
    assert len(table) == 2
    assert table["motif"][1] == second.name
    assert abs(table["share"][0] - len(planted) / 200) < 0.05
    assert table["shuffled share"].max() < 0.1
    # The first of them pay least, and what all pay adds up to one test's level.
    place = 1 + np.array([[m.name for m in candidates].index(name) for name in table["motif"]])
    harmonic = (1 / np.arange(1, 7)).sum()
    np.testing.assert_allclose(table["E-value"], place * harmonic * table["p-value"])
    assert table["motif"][0] == "shifted", "the first that is given claims the sites"
    assert (table["E-value"] < 1e-5).all()


def test_enrichment_by_hand():
    """The numbers of sequences with a site, and the area, whatever the shuffles happen to be."""
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (100, 40), dtype=np.int8)
    motif = exact("m", "TGACCTAAGTGA")
    for n in (3, 50, 70, 99):
        plant(tokens[n : n + 1, :20], motif, rng)
        plant(tokens[n : n + 1, 20:], motif, rng)  # two sites are one sequence with a site
    row = select_enriched([motif], tokens, np.random.default_rng(5), evalue=np.inf).iloc[0]
    shuffled = dinucleotide_shuffle(np.repeat(tokens, 5, axis=0), np.random.default_rng(5))
    background = composition(tokens)
    rows = [
        find_sites([motif], of, 2, background)["sequence"].unique().astype(int)
        for of in (tokens, shuffled)
    ]
    assert (row["share"], row["shuffled share"]) == (len(rows[0]) / 100, len(rows[1]) / 500)
    has, chance = np.isin(np.arange(100), rows[0]), np.isin(np.arange(500), rows[1])
    p = stratified_p(has, chance.reshape(100, 5))
    assert row["p-value"] == pytest.approx(p) and row["E-value"] == pytest.approx(p)
    assert 0 < p < 0.05
    scores = np.concatenate([best_sites(motif.ppm, of)[0] for of in (tokens, shuffled)])
    assert row["AUROC"] == pytest.approx(roc_auc_score(np.arange(600) < 100, scores))
    assert row["AUROC low"] < row["AUROC"] < row["AUROC high"]


def test_the_stratified_p_value_against_all_outcomes():
    """Every choice of one out of a sequence and its two shuffles is as likely."""
    rng = np.random.default_rng(1)
    for _ in range(20):
        six = rng.random((6, 3)) < rng.random((6, 1))
        outcomes = [six[np.arange(6), list(which)].sum() for which in product(range(3), repeat=6)]
        expected = np.mean(np.array(outcomes) >= six[:, 0].sum())
        assert stratified_p(six[:, 0], six[:, 1:]) == pytest.approx(expected)


def test_the_p_value_of_many_sequences():
    """Small ones, and the binomial distribution where every stratum is the same."""
    has = np.arange(3000) < 3000
    assert stratified_p(has, np.zeros((3000, 1), bool)) == 0  # 2^-3000 is not a float
    has = np.arange(400) < 400
    assert stratified_p(has, np.zeros((400, 1), bool)) == pytest.approx(2.0**-400)
    assert stratified_p(~has, np.ones((400, 1), bool)) == pytest.approx(1)


def test_the_order_is_that_of_the_areas_and_repeats_come_last():
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (300, 60), dtype=np.int8)
    often, seldom = JASPAR["CEBPB"], JASPAR["SRF"]
    plant(tokens[:, :30], often, rng, 0.8)
    plant(tokens[:, 30:], seldom, rng, 0.3)
    for last, order in ([(), [often, seldom]], [{often.name}, [seldom, often]]):
        table = select_enriched([seldom, often], tokens, np.random.default_rng(1), last=last)
        assert table["motif"].tolist() == [motif.name for motif in order]
    by_name = table.set_index("motif")["AUROC"]
    assert by_name[often.name] > by_name[seldom.name] > 0.55


def test_a_motif_that_is_rarer_than_by_chance_is_not_enriched():
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 4, (400, 60), dtype=np.int8)
    motif = Motif("m", np.full((10, 4), 0.1) + 0.6 * np.eye(4)[encode("TGACCTAAGT")])
    with_site = find_sites([motif], tokens)["sequence"].unique()
    without = np.delete(tokens, with_site.astype(int), axis=0)
    row = select_enriched([motif], without, rng, evalue=np.inf).iloc[0]
    assert row["share"] == 0 < row["shuffled share"]
    assert row["p-value"] == pytest.approx(1)


def test_the_same_seed_gives_the_same_choice():
    tokens = np.random.default_rng(0).integers(0, 4, (60, 50), dtype=np.int8)
    motifs = [JASPAR["CEBPB"], JASPAR["NRF1"]]
    tables = [
        select_enriched(motifs, tokens, np.random.default_rng(seed), evalue=np.inf)
        for seed in (1, 1, 2)
    ]
    pd.testing.assert_frame_equal(tables[0], tables[1])
    assert not tables[0].equals(tables[2])


def test_sequences_without_a_motif_give_few_p_values_that_are_small(monkeypatch):
    """The error of the first kind, where dinucleotides are far from uniform.

    AT-rich words are everywhere in these sequences, and in their shuffles as well: the p-value
    must not be smaller than its level more often than that, by three standard deviations.
    """
    monkeypatch.setattr(sites_module, "SITE_PVALUE", 0.005)
    rng = np.random.default_rng(0)
    motif = JASPAR["MEF2A"]  # CTAAAAATA
    assert (motif.ppm[:, [0, 3]].sum(axis=1) > 0.5).mean() > 0.7
    transitions = np.array([[5, 1, 1, 3], [3, 1, 0.2, 3], [3, 1, 1, 3], [3, 1, 1, 5.0]])
    transitions /= transitions.sum(axis=1, keepdims=True)
    thresholds = transitions.cumsum(axis=1)[:, :3]
    runs, n, length = 60, 100, 60
    tokens = np.zeros((runs * n, length), np.int8)
    for i in range(1, length):
        draw = rng.random((runs * n, 1))
        tokens[:, i] = (draw > thresholds[tokens[:, i - 1]]).sum(axis=1)
    rows = [
        select_enriched([motif], sample, rng, evalue=np.inf).iloc[0]
        for sample in np.split(tokens, runs)
    ]
    p = np.array([row["p-value"] for row in rows])
    shares = np.array([row["share"] for row in rows])
    assert shares.mean() > 0.1, "or the test tells nothing"
    for level in (0.05, 0.2):
        assert (p <= level).mean() <= level + 3 * np.sqrt(level * (1 - level) / runs)
    assert p.min() < 0.2 and p.max() > 0.8


def test_no_candidates():
    tokens = np.zeros((10, 50), np.int8)
    table = select_enriched([], tokens, np.random.default_rng(0))
    assert list(table.columns) == CHOSEN
    assert len(table) == 0
