"""Any bytes in the place of a file: a clear error that names it, soon, and in little memory.

`pytest tests/method/test_fuzzing.py --hypothesis-profile=long` goes on for about an hour.
"""

import bz2
import gzip
import io
import json
import lzma
import random
import re
import time
import tracemalloc
import warnings
import zipfile
from contextlib import contextmanager
from dataclasses import asdict
from functools import partial

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib.discover import load_targets, read_peaks
from grimlib.discover.regions import read_either
from grimlib.motifs import Motif, read_meme, write_meme
from grimlib.paper._records import read_records
from grimlib.paper.fitting import load_checkpoint
from grimlib.paper.groups import read_specs
from grimlib.paper.parameters import check_parameters
from grimlib.paper.search import finished
from grimlib.paper.trials import Trial, TrialSpec, load_trial, save_trial
from grimlib.sequences import decode, read_fasta
from grimlib.training import has_collapsed

fuzz = settings(deadline=None)  # the number of examples is the profile's

SECONDS = 10
BYTES = 2**25


@contextmanager
def refusal(path):
    """Whatever happens within names the file, and takes neither long nor much memory."""
    tracemalloc.start()
    began = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            warnings.simplefilter("ignore", UserWarning)
            yield
    except (ValueError, OSError) as error:
        assert str(path) in str(error), error
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert time.process_time() - began < SECONDS
    assert peak < BYTES + 1_000 * path.stat().st_size


# ------------------------------------------------------------------------------------ valid files


def fasta() -> bytes:
    rng = np.random.default_rng(0)
    rows = (decode(rng.integers(0, 5, 60 + i, dtype=np.int8)) for i in range(25))
    return "".join(
        f">chr1:{100 * i}-{100 * i + 60 + i}(+) x\n{row}\n" for i, row in enumerate(rows)
    ).encode()


MATRIX = """letter-probability matrix: alength= 4 w= 3 nsites= 17 E= 0
0.1 0.2 0.3 0.4
 1.0 0.0 0.0 0.0
0.25\t0.25 0.25 0.25
"""
MEME = f"""MEME version 5

ALPHABET= ACGT

strands: + -

Background letter frequencies
A 0.25 C 0.25 G 0.25 T 0.25

MOTIF one first
{MATRIX}URL http://x

MOTIF two
{MATRIX}"""
DEFINED = MEME.replace(
    "ALPHABET= ACGT",
    'ALPHABET "DNA" DNA-LIKE\nA "Adenine" CC0000 ~ T "Thymine" 008000\n'
    'C "Cytosine" 0000CC ~ G "Guanine" FFB300\nN = ACGT\nEND ALPHABET',
)
JASPAR = ">MA1.1 ONE\nA [ 0 9 ]\nC [ 0 1 ]\nG [10 0 ]\nT [ 0 0 ]\n>two\n1 2\n3 4\n5 6\n7 8\n"
TRANSFAC = "AC M1\nXX\nID one\nXX\nP0 A C G T\n01 0 0 10 0 G\n02 9 1 0 0 A\nXX\n//\n" * 2
LETTERS = "".join(f'<letter id="l{letter}" symbol="{letter}"/>' for letter in "ACGT")
POSITION = "".join(f'<value letter_id="l{letter}">0.25</value>' for letter in "ACGT")
POSITIONS = f"<alphabet_array>{POSITION}</alphabet_array>\n" * 2
XML_MOTIFS = f"""<motif name="one" sites="9" width="2"><probabilities><alphabet_matrix>{POSITIONS}
</alphabet_matrix></probabilities></motif>\n<motif id="two" nsites="9">
<pos lA="0" lC="1" lG="0" lT="0"/></motif>\n"""
XML = f"""<?xml version="1.0" encoding="UTF-8"?>\n<!DOCTYPE MEME[<!ATTLIST motif alt CDATA "x">]>
<MEME><training_set><alphabet>{LETTERS}</alphabet></training_set>
<motifs>{XML_MOTIFS}</motifs></MEME>"""
DATA = {
    "program": "MEME",
    "alphabet": {"symbols": [{"symbol": letter} for letter in "ACGT"]},
    "motifs": [
        {"id": name, "alt": "x", "len": 1, "nsites": 9, "pwm": [[0, 0.5, 0, 0.5]]}
        for name in ("one", "two")
    ],
}


def page(data: object) -> str:
    return f"<html><script>\nvar data = {json.dumps(data, indent=1)};\n</script></html>"


FIELDS = """<html><input type="hidden" name="alphabet" value="ACGT">
<INPUT TYPE = HIDDEN NAME = motifblock1 VALUE = 'BL  MOTIF one width=1'>
<input name="pspm1" value="letter-probability matrix: nsites= 9&#10;0 1 0 0
"><input name="motifname2" value="two"><input name="pspm2" value="letter-probability matrix: w= 1
0 1 0 0
"></html>"""
MOTIFS = [MEME, DEFINED, JASPAR, TRANSFAC, XML, page(DATA), FIELDS]
MOTIFS = [text.encode() for text in MOTIFS]

SPEC = TrialSpec(
    task="task1", model="grim", pool_size=4, n_filters=1, epochs=1, seed=0, data_seed=0
)
RUN = {"seed": 3}
HISTORY = {"loss": [1.5], "val_loss": [2.5]}
PROGRESS = {"run": RUN, "history": HISTORY, "seconds": 1.5, "resumed": [1]}


def archive(about: object, compressed: bool = True, **arrays) -> bytes:
    file = io.BytesIO()
    save = np.savez_compressed if compressed else np.savez
    save(file, about=np.array(json.dumps(about)), **arrays)
    return file.getvalue()


def artifact(about: object = None) -> bytes:
    about = about or {
        "spec": asdict(SPEC),
        "history": HISTORY,
        "metrics": {},
        "provenance": {"seconds": 1.5},
    }
    return archive(about, kernel=np.zeros((19, 4, 1), np.float16), bias=np.zeros(1, np.float32))


def checkpoint(about: object = PROGRESS) -> bytes:
    arrays = {f"v{i}": np.arange(i + 1, dtype=np.float32) for i in range(3)}
    return archive(about, compressed=False, **arrays)


# --------------------------------------------------------------------------------------- mutations

WORDS = [
    b"\0", b"\xff\xfe", b"\x1f\x8b", b"PK\3\4", b"BZh9", b"\xfd7zXZ\0", b"\r", b"\n\n", b"\x0b",
    b"\xe9", "\u2028".encode(), "\u202e".encode(), b">", b">\n", b"-", b"*", b"U", b" ", b"nan",
    b"-inf", b"1e999", b"-1", b"0", b"9" * 5000, b"w= 1000000000", b"alength= 4", b"nsites= 1e999",
    b"MOTIF", b"MOTIF one\n", b"ALPHABET= ACGU\n", b"ALPHABET\n", b"END ALPHABET\n", b"//\n",
    b"letter-probability matrix:", b"MEME version 4\n", b"P0 A C G T\n", b"RN x\n", b"[", b"]",
    b"{", b'"', b"null", b"chr1:1-", b"::", b"Infinity", b"<", b"</", b"/>", b"<!--", b"<![CDATA[",
    b"]]>", b"&lt;", b"&#0;", b"&a;", b'<!ENTITY a "b">', b"<html>", b"<input name='pspm1' value='",
    b"<motif>", b"'",
]  # fmt: skip


def flipped(data: bytes, at: int, rng: random.Random) -> bytes:
    return data[:at] + bytes([rng.randrange(256)]) + data[at + 1 :]


def cut(data: bytes, at: int, rng: random.Random) -> bytes:
    return data[:at]


def left_out(data: bytes, at: int, rng: random.Random) -> bytes:
    return data[:at] + data[at + rng.randrange(1, 100) :]


def put_in(data: bytes, at: int, rng: random.Random) -> bytes:
    return data[:at] + rng.choice(WORDS) * rng.choice([1, 1, 1, 2, 1000]) + data[at:]


def other_number(data: bytes, at: int, rng: random.Random) -> bytes:
    return re.sub(rb"\d+", lambda _: rng.choice(WORDS[18:24]), data[at:], count=1).join(
        [data[:at], b""]
    )


def repeated(data: bytes, at: int, rng: random.Random) -> bytes:
    return data[:at] + data[at : at + rng.randrange(1, 100)] * rng.choice([2, 100]) + data[at:]


def shuffled(data: bytes, at: int, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True)
    rng.shuffle(lines)
    return b"".join(lines)


def doubled(data: bytes, at: int, rng: random.Random) -> bytes:
    lines = data.splitlines(keepends=True) or [b""]
    line = rng.randrange(len(lines))
    return b"".join(lines[:line] + lines[line : line + 1] * rng.choice([2, 2, 300]) + lines[line:])


def encoded(data: bytes, at: int, rng: random.Random) -> bytes:
    return data.decode("latin-1").encode(rng.choice(["utf-16", "utf-32", "utf-16-le", "utf-7"]))


def packed(data: bytes, at: int, rng: random.Random) -> bytes:
    return rng.choice([gzip.compress, bz2.compress, lzma.compress])(data)


CHANGES = [flipped, cut, left_out, put_in, put_in, other_number, other_number, repeated, shuffled]
CHANGES += [doubled, encoded, packed]


@st.composite
def changed(draw, *originals: bytes) -> bytes:
    """One of valid files after one to four changes."""
    data = draw(st.sampled_from(originals))
    changes = draw(st.lists(st.sampled_from(CHANGES), min_size=1, max_size=4))
    rng = random.Random(draw(st.integers(0, 2**32)))
    for change in changes:
        data = change(data, rng.randrange(len(data) + 1), rng)[: 2**18]
    return data


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzzing") / "any.file"


# ------------------------------------------------------------------------------------------ readers


@fuzz
@given(data=changed(fasta()))
def test_sequences(path, data):
    path.write_bytes(data)
    with refusal(path):
        peaks = read_peaks(path)
        assert len(set(peaks.ids)) == len(peaks.places) == len(peaks.tokens) >= 20
        assert peaks.unknown >= 0 and peaks.fingerprint
    with refusal(path):
        read_fasta(path)


@pytest.fixture(scope="module")
def genome(tmp_path_factory):
    folder = tmp_path_factory.mktemp("genome")
    rng = np.random.default_rng(1)
    rows = [decode(rng.integers(0, 4, 5_000, dtype=np.int8)) for _ in range(2)]
    (folder / "g.fa").write_text("".join(f">chr{i}\n{row}\n" for i, row in enumerate(rows, 1)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("GRIMLIB_CACHE", str(folder / "cache"))
        yield folder / "g.fa"


BED = "".join(f"chr{i % 2 + 1}\t{90 * i}\t{90 * i + 80}\tp{i}\t0\t+\n" for i in range(120))
NARROW = BED.replace("+", "-\t1.5\t2.5\t-1\t40")


@fuzz
@given(data=changed(BED.encode(), ("track name=x\n#\n" + NARROW).encode(), fasta()))
def test_regions(path, genome, data):
    path.write_bytes(data)
    with refusal(path):
        peaks = read_peaks(path, genome, 60, strands=1)
        assert None not in peaks.places and len(peaks.places) == len(peaks.tokens) >= 20
    with refusal(path):
        assert sum(1 for _ in read_either(path, genome)) > 0


@fuzz
@given(data=changed(*MOTIFS))
def test_motifs(path, data):
    path.write_bytes(data)
    with refusal(path):
        read_meme(path)
    with refusal(path):
        targets = load_targets(path)
        assert targets and len({motif.name for motif in targets}) == len(targets)


@fuzz
@given(data=changed(artifact()))
def test_artifacts(path, data):
    path.write_bytes(data)
    with refusal(path):
        use(load_trial(path))


@fuzz
@given(data=changed(checkpoint()))
def test_checkpoints(path, data):
    path.write_bytes(data)
    with refusal(path):
        use_progress(*load_checkpoint(path, RUN))


@fuzz
@given(data=changed(json.dumps([{"trial": "x", "spec": asdict(SPEC)}]).encode()))
def test_records(path, data):
    path.write_bytes(data)
    with refusal(path):
        read_records(path, "trial")
    with refusal(path):
        read_specs(path)
    with refusal(path):
        finished(path)


def use(trial: Trial) -> None:
    assert trial.collapsed in (True, False)
    assert trial.spec.filename and isinstance(trial.provenance, dict)
    assert trial.kernel.shape == (19, 4, trial.spec.n_filters)


def use_progress(values, progress) -> None:
    assert isinstance(values, list) and progress.epochs >= 0
    assert (progress.finite in (True, False) and progress.seconds >= 0) or True
    has_collapsed(progress.history, 1.0)


# ------------------------------------------------------ JSON of any shape within a sound container

ATOMS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5)
JSON = st.recursive(
    ATOMS | st.just(10**400),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=8,
)


@st.composite
def altered(draw, document):
    """A JSON document with one value, at any depth, in the place of another, or one left out."""
    if isinstance(document, dict | list) and document and draw(st.integers(0, 3)):
        keys = list(document) if isinstance(document, dict) else range(len(document))
        key = draw(st.sampled_from(keys))
        new = document.copy()
        if isinstance(document, dict) and draw(st.integers(0, 5)) == 0:
            del new[key]
        else:
            new[key] = draw(altered(document[key]))
        return new
    return draw(JSON)


ABOUT = {"spec": asdict(SPEC), "history": HISTORY, "metrics": {"x": 1.0}, "provenance": {"y": "z"}}


@fuzz
@given(about=altered(ABOUT))
def test_artifacts_that_tell_anything(path, about):
    path.write_bytes(artifact(about))
    with refusal(path):
        use(load_trial(path))


@fuzz
@given(data=altered(DATA))
def test_pages_that_tell_anything(path, data):
    path.write_text(page(data))
    with refusal(path):
        assert read_meme(path)


@fuzz
@given(about=altered(PROGRESS))
def test_checkpoints_that_tell_anything(path, about):
    path.write_bytes(checkpoint(about))
    with refusal(path):
        use_progress(*load_checkpoint(path, RUN))


@fuzz
@given(records=altered([{"trial": "x", "spec": asdict(SPEC)}]), fields=altered([asdict(SPEC)]))
def test_records_that_tell_anything(path, records, fields):
    path.write_text(json.dumps(records))
    with refusal(path):
        assert all(record["trial"] is not ... for record in read_records(path, "trial"))
    path.write_text("\n".join(map(json.dumps, records if isinstance(records, list) else [records])))
    with refusal(path):
        finished(path)
    path.write_text(json.dumps(fields))
    with refusal(path):
        read_specs(path)


@fuzz
@given(name=st.sampled_from(["n", "text", "flag", "one", "number"]), value=JSON)
def test_parameters(name, value):
    """Of a chapter, as papermill hands them over."""
    expected = dict(n=1, text=str, flag=bool, one=("a", "b"), number=(1, 2))
    given_ = dict(n=3, text="x", flag=True, one="a", number=2) | {name: value}
    try:
        check_parameters(given_, **expected)
    except ValueError as error:
        assert f"{name} is " in str(error)
    else:
        wanted = expected[name]
        assert type(value) is {"n": int, "number": int, "flag": bool}.get(name, str), wanted


# ----------------------------------------------------- numbers that are stated, and what unpacks


def header(shape: tuple, descr: str = "<f4", data: bytes = b"") -> bytes:
    file = io.BytesIO()
    fields = {"descr": descr, "fortran_order": False, "shape": shape}
    np.lib.format.write_array_header_1_0(file, fields)
    return file.getvalue() + data


@pytest.mark.parametrize(
    "member",
    [
        header((10**10,)),
        header((10**10, 10**10)),
        header((10**12,), "|V0"),
        header((1,), "|O", b"\0" * 8),
        header((-1,)),
        header((2**23,), data=b"\0" * 2**25),
    ],
    ids=["large", "larger", "of nothing", "objects", "negative", "a bomb"],
)
@pytest.mark.parametrize("load", [load_trial, lambda path: load_checkpoint(path, RUN)])
def test_arrays_are_not_as_large_as_they_claim(tmp_path, member, load):
    path = tmp_path / "x.npz"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name in ("kernel.npy", "bias.npy", "v0.npy", "about.npy"):
            file.writestr(name, member)
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"x\.npz.*delete it"):
        load(path)
    assert tracemalloc.get_traced_memory()[1] < BYTES
    tracemalloc.stop()


@pytest.mark.parametrize("pack", [gzip.compress, bz2.compress, partial(lzma.compress, preset=0)])
@pytest.mark.parametrize(("load", "start"), [(read_peaks, b">a\n"), (load_targets, b"\n")])
def test_a_small_file_does_not_unpack_to_a_large_one(tmp_path, pack, load, start):
    path = tmp_path / "bomb"
    path.write_bytes(pack(start + b"A" * 2**26))
    tracemalloc.start()
    with pytest.raises(ValueError, match="bomb unpacks to more than 200 times its size"):
        load(path)
    assert tracemalloc.get_traced_memory()[1] < 2**28
    tracemalloc.stop()


@pytest.mark.parametrize(
    "text",
    [
        "\n" * 300_000,
        "MEME version 4\n" + "\n" * 300_000,
        MEME + "ALPHABET DNA\nA ~ T\nC ~ G\nEND ALPHABET\n" * 15_000,
        MEME + f"MOTIF x\nletter-probability matrix: {'w' * 300_000}\n",
        MEME + f"MOTIF x\nletter-probability matrix: w {' ' * 300_000}\n",
        MEME + f"MOTIF x\n{MATRIX}" * 2_000,
        ">" * 300_000,
        ">x\n" * 100_000,
        JASPAR * 1_000,
        TRANSFAC * 1_000,
        XML.replace("</motifs>", XML_MOTIFS * 1_000 + "</motifs>"),
        XML.replace("</motifs>", "<a b='c'>" * 100_000),
        XML.replace("]>", "<!-- ]> " * 100_000),
        page(DATA | {"motifs": DATA["motifs"] * 1_000}),
        "<html>" + "var data = " * 30_000,
        "<html>var data = " + '{"a":' * 100_000,
        FIELDS + "<input " * 50_000,
        FIELDS + '<input "' * 50_000,
        FIELDS + "<input '\"" * 50_000,
        FIELDS + "<input " + "a" * 300_000,
        FIELDS + f"<input {'name ' * 100_000}>",
        FIELDS + f"<input name{' ' * 300_000}>",
        FIELDS + "<input name='pspm9' value='0 0 0 1'>" * 10_000,
        "<html" * 100_000,
        "<" * 300_000,
        "".join(f">{':' * 300_000}{i}\n{'ACGT' * i}\n" for i in range(6, 27)),
        "".join(f">chr1:{'9' * 300_000}{i}-{i}\n{'ACGT' * i}\n" for i in range(6, 27)),
        "".join(f">{':1-1' * 80_000}{i}\n{'ACGT' * i}\n" for i in range(6, 27)),
    ],
    ids=lambda text: f"{text[:8]!r} and {len(text)} more",
)
def test_the_time_grows_with_the_size(path, text):
    path.write_text(text)
    with refusal(path):
        load_targets(path)
    with refusal(path):
        assert len(read_peaks(path).places) == 21


def test_a_round_trip_is_not_refused(tmp_path):
    """The files that are changed here are valid."""
    for number, data in enumerate(MOTIFS):
        (tmp_path / str(number)).write_bytes(data)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            assert len(load_targets(tmp_path / str(number))) == 2
    (tmp_path / "x.fa").write_bytes(fasta())
    assert len(read_peaks(tmp_path / "x.fa").names) == 25
    (tmp_path / "x.npz").write_bytes(artifact())
    trial = load_trial(tmp_path / "x.npz")
    save_trial(trial, tmp_path / "y.npz")
    assert load_trial(tmp_path / "y.npz").history == trial.history == HISTORY
    (tmp_path / "c.npz").write_bytes(checkpoint())
    values, progress = load_checkpoint(tmp_path / "c.npz", RUN)
    assert [value.size for value in values] == [1, 2, 3]
    assert progress.history == HISTORY
    write_meme(tmp_path / "m.meme", [Motif("x", [[0.25] * 4])])
    assert len(read_meme(tmp_path / "m.meme")) == 1
