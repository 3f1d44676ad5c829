"""Motifs: JASPAR against its source, MEME files, information content."""

import gzip
import runpy
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib.motifs import (
    JASPAR_FILE,
    Motif,
    consensus,
    information_content,
    load_jaspar,
    load_targets,
    read_meme,
    write_meme,
)

ROOT = Path(__file__).parents[2]


def random_motifs(seed, n=3):
    rng = np.random.default_rng(seed)
    return [
        Motif(f"m{i}", rng.dirichlet([0.3] * 4, rng.integers(1, 25)), float(rng.integers(1, 99)))
        for i in range(n)
    ]


# ------------------------------------------------------------------------------------ JASPAR


def test_jaspar_file_is_what_pyjaspar_exports():
    pytest.importorskip("pyjaspar", reason="needs pyjaspar, from the extra 'test'")
    script = runpy.run_path(str(ROOT / "data" / "export_jaspar.py"))
    assert script["OUTPUT"] == JASPAR_FILE
    assert JASPAR_FILE.read_bytes() == script["jaspar_text"]().encode()


def test_load_jaspar():
    jaspar = load_jaspar()
    names = [motif.name for motif in jaspar]
    assert len(jaspar) == len({name.split(".")[0] for name in names}) == 519
    assert names == sorted(names)
    for motif in jaspar:
        np.testing.assert_allclose(motif.ppm.sum(axis=1), 1, atol=1e-12)

    srf = jaspar[names.index("MA0083.3")]
    assert (srf.alt, srf.ppm.shape) == ("SRF", (16, 4))
    # MA0004.1 (Arnt) has 20 sites and is known to every JASPAR user: CACGTG.
    arnt = jaspar[names.index("MA0004.1")]
    assert (arnt.nsites, consensus(arnt.ppm)) == (20, "CACGTG")
    np.testing.assert_allclose(arnt.ppm[0], [0.2, 0.8, 0, 0])


def test_jaspar_is_shared_and_cannot_be_changed():
    assert load_jaspar() is load_jaspar()
    assert isinstance(load_jaspar(), tuple)
    with pytest.raises(ValueError, match="read-only"):
        load_jaspar()[0].ppm[0, 0] = 1


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


def test_load_targets_without_pyjaspar(monkeypatch):
    monkeypatch.setitem(sys.modules, "pyjaspar", None)
    assert len(load_targets("JASPAR2016")) == 519
    with pytest.raises(ValueError, match="JASPAR2024 .*install pyjaspar"):
        load_targets("JASPAR2024")


def test_load_targets_of_a_file(tmp_path):
    motifs = random_motifs(0)
    write_meme(tmp_path / "mine.meme", motifs)
    targets = load_targets(str(tmp_path / "mine.meme"))
    assert [motif.name for motif in targets] == [motif.name for motif in motifs]
    for missing in ("jaspar2016", "JASPAR", str(tmp_path / "none.meme")):
        with pytest.raises(FileNotFoundError, match=missing):
            load_targets(missing)


# -------------------------------------------------------------------- information, consensus


def test_information_content_closed_forms():
    ppm = np.array([[0.25] * 4, [1, 0, 0, 0], [0.5, 0.5, 0, 0], [0.5, 0.25, 0.125, 0.125]])
    np.testing.assert_allclose(information_content(ppm), [0, 2, 1, 0.25], atol=1e-15)
    assert information_content(np.stack([ppm, ppm])).shape == (2, 4)


@given(st.integers(0, 2**32))
def test_information_content_is_between_0_and_2_bits(seed):
    ppm = np.random.default_rng(seed).dirichlet([0.2] * 4, (3, 10))
    bits = information_content(ppm)
    assert bits.shape == (3, 10)
    assert (bits >= -1e-12).all() and (bits <= 2).all()
    np.testing.assert_allclose(bits, information_content(ppm[..., ::-1]))


def test_consensus():
    assert consensus(np.array([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.1, 0.1]])) == "TA"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("m", [[0.5, 0.5, 0.5, 0.5]]), "motif m: position 1.*sum to 1"),
        (("m", [[0.25] * 4, [1.5, -0.5, 0, 0]]), "position 2.*negative"),
        (("m", [[0.25, 0.25, 0.25, np.nan]]), "position 1"),
        (("m", np.full((4, 7), 0.25)), r"shape \(width, 4\), not \(4, 7\)"),
        (("m", np.empty((0, 4))), r"not \(0, 4\)"),
        (("m", [[0.25] * 4], 0), "nsites .*0"),
        (("m", [[0.25] * 4], np.nan), "nsites"),
        (("", [[0.25] * 4]), "motif name"),
        (("a b", [[0.25] * 4]), "'a b'"),
    ],
)
def test_bad_motif_is_refused(arguments, message):
    with pytest.raises(ValueError, match=message):
        Motif(*arguments)


def test_motif_copies_its_matrix():
    ppm = np.full((2, 4), 0.25)
    motif = Motif("m", ppm)
    ppm[0, 0] = 9
    assert motif.ppm[0, 0] == 0.25
    assert (motif.nsites, motif.alt) == (20, "")


# -------------------------------------------------------------------------------- MEME files

HEADER = "MEME version 4\n\nALPHABET= ACGT\n\nstrands: + -\n\n"
MATRIX = "letter-probability matrix: alength= 4 w= 2 nsites= 17 E= 4.1e-009\n"
ROWS = "0.1 0.2 0.3 0.4\n 1.000000\t0  0 0"


@settings(deadline=None, max_examples=20)
@given(seed=st.integers(0, 2**32))
def test_meme_trip(tmp_path_factory, seed):
    path = tmp_path_factory.mktemp("meme") / "x.meme"
    motifs = random_motifs(seed)
    write_meme(path, motifs)
    again = read_meme(path)
    assert [(m.name, m.alt, m.nsites) for m in again] == [(m.name, m.alt, m.nsites) for m in motifs]
    for before, after in zip(motifs, again, strict=True):
        np.testing.assert_allclose(after.ppm, before.ppm, atol=2e-6)
        np.testing.assert_allclose(after.ppm.sum(axis=1), 1, atol=1e-15)


def test_meme_trip_keeps_six_decimals_of_all_jaspar(tmp_path):
    write_meme(tmp_path / "x.meme", load_jaspar())
    again = read_meme(tmp_path / "x.meme")
    assert [(m.name, m.alt, m.nsites) for m in again] == [
        (m.name, m.alt, m.nsites) for m in load_jaspar()
    ]
    for before, after in zip(load_jaspar(), again, strict=True):
        np.testing.assert_allclose(after.ppm, before.ppm, atol=2e-6)


@pytest.mark.parametrize("end", ["", "\n", "\nURL http://x\n", "\n\n\n"])
def test_last_motif_is_read(tmp_path, end):
    """A last line without a newline is a row like any other."""
    path = tmp_path / "x.meme"
    path.write_text(
        f"{HEADER}MOTIF one first one\n{MATRIX}{ROWS}\n\nMOTIF two\n{MATRIX}{ROWS}{end}"
    )
    one, two = read_meme(path)
    assert (one.name, one.alt, one.nsites, two.name, two.alt) == ("one", "first", 17, "two", "")
    np.testing.assert_allclose(two.ppm, [[0.1, 0.2, 0.3, 0.4], [1, 0, 0, 0]])


def test_meme_variants(tmp_path):
    """Windows line ends, gzip, no ALPHABET line, no nsites, rows that need rescaling."""
    text = "\nMEME version 5.5.8 (x)\nMOTIF a\nletter-probability matrix: w=1\n0.333 0.333 0.333 0"
    (tmp_path / "x").write_bytes(gzip.compress(text.replace("\n", "\r\n").encode()))
    (motif,) = read_meme(tmp_path / "x")
    assert motif.nsites == 20
    np.testing.assert_allclose(motif.ppm, [[1 / 3, 1 / 3, 1 / 3, 0]])


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "MEME version"),
        (">a\nACGT\n", "'>a'.*MEME version"),
        ("\0\1", "binary"),
        (HEADER, "no motif"),
        (HEADER + "MOTIF\n" + MATRIX + ROWS, "motif 1 has no name"),
        (HEADER + "MOTIF a\nMOTIF b\n" + MATRIX + ROWS, "motif a has no letter-probability"),
        (HEADER.replace("ACGT", "ACGU"), "ACGU.*must be ACGT"),
        (HEADER.replace("= ACGT", ' "RNA" RNA-LIKE'), "RNA-LIKE.*must be ACGT"),
        (HEADER + "MOTIF a\n" + MATRIX + "0.9 0 0 0\n1 0 0 0", "motif a, row 1 .*sum 0.9"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 0\n-0.5 1.5 0 0", "motif a, row 2 .*negative"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 nan 0 0\n1 0 0 0", "motif a, row 1 "),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 0\nMOTIF b", "motif a has w= 2 but 1 rows"),
        (HEADER + "MOTIF a\n" + MATRIX + ROWS + "\n1 0 0 0", "motif a has w= 2 but 3 rows"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0\n1 0 0 0", "row 1 is '1 0 0'"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 x\n1 0 0 0", "row 1 is '1 0 0 x'"),
        (HEADER + "MOTIF a\n" + MATRIX.replace("w= 2", "w= x") + ROWS, "motif a: .*w= x.*'w= '"),
        (HEADER + "MOTIF a\n" + MATRIX.replace("th= 4", "th= 20") + ROWS, "alength= 4"),
        (HEADER + "MOTIF a\n" + MATRIX.replace("17", "0") + ROWS, "nsites above 0"),
        (HEADER + f"MOTIF a\n{MATRIX}{ROWS}\nMOTIF a\n{MATRIX}{ROWS}", "two motifs named a"),
    ],
)
def test_bad_meme_file_is_named(tmp_path, text, message):
    path = tmp_path / "bad.meme"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_meme(path)
    assert "bad.meme" in str(error.value)


def test_missing_meme_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="none.meme"):
        read_meme(tmp_path / "none.meme")


def test_write_meme_refuses_and_leaves_the_file(tmp_path):
    path = tmp_path / "x.meme"
    path.write_text("kept")
    with pytest.raises(ValueError, match="no motif .*x.meme"):
        write_meme(path, [])
    with pytest.raises(ValueError, match="'m0' is used twice"):
        write_meme(path, [*random_motifs(0, 1), *random_motifs(1, 1)])
    assert path.read_text() == "kept"
