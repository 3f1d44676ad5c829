"""Databases to compare with: JASPAR's releases and groups, and files."""

import sys
import warnings

import pytest

from grimlib import consensus, load_jaspar, write_meme
from grimlib.discover import load_targets
from grimlib.discover.targets import database_notes
from grimlib.motifs import Motif


def test_load_targets_of_a_release():
    assert load_targets() is load_targets("JASPAR2016") is load_jaspar()
    pytest.importorskip("pyjaspar", reason="needs pyjaspar, from the extra 'test'")
    newer = load_targets("JASPAR2024")
    names = [motif.name for motif in newer]
    assert len(names) == len({name.split(".")[0] for name in names}) > 800
    assert names == sorted(names)
    versions = dict(name.split(".") for name in names)
    older = dict(motif.name.split(".") for motif in load_jaspar())
    assert any(int(versions[base]) > int(older[base]) for base in versions.keys() & older.keys())
    assert newer[names.index("MA0083.3")].alt == "SRF"
    with pytest.raises(ValueError, match="JASPAR1999.*JASPAR2016"):
        load_targets("JASPAR1999")
    plants = load_targets("JASPAR2016/plants")
    assert not {motif.name for motif in plants} & {motif.name for motif in load_jaspar()}
    with pytest.raises(ValueError, match="no group 'plant'.*plants"):
        load_targets("JASPAR2016/plant")


def test_load_targets_without_pyjaspar(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyjaspar", None)
    assert len(load_targets("JASPAR2016")) == 519
    with pytest.raises(ValueError, match="JASPAR2024 .*install pyjaspar"):
        load_targets("JASPAR2024")


def test_load_targets_of_a_file(tmp_path):
    motifs = [Motif("a", [[0, 0, 1, 0]]), Motif("b", [[0.25] * 4])]
    write_meme(tmp_path / "mine.meme", motifs)
    targets = load_targets(tmp_path / "mine.meme")
    assert [motif.name for motif in targets] == [motif.name for motif in motifs]
    for missing in ("jaspar2016", "JASPAR", str(tmp_path / "none.meme")):
        with pytest.raises(FileNotFoundError, match=missing):
            load_targets(missing)


JASPAR = ">MA0001.1 ONE\nA [ 0 9 ]\nC [ 0 1 ]\nG [10 0 ]\nT [ 0 0 ]\n"
TRANSFAC = "ID ONE\nBF x\nP0 A C G T\n01 0 0 10 0 G\n02 9 1 0 0 A\nXX\n//\n"


@pytest.mark.parametrize(("text", "name"), [(JASPAR, "MA0001.1"), (TRANSFAC, "ONE")])
def test_counts_of_other_formats_are_read(tmp_path, text, name):
    (tmp_path / "x.txt").write_text(text)
    (motif,) = load_targets(tmp_path / "x.txt")
    assert (motif.name, consensus(motif.ppm), motif.nsites) == (name, "GA", 10)
    (tmp_path / "x.txt").write_text(text.replace("10", "x"))
    with pytest.raises(ValueError, match=r"x\.txt"):
        load_targets(tmp_path / "x.txt")


def test_a_transfac_file_may_begin_with_a_description(tmp_path):
    text = "DE   GA of me\nXX\n" + TRANSFAC[TRANSFAC.index("P0") :]
    (tmp_path / "x.txt").write_text(text + "ID two\n" + text)
    targets = load_targets(tmp_path / "x.txt")
    assert [(motif.name, consensus(motif.ppm)) for motif in targets] == [
        ("GA", "GA"),
        ("two", "GA"),
    ]


def test_rna_of_jaspar_is_read_as_dna(tmp_path):
    rows = JASPAR.partition("\n")[2]
    (tmp_path / "x.txt").write_text(JASPAR + ">U [x]\n" + rows.replace("T [", " U ["))
    with pytest.warns(UserWarning, match="x.txt holds RNA motifs; U is read as T"):
        dna, rna = load_targets(tmp_path / "x.txt")
    assert (rna.name, rna.alt) == ("U", "[x]")
    assert (rna.ppm == dna.ppm).all()
    (tmp_path / "x.txt").write_text(JASPAR + "U [ 0 0 ]\n")
    with pytest.raises(ValueError, match="x.txt: motif 'MA0001.1' is not whole"):
        load_targets(tmp_path / "x.txt")


def test_a_page_of_the_meme_suite_is_a_database(tmp_path):
    position = '<pos A="0" C="0" G="1" U="0"/>'
    letters = "".join(f'<letter id="{letter}" symbol="{letter}"/>' for letter in "ACGU")
    motifs = f'<motifs><motif id="m1" seq="G" nsites="9">{position}</motif></motifs>'
    page = f"<dreme><model><alphabet>{letters}</alphabet></model>{motifs}</dreme>"
    (tmp_path / "dreme.xml").write_text(page)
    with pytest.warns(UserWarning, match="RNA"):
        targets = load_targets(tmp_path / "dreme.xml")
    assert [(motif.name, motif.nsites) for motif in targets] == [("G", 9)]
    assert database_notes(targets)[0].startswith("dreme.xml holds RNA")
    (tmp_path / "dreme.xml").write_text(page[:-9])
    with pytest.raises(ValueError, match=r"dreme\.xml .*meme.txt"):
        load_targets(tmp_path / "dreme.xml")


def test_what_is_not_whole_is_refused(tmp_path):
    """Biopython's parsers pass over it."""
    for text in (
        JASPAR + ">MA2.1\nA [ 1 ]\nC [ 1 ]\n",
        TRANSFAC + TRANSFAC[:-3],
        ">alone\n",
        JASPAR + ">\n",
    ):
        (tmp_path / "x.txt").write_text(text)
        with pytest.raises(ValueError, match=r"x\.txt: .* whole"):
            load_targets(tmp_path / "x.txt")


@pytest.mark.parametrize("width", [3, 4, 5, 8])
def test_rows_of_positions_are_not_taken_for_rows_of_nucleotides(tmp_path, width):
    """HOMER's files begin as JASPAR's do."""
    row = "0.7\t0.1\t0.1\t0.1\n"
    (tmp_path / "x.txt").write_text(JASPAR + f">{'A' * width}\tname\t6.5\n" + row * width)
    with pytest.raises(ValueError, match=f"x.txt: motif '{'A' * width}' .*MEME format"):
        load_targets(tmp_path / "x.txt")


MEME = "MEME version 4\nALPHABET= ACGU\nMOTIF a\nletter-probability matrix:\n1 0 0 0\n"


@pytest.mark.parametrize(
    ("text", "notes"),
    [
        (JASPAR, []),
        (JASPAR * 2, ["names come again"]),
        (JASPAR.replace("9", "1").replace("10", "1").replace("1 ]", "0 ]", 1), ["one site"]),
        (MEME, ["RNA", "1 motifs tell no nsites"]),
        (MEME + MEME[30:], ["RNA", "2 motifs tell no nsites", "names come again"]),
    ],
)
def test_what_was_read_in_another_way_is_told(tmp_path, text, notes):
    (tmp_path / "x.txt").write_text(text)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        targets = load_targets(tmp_path / "x.txt")
    told = database_notes(targets)
    warned = [str(one.message).replace(str(tmp_path / "x.txt"), "x.txt") for one in caught]
    assert warned == told[:-1]
    assert all(word in note for word, note in zip([*notes, "poor p-values"], told, strict=True))
    assert database_notes(load_jaspar()) == []
