"""Tomtom against what MEME 5.5.8 itself answered (see tests/data/README.md)."""

import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from grimlib import matches
from grimlib.matches import TOMTOM_COLUMNS, compilation_notice, tomtom, write_tomtom
from grimlib.motifs import Motif, consensus, load_jaspar, read_meme, write_meme

DATA = Path(__file__).parents[1] / "data"
FULL = Path(__file__).parents[3] / "shared" / "reference"
FEATURELESS = Motif("featureless", np.full((20, 4), 0.25))


def compare(queries, reference_file):
    """Compare with every pair, E <= 1, that MEME reported; return how many there were."""
    reference = pd.read_csv(reference_file, sep="\t", comment="#")
    ours = tomtom(queries, load_jaspar(), evalue=1)
    both = reference.merge(ours, on=["Query_ID", "Target_ID"], suffixes=("_meme", ""))
    assert len(both) == len(reference) == len(ours)

    decisions = reference["E-value"] <= 0.1
    assert len(tomtom(queries, load_jaspar())) == decisions.sum() > 10
    np.testing.assert_array_equal(both["E-value"] <= 0.1, both["E-value_meme"] <= 0.1)
    np.testing.assert_allclose(both["p-value"], both["p-value_meme"], rtol=1e-3)
    np.testing.assert_allclose(both["E-value"], both["E-value_meme"], rtol=1e-3)
    # MEME draws a bootstrap for the q-values; ours is its expectation.
    np.testing.assert_allclose(both["q-value"], both["q-value_meme"], rtol=1e-2)
    for column in ("Optimal_offset", "Overlap", "Query_consensus", "Orientation"):
        assert (both[column] == both[column + "_meme"]).all(), column
    # Where two nucleotides are equally probable, MEME may print the other one.
    assert (both["Target_consensus"] == both["Target_consensus_meme"]).mean() > 0.95
    return len(both)


def test_agrees_with_meme():
    queries = read_meme(DATA / "tomtom_queries.meme")
    assert len(queries) == 12
    assert compare(queries, DATA / "tomtom_meme-5.5.8.tsv") == 123


@pytest.mark.skipif(
    not FULL.exists(), reason="the full reference, ../shared/reference, is not on this machine"
)
def test_agrees_with_meme_in_full():
    queries = read_meme(FULL / "tomtom_queries.meme")
    assert compare(queries, FULL / "tomtom_meme-5.5.8_evalue-le-1.tsv") == 2222


def test_table():
    queries = read_meme(DATA / "tomtom_queries.meme")[:3]
    table = tomtom(queries, load_jaspar(), evalue=2)
    assert tuple(table.columns) == TOMTOM_COLUMNS
    order = {motif.name: i for i, motif in enumerate(queries)}
    keys = list(zip(table["Query_ID"].map(order), table["p-value"], strict=True))
    assert keys == sorted(keys)
    assert table["E-value"].max() <= 2
    np.testing.assert_allclose(table["E-value"], 519 * table["p-value"])
    assert ((table["q-value"] > 0) & (table["q-value"] <= 1)).all()
    # The overlap follows from the offset and the two widths.
    jaspar = {motif.name: motif for motif in load_jaspar()}
    for row in table.itertuples():
        width = len(row.Query_consensus)
        target = jaspar[row.Target_ID].ppm
        start, stop = max(0, row.Optimal_offset), min(len(target), row.Optimal_offset + width)
        assert stop - start == row.Overlap > 0
        if row.Orientation == "-":
            target = target[::-1, ::-1]
        assert row.Target_consensus == consensus(target)


def test_a_motif_finds_itself_on_either_strand():
    srf = next(motif for motif in load_jaspar() if motif.alt == "SRF")
    reverse = Motif("reverse", srf.ppm[3:, :][::-1, ::-1], srf.nsites)
    table = tomtom([Motif("same", srf.ppm, srf.nsites), reverse], load_jaspar())
    best = table.groupby("Query_ID").first()
    assert list(best["Target_ID"]) == ["MA0083.3"] * 2
    assert best.loc["same", ["Optimal_offset", "Overlap", "Orientation"]].tolist() == [0, 16, "+"]
    assert best.loc["reverse", ["Optimal_offset", "Overlap", "Orientation"]].tolist() == [
        0,
        13,
        "-",
    ]


def test_a_motif_read_from_a_file_has_the_same_matches(tmp_path):
    rng = np.random.default_rng(0)
    queries = [Motif(f"q{i}", rng.dirichlet([0.2] * 4, 12)) for i in range(5)]
    write_meme(tmp_path / "q.meme", queries)
    direct = tomtom(queries, load_jaspar(), evalue=5)
    through = tomtom(read_meme(tmp_path / "q.meme"), load_jaspar(), evalue=5)
    assert len(direct) > 5
    pd.testing.assert_frame_equal(direct, through, rtol=2e-3)


def test_a_featureless_motif_matches_gmeb1():
    """A flat PPM "matches" a few flat JASPAR motifs: the reason to discount such hits."""
    table = tomtom([FEATURELESS], load_jaspar())
    assert "MA0615.1" in set(table["Target_ID"])
    assert table.set_index("Target_ID").loc["MA0615.1", "E-value"] == pytest.approx(0.009, rel=0.2)


def test_no_match_and_no_query(tmp_path):
    queries = [m for m in read_meme(DATA / "tomtom_queries.meme") if m.name == "rand11_a0.3_w8"]
    for table in (tomtom(queries, load_jaspar()), tomtom([], load_jaspar())):
        assert len(table) == 0 and tuple(table.columns) == TOMTOM_COLUMNS
        write_tomtom(tmp_path / "t.tsv", table)
        assert (tmp_path / "t.tsv").read_text() == "\t".join(TOMTOM_COLUMNS) + "\n"


@pytest.mark.parametrize(
    ("queries", "targets", "evalue", "message"),
    [
        ([FEATURELESS] * 2, load_jaspar(), 0.1, "query name 'featureless' is used twice"),
        ([FEATURELESS], load_jaspar()[:1] * 2, 0.1, "target name 'MA0002.2' is used twice"),
        ([FEATURELESS], [], 0.1, "no target.*load_jaspar"),
        ([FEATURELESS], load_jaspar(), 0, "evalue .*above 0.* 0"),
        ([FEATURELESS], load_jaspar(), float("nan"), "evalue .*above 0.* nan"),
    ],
)
def test_bad_arguments(queries, targets, evalue, message):
    with pytest.raises(ValueError, match=message):
        tomtom(queries, targets, evalue)


def test_write_tomtom_as_meme_does(tmp_path):
    """The file has MEME's columns, number formats and, but for rounding, its figures."""
    reference = (DATA / "tomtom_meme-5.5.8.tsv").read_text().splitlines()
    table = pd.read_csv(DATA / "tomtom_meme-5.5.8.tsv", sep="\t")
    write_tomtom(tmp_path / "new" / "t.tsv", table)
    assert (tmp_path / "new" / "t.tsv").read_text().splitlines() == reference


def test_write_tomtom_refuses_another_table(tmp_path):
    with pytest.raises(ValueError, match="a.*Tomtom's columns"):
        write_tomtom(tmp_path / "t.tsv", pd.DataFrame({"a": [1]}))
    assert not (tmp_path / "t.tsv").exists()


def test_results_do_not_depend_on_the_other_queries():
    queries = read_meme(DATA / "tomtom_queries.meme")
    together = tomtom(queries, load_jaspar())
    alone = tomtom(queries[1:2], load_jaspar())
    same = together[together["Query_ID"] == queries[1].name].reset_index(drop=True)
    pd.testing.assert_frame_equal(same, alone)


def test_the_user_is_told_of_the_compilation(monkeypatch, capsys):
    """Where work takes long, and only there; the long one's clock runs out at once."""
    with compilation_notice("Tomtom"):
        pass
    assert capsys.readouterr().err == ""
    timer = matches.Timer
    monkeypatch.setattr(matches, "Timer", lambda seconds, function: timer(0, function))
    with compilation_notice("Tomtom"):
        time.sleep(0.5)
    shown = capsys.readouterr().err
    assert "Tomtom" in shown and "minute" in shown


def test_a_small_database_is_told():
    motifs = list(load_jaspar())
    for n in (1, 49):
        with pytest.warns(UserWarning) as told:
            table = tomtom(motifs[:1], motifs[:n])
        (message,) = (str(one.message) for one in told)  # memelite counts both strands as targets
        assert message.startswith(f"{n} targets: their positions are the null model")
        assert table["Target_ID"][0] == motifs[0].name and 0 < table["p-value"][0] < 1e-9
        assert table["E-value"][0] == pytest.approx(n * table["p-value"][0])
        assert table["q-value"][0] > 0
