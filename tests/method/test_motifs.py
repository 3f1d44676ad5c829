"""Motifs: JASPAR against its source, MEME files, information content."""

import gzip
import json
import runpy
import tracemalloc
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from Bio import motifs as bio_motifs
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib.motifs import (
    JASPAR_FILE,
    Motif,
    consensus,
    information_content,
    load_jaspar,
    read_meme,
    unique_names,
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
        (("m", [[0.5, 0.5, 0.5, 0.5]]), "motif m, row 1.*sum to 1"),
        (("m", [[0.25] * 4, [1.5, -0.5, 0, 0]]), "row 2.*negative"),
        (("m", [[0.25, 0.25, 0.25, np.nan]]), "row 1"),
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
        (">a\nACGT\n", "'>a.*MEME version"),
        ("\0\1", "binary"),
        (HEADER, "no motif"),
        (HEADER + "MOTIF\n" + MATRIX + ROWS, "motif 1 has no name"),
        (HEADER + "MOTIF a\nMOTIF b\n" + MATRIX + ROWS, "motif a has no letter-probability"),
        (HEADER.replace("ACGT", "ACDEFGHIKLMNPQRSTVWY"), "ACDEFG.*must be ACGT"),
        (HEADER.replace("= ACGT", ' "x"\nA\nC\nG\nT\nm\nN = ACGTm\nEND ALPHABET'), "'ACGTm'"),
        (HEADER + "MOTIF a\n" + MATRIX + "0.9 0 0 0\n1 0 0 0", "motif a, row 1 .*sum 0.9"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 0\n-0.5 1.5 0 0", "motif a, row 2 .*negative"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 nan 0 0\n1 0 0 0", "motif a, row 1 "),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 0\nMOTIF b", "motif a: .*w= 2.* 1 rows"),
        (HEADER + "MOTIF a\n" + MATRIX + ROWS + "\n1 0 0 0", "motif a: .*w= 2.* 3 rows"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0\n1 0 0 0", "row 1 is '1 0 0'"),
        (HEADER + "MOTIF a\n" + MATRIX + "1 0 0 x\n1 0 0 0", "row 1 is '1 0 0 x'"),
        (HEADER + "MOTIF a\n" + MATRIX.replace("w= 2", "w= x") + ROWS, "motif a: .*w= x.* 2 rows"),
        (HEADER + "MOTIF a\n" + MATRIX.replace("th= 4", "th= 20") + ROWS, "alength= 4"),
        (HEADER + f"MOTIF a\n{MATRIX}{ROWS}\n\n{MATRIX}{ROWS}", "motif a has 2 letter-prob"),
        (HEADER + f"MOTIF a\nletter-probability matrix:\n{ROWS}\n\n{ROWS}", "motif a has rows beh"),
        (HEADER + f"MOTIF a\nletter-probability matrix:\n{ROWS}\n# x\n{ROWS}", "motif a has rows"),
    ],
)
def test_bad_meme_file_is_named(tmp_path, text, message):
    path = tmp_path / "bad.meme"
    path.write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_meme(path)
    assert "bad.meme" in str(error.value)


MEME_TEXT = """********
MEME - Motif discovery tool
********
MEME version 5.5.8

ALPHABET= ACGT

********
MOTIF GC MEME-1\twidth =   2  sites =  40  llr = 91  E-value = 1.2e-009
********
\tMotif GC MEME-1 position-specific scoring matrix
log-odds matrix: alength= 4 w= 2 n= 98 bayes= 8.2 E= 1.2e-009
  -332   -332    184   -232
  -332    184   -332   -232
--------
\tMotif GC MEME-1 position-specific probability matrix
 letter-probability matrix: alength= 4 w= 2 nsites= 40 E= 1.2e-009
 0.000000  0.000000  1.000000  0.000000
 0.000000  1.000000  0.000000  0.000000
--------
"""
DREME = """# DREME 5.0.5
MEME version 5.0.5

ALPHABET "DNA" DNA-LIKE
A "Adenine" CC0000 ~ T "Thymine" 008000
C "Cytosine" 0000CC ~ G "Guanine" FFB300
N "Any base" = ACGT
X = ACGT
END ALPHABET

MOTIF GC DREME-1

# BEST         GC         40          2   1.0e-010   1.0e-008

letter-probability matrix: nsites= NA
0 0 1 0
0 1 0 0

Time 0.1 secs.
"""


@pytest.mark.parametrize(("text", "nsites"), [(MEME_TEXT, 40), (DREME, 20)])
def test_the_suites_own_text_is_read(tmp_path, text, nsites):
    (tmp_path / "x.txt").write_text(text)
    (motif,) = read_meme(tmp_path / "x.txt")
    assert (motif.name, consensus(motif.ppm), motif.nsites) == ("GC", "GC", nsites)
    assert motif.alt in ("MEME-1", "DREME-1")


# ------------------------------------------------------------- MEME Suite's XML and HTML pages

PAGE_TEXT = """MEME version 5.5.8

ALPHABET= ACGT

MOTIF GW MEME-1
letter-probability matrix: alength= 4 w= 2 nsites= 40 E= 1.2e-009
 0.000000  0.250000  0.750000  0.000000
 0.600000  0.000000  0.000000  0.400000

MOTIF C MEME-2
letter-probability matrix: alength= 4 w= 1 nsites= 7 E= 0.3
 0.000000  1.000000  0.000000  0.000000
"""
LETTERS = """<alphabet name="DNA" like="dna">
<letter id="A" symbol="A" complement="T"/><letter id="C" symbol="C" complement="G"/>
<letter id="G" symbol="G" complement="C"/><letter id="T" symbol="T" aliases="U" complement="A"/>
<letter id="N" symbol="N" aliases="X." equals="ACGT" name="Any base"/>
</alphabet>"""


def array(*values):
    cells = zip("ACGT", values, strict=True)
    cells = "".join(f'<value letter_id="{letter}">{value}</value>' for letter, value in cells)
    return f"<alphabet_array>\n{cells}</alphabet_array>"


def matrices(*rows):
    scores, rows = array(-99, 5, -7, 20) * len(rows), "".join(array(*row) for row in rows)
    return f"""<scores><alphabet_matrix>{scores}</alphabet_matrix></scores>
<probabilities><alphabet_matrix>{rows}</alphabet_matrix></probabilities>
<contributing_sites><site><letter_ref letter_id="A"/></site></contributing_sites>"""


MEME_XML = f"""<?xml version='1.0' encoding='UTF-8' standalone='yes'?>
<!-- Document definition -->
<!DOCTYPE MEME[
<!ELEMENT motifs (motif*)>
<!ATTLIST motif name CDATA #REQUIRED alt CDATA "" url CDATA "">
]>
<MEME version="5.5.8"><training_set>{LETTERS}<letter_frequencies>{array(0.3, 0.2, 0.2, 0.3)}
</letter_frequencies></training_set><motifs>
<motif id="motif_1" name="GW" alt="MEME-1" width="2" sites="40" e_value="1.2e-009">
{matrices((0, 0.25, 0.75, 0), (0.6, 0, 0, 0.4))}</motif>
<motif id="motif_2" name="C" alt="MEME-2" width="1" sites="7">{matrices((0, 1, 0, 0))}</motif>
</motifs></MEME>
"""
POSITIONS = """<pos A="0" C="0.25" G="0.75" T="0"/><pos A="0.6" C="0" G="0" T="0.4"/>
</motif>"""
DREME_XML = f"""<dreme version="4.12.0"><model>{LETTERS}</model><motifs>
<motif id="m01" alt="MEME-1" seq="GW" length="2" nsites="40" p="9">{POSITIONS}
<motif id="m02" alt="MEME-2" seq="C" length="1" nsites="7"><pos A="0" C="1" G="0" T="0"/></motif>
</motifs></dreme>"""
STREME_XML = f"""<STREME version="5.5.8"><model>{LETTERS}</model><motifs>
<motif id="GW" alt="MEME-1" width="2" seed="GA" train_pos_count="33" test_pos_count="7">{POSITIONS}
<motif id="C" alt="MEME-2" width="1" seed="C" nsites="7"><pos A="0" C="1" G="0" T="0"/></motif>
</motifs></STREME>"""
SYMBOLS = [{"symbol": letter} for letter in "ACGT"] + [{"symbol": "N", "equals": "ACGT"}]
DATA = {
    "program": "MEME",
    "cmd": ["meme", "x.fa"],
    "alphabet": {"name": "DNA", "like": "dna", "ncore": 4, "symbols": SYMBOLS},
    "motifs": [
        {"id": "GW", "alt": "MEME-1", "len": 2, "nsites": 40, "psm": [[-9, 5, -7, 20]] * 2}
        | {"pwm": [[0, 0.25, 0.75, 0], [0.6, 0, 0, 0.4]], "sites": []},
        {"id": "C", "alt": "MEME-2", "len": 1, "nsites": 7, "pwm": [[0, 1, 0, 0]]},
    ],
}


def page(data=DATA, **changed):
    script = f"// @JSON_VAR data\n var data = {json.dumps(data | changed, indent=1)};"
    return f"<!DOCTYPE HTML>\n<html><script>\n{script}\n</script>\n<input name='x'></html>"


FIELDS = """<?xml version="1.0"?>
<!DOCTYPE html PUBLIC "-//W3C//DTD XHTML 1.0 Strict//EN" "http://www.w3.org/xhtml1.dtd">
<html><body><form>
<input type="hidden" name="version" value="MEME version 4.4.0"/>
<INPUT TYPE = HIDDEN NAME = alphabet VALUE = ACGT>
<input type="hidden" name="motifblock1" value="BL   MOTIF GW width=2 seqs=40
a   (  3) GA  1
//">
<input type="hidden" name="pssm1" value="log-odds matrix: alength= 4 w= 2 E= 1.2e-009
-99 5 -7 20
9 -99 -99 5
">
<input type="hidden" name="pspm1" value="letter-probability matrix: alength= 4 w= 2 nsites= 40
0 0.25 0.75 0
0.6 0 0 0.4
">
<input type='hidden' name='motifname2' value='C'>
<input type='hidden' name='pspm2' value='letter-probability matrix: nsites= 7 &#10;0 1 0 0&#10;'>
</form></body></html>"""


@pytest.mark.parametrize(
    "text",
    [
        MEME_XML,
        MEME_XML.replace('id="A"', 'id="l_A"').replace('letter_id="A"', 'letter_id="l_A"'),
        MEME_XML.replace("UTF-8", "UTF-16"),
        DREME_XML,
        DREME_XML.replace(LETTERS, '<background type="dna"/>').replace("<pos", '<pos i="1"'),
        STREME_XML,
        page(),
        page(program="streme", cmd="<html>"),
        page(alphabet={"symbols": "ACGT", "strands": "both"}),
        FIELDS,
    ],
    ids=lambda text: f"{text[:30]!r} and {len(text)} in all",
)
def test_pages_tell_the_motifs_of_the_text(tmp_path, text):
    (tmp_path / "text").write_text(PAGE_TEXT)
    (tmp_path / "page").write_text(text)
    expected, motifs = read_meme(tmp_path / "text"), read_meme(tmp_path / "page")
    assert [(m.name, m.nsites) for m in motifs] == [(m.name, m.nsites) for m in expected]
    for motif, other in zip(motifs, expected, strict=True):
        assert motif.alt in (other.alt, "")  # old HTML tells none
        np.testing.assert_array_equal(motif.ppm, other.ppm)


def test_the_order_of_letters_in_a_page_is_that_of_its_alphabet(tmp_path):
    symbols = [{"symbol": letter} for letter in "TGCA"]
    (tmp_path / "x").write_text(page(alphabet={"symbols": symbols}))
    assert [consensus(motif.ppm) for motif in read_meme(tmp_path / "x")] == ["CT", "G"]


@pytest.mark.parametrize(
    "text",
    [
        DREME_XML.replace('id="T" symbol="T"', 'id="U" symbol="U"').replace("T=", "U="),
        page(alphabet={"symbols": "ACGU"}),
        FIELDS.replace("VALUE = ACGT", "VALUE = ACGU"),
    ],
    ids=["xml", "json", "fields"],
)
def test_rna_in_a_page_is_read_and_told(tmp_path, text):
    (tmp_path / "x").write_text(text)
    with pytest.warns(UserWarning, match="U is read as T"):
        assert [consensus(motif.ppm) for motif in read_meme(tmp_path / "x")] == ["GA", "C"]


# Each is ten times the one before.
ENTITIES = "".join(f'<!ENTITY e{i + 1} "{f"&e{i};" * 10}">' for i in range(9))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("<!DOCTYPE html>\n<html>MEME version 5\n</html>", "it holds none.*meme.txt"),
        (MEME_XML[:-9], "ExpatError.*meme.txt"),
        (MEME_XML[: MEME_XML.index("<motif ")] + "</motifs></MEME>", "it holds none.*meme.txt"),
        (MEME_XML.replace("]>", f'<!ENTITY e0 "x">{ENTITIES}]>'), "entity e0.*meme.txt"),
        (MEME_XML.replace("]>", '<!ENTITY e SYSTEM "/etc/hostname">]>'), "entity e"),
        (MEME_XML.replace("]>", '<!ENTITY % e SYSTEM "x">]>'), "entity e"),
        (MEME_XML.replace(">0.25<", ">&e;<"), "undefined entity"),
        (MEME_XML.replace('letter_id="A"', 'letter_id="B"'), "KeyError: 'A'"),
        (MEME_XML.replace(">0.25<", "><"), "TypeError"),
        (MEME_XML.replace('width="2"', 'width="3"'), "motif GW: .*w= 3.* 2 rows"),
        (MEME_XML.replace('symbol="T"', 'symbol="D"'), "alphabet is 'ACDG'"),
        (MEME_XML.replace('name="C"', 'name="a b"'), "'a b' is not the name"),
        (DREME_XML.replace('C="0.25"', 'C="nan"'), "motif GW, row 1 "),
        (DREME_XML.replace('A="0.6"', 'A="inf"'), "motif GW: .*w= 2.* 1 rows"),
        (DREME_XML.replace('C="0.25"', 'C="0.5"'), "motif GW, row 1 .*sum 1.25"),
        (DREME_XML.replace("dreme", "tomtom"), "tomtom was given motifs"),
        (page(program="CentriMo"), "CentriMo was given motifs.*meme.txt"),
        (page(motifs=[]), "it holds none.*meme.txt"),
        (page(motifs={"a": 1}), "TypeError.*meme.txt"),
        (page(motifs=[{"id": "a", "psm": [[1, 2, 3, 4]]}]), "KeyError: 'pwm'"),
        (page(motifs=[{"id": "a", "pwm": [[0, 0, 1]]}]), "ValueError.*meme.txt"),
        (page(motifs=[{"id": "a", "pwm": [[10**999, 0, 0, 1]]}]), "OverflowError"),
        (page(motifs=[{"id": "", "pwm": [[0, 0, 0, 1]]}]), "'' is not the name"),
        (page(alphabet={"symbols": "ACDEFGHIKLMNPQRSTVWY"}, motifs=[]), "it holds none"),
        (page()[:400], "JSONDecodeError.*meme.txt"),
        ("<html> var data = " + '{"a":' * 100_000, "can be read.*meme.txt"),
        (FIELDS.replace("motifblock1", "x"), "KeyError.*motifname1.*meme.txt"),
        (FIELDS.replace("0.6 0 0", "0.6 0"), "motif GW, row 2"),
        (FIELDS.replace("VALUE = ACGT", "VALUE = ACDEFGHIKLMNPQRSTVWY"), "must be ACGT"),
    ],
    ids=lambda value: f"{value[:30]!r} and {len(value)} in all",
)
def test_bad_page_is_named(tmp_path, text, message):
    (tmp_path / "bad.html").write_text(text)
    with pytest.raises(ValueError, match=message) as error:
        read_meme(tmp_path / "bad.html")
    assert "bad.html" in str(error.value)


def test_amino_acids_in_a_page_are_refused(tmp_path):
    letters = "ACDEFGHIKLMNPQRSTVWY"
    motifs = [{"id": "a", "pwm": [[0.05] * 20]}]
    (tmp_path / "x").write_text(page(alphabet={"symbols": letters}, motifs=motifs))
    with pytest.raises(ValueError, match=f"'{letters}'; it must be ACGT"):
        read_meme(tmp_path / "x")


def test_a_default_of_the_dtd_is_not_repeated_in_memory(tmp_path):
    """An entity is not the only way to write a small page that becomes a large tree."""
    long = f'<!ATTLIST letter_ref x CDATA "{"x" * 100_000}">]>'
    text = MEME_XML.replace("]>", long).replace("<site>", "<site>" + "<letter_ref/>" * 5_000)
    (tmp_path / "x").write_text(text)
    tracemalloc.start()
    assert len(read_meme(tmp_path / "x")) == 2
    assert tracemalloc.get_traced_memory()[1] < 2**26
    tracemalloc.stop()


def test_an_alphabet_with_comments_and_names_of_any_kind(tmp_path):
    text = DREME.replace('"Adenine"', '"A = a ~ b"').replace('C "Cyt', '# core = C ~ G\n\nC "Cyt')
    (tmp_path / "x").write_text(text)
    assert [motif.name for motif in read_meme(tmp_path / "x")] == ["GC"]


def test_no_motif_is_lost_by_white_space(tmp_path):
    old = "MOTIF  2\twidth=    2   sites=  18   llr=20\n"
    text = f"{HEADER}MOTIF a\n{MATRIX}{ROWS}\n  MOTIF b\n{MATRIX}{ROWS}\n{old}{MATRIX}+{ROWS}"
    (tmp_path / "x").write_text(text)
    motifs = read_meme(tmp_path / "x")
    assert [(motif.name, motif.alt) for motif in motifs] == [("a", ""), ("b", ""), ("2", "")]
    np.testing.assert_array_equal(motifs[2].ppm, motifs[0].ppm)


def test_rna_and_repeated_names_are_read_and_told(tmp_path):
    text = HEADER.replace("ACGT", "ACGU") + f"MOTIF a\n{MATRIX}{ROWS}\nMOTIF a\n{MATRIX}{ROWS}"
    (tmp_path / "x").write_text(text)
    with pytest.warns(UserWarning) as told:
        motifs = read_meme(tmp_path / "x")
    assert [motif.name for motif in motifs] == ["a", "a_2"]
    assert any("U is read as T" in str(one.message) for one in told)
    assert any("renamed a_2" in str(one.message) for one in told)


def test_unique_names_take_no_name_that_is_there():
    assert unique_names(["a", "a", "a_2", "b", "a"]) == ["a", "a_3", "a_2", "b", "a_4"]
    many = [f"r{i}" for i in range(50_000)] + ["r0"] * 50_000  # in seconds, not in hours
    assert unique_names(many) == many[:50_000] + [f"r0_{i}" for i in range(2, 50_002)]


def test_two_decimals_are_enough_and_sites_are_whole_numbers(tmp_path):
    (tmp_path / "x").write_text(HEADER + "MOTIF a\n" + MATRIX + "0.33 0.33 0.33 0.00\n1 0 0 0")
    (motif,) = read_meme(tmp_path / "x")
    np.testing.assert_allclose(motif.ppm.sum(axis=1), 1)
    for nsites, written in ((1_234_567.0, 1_234_567), (17.6, 18)):
        write_meme(tmp_path / "y", [replace(motif, nsites=nsites)])
        assert read_meme(tmp_path / "y")[0].nsites == written
        with (tmp_path / "y").open() as file:
            assert bio_motifs.parse(file, "minimal")[0].num_occurrences == written


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
