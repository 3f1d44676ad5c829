"""Databases to compare with: JASPAR's releases and groups, and files."""

import sys

import pytest

from grimlib import consensus, load_jaspar, write_meme
from grimlib.discover import load_targets
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
