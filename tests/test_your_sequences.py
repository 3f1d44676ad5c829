"""The chapter as a tool: papermill runs on a small file, with good and bad parameters."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import jupytext
import numpy as np
import pytest

from grimlib.discover import Settings, find_motifs, train
from grimlib.motifs import load_jaspar, read_meme
from grimlib.peaks import read_peaks
from grimlib.report import FILES
from grimlib.sequences import decode, encode, reverse_complement

pytestmark = pytest.mark.xdist_group("your_sequences")

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "book" / "your_sequences.ipynb"
IRF1 = ROOT.parent / "shared" / "data" / "irf1_chipseq.fa"
WORD = "TGACCTAAGTGA"


@pytest.fixture(scope="module")
def fasta(tmp_path_factory):
    """300 sequences, each with one site on either strand."""
    rng = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("fasta") / "peaks.fa"
    with path.open("w") as file:
        for i in range(300):
            row = rng.integers(0, 4, rng.integers(70, 91), dtype=np.int8)
            word = encode(WORD)
            row[20:32] = word if rng.random() < 0.5 else reverse_complement(word)
            file.write(f">r{i}\n{decode(row)}\n")
    return path


def command(folder: Path, fasta: Path, **parameters) -> list[str]:
    small = dict(n_filters=8, width=16) | parameters
    options = [word for name, value in small.items() for word in ("-p", name, str(value))]
    return [
        *(sys.executable, "-m", "papermill", NOTEBOOK, "out.ipynb"),
        *("-p", "fasta", fasta, "-p", "outdir", "results", *options),
    ]


def papermill(folder: Path, fasta: Path, **parameters) -> subprocess.CompletedProcess:
    folder.mkdir(exist_ok=True)
    return subprocess.run(
        command(folder, fasta, **parameters),
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


EPOCHS = 60


@pytest.fixture(scope="module")
def whole(fasta, tmp_path_factory):
    """A run that nothing interrupts."""
    folder = tmp_path_factory.mktemp("whole")
    return folder, papermill(folder, fasta, epochs=EPOCHS)


@pytest.mark.slow
def test_a_run(whole):
    folder, done = whole
    assert done.returncode == 0, done.stderr
    assert names(folder) == ["out.ipynb", "results"], "no checkpoint is left"
    expected = {name.rstrip("/") for name in FILES} | {"report.html"}
    assert set(names(folder / "results")) == expected
    (motif, *_) = read_meme(folder / "results" / "motifs.meme")
    assert len(motif.ppm) >= 12
    best = motif.ppm.argmax(axis=1)
    found = {decode(best), decode(reverse_complement(best))}
    assert any(WORD in text for text in found)


@pytest.mark.slow
@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_ctrl_c_and_the_same_command_again(whole, fasta, tmp_path):
    """The kernel ends with papermill, the checkpoint stays, and the end is the same."""
    checkpoint = tmp_path / "results.checkpoint.npz"
    running = subprocess.Popen(
        command(tmp_path, fasta, epochs=EPOCHS),
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A test run in the background of a shell has been told to ignore SIGINT, and passes it on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )
    while not checkpoint.exists():
        assert running.poll() is None, "it ended before its first checkpoint"
        time.sleep(0.02)
    running.send_signal(signal.SIGINT)
    assert running.wait(60) != 0
    assert names(tmp_path) == ["out.ipynb", "results.checkpoint.npz"]
    before = checkpoint.read_bytes()
    time.sleep(1)
    assert checkpoint.read_bytes() == before, "nobody goes on training"

    done = papermill(tmp_path, fasta, epochs=EPOCHS)
    assert done.returncode == 0, done.stderr
    assert names(tmp_path) == ["out.ipynb", "results"]
    for name in ("motifs.meme", "filters.meme", "sites.bed", "sites.tsv", "tomtom.tsv"):
        ours, expected = (f / "results" / name for f in (tmp_path, whole[0]))
        assert ours.read_bytes() == expected.read_bytes()


@pytest.mark.slow
def test_a_bad_parameter_ends_papermill_with_an_error(fasta, tmp_path):
    done = papermill(tmp_path, fasta, strands=3)
    assert done.returncode != 0
    assert "ValueError: strands is 3; use one of (1, 2)" in done.stderr
    assert names(tmp_path) == ["out.ipynb"], "papermill's own"


# The same cells without papermill, up to where training would begin.


def run_cells(**parameters) -> dict:
    injected = "# Parameters\n" + "".join(f"{k} = {v!r}\n" for k, v in parameters.items())
    namespace = {"In": [injected]}
    for cell in jupytext.read(ROOT / "book" / "scripts" / "your_sequences.py").cells:
        if cell.cell_type == "code":
            if "grimlib.train(" in cell.source:
                return namespace
            exec(cell.source, namespace)
            if "parameters" in cell.metadata.get("tags", []):
                exec(injected, namespace)
    raise AssertionError("no training")


def test_good_parameters_reach_training(fasta, tmp_path, capsys):
    folder = tmp_path / "new" / "results"
    namespace = run_cells(fasta=str(fasta), outdir=str(folder), strands=1, seed=3)
    assert namespace["settings"] == Settings(strands=1, seed=3)
    assert namespace["checkpoint"] == tmp_path / "new" / "results.checkpoint.npz"
    assert "300 sequences read, 300 used" in capsys.readouterr().out
    assert names(tmp_path) == []


def test_without_a_file_the_page_makes_its_example(monkeypatch, tmp_path, capsys):
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    namespace = run_cells()
    assert Path(namespace["fasta"]).is_relative_to(tmp_path)
    peaks = namespace["peaks"]
    assert len(peaks.names) == 2_000 and 120 <= peaks.lengths.min() < peaks.lengths.max() <= 200


BAD = {
    "views": (dict(views="foo"), "views is 'foo'; use one of"),
    "strands": (dict(strands=3), "strands is 3; use one of"),
    "width": (dict(width=0), "width is 0; give a whole number of 1 or more"),
    "number as name": (dict(fasta=7), "fasta is 7; give text"),
    "seed": (dict(seed=2**32), f"seed is {2**32}; give a whole number of at most"),
    "unknown": (dict(stands=1), "unknown parameter 'stands'; did you mean 'strands'"),
    "no such file": (dict(fasta="none.fa"), "none.fa does not exist"),
    "no such targets": (dict(targets="none.meme"), "none.meme does not exist"),
    "no such release": (dict(targets="JASPAR1999"), "JASPAR1999"),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_parameters_are_refused_before_any_work(fasta, tmp_path, monkeypatch, case):
    monkeypatch.chdir(tmp_path)
    change, message = BAD[case]
    with pytest.raises((ValueError, FileNotFoundError), match=message):
        run_cells(**dict(fasta=str(fasta), outdir="a/results") | change)
    assert names(tmp_path) == []


def test_a_protein_file_and_a_folder_in_use(fasta, tmp_path):
    protein = tmp_path / "protein.fa"
    protein.write_text(">p\nMKVLEF\n")
    with pytest.raises(ValueError, match=r"protein.fa: record 1 \('p'\): 'L' at position 4"):
        run_cells(fasta=str(protein), outdir=str(tmp_path / "results"))
    with pytest.raises(ValueError, match="is not empty, and nothing in it is overwritten"):
        run_cells(fasta=str(fasta), outdir=str(tmp_path))
    with pytest.raises(ValueError, match="holds other things than results .*protein.fa"):
        run_cells(fasta=str(fasta), outdir=str(tmp_path), overwrite=True)
    assert names(tmp_path) == ["protein.fa"]


# Real peaks


@pytest.mark.slow
@pytest.mark.skipif(not IRF1.exists(), reason=f"{IRF1} is not there: real peaks are not tested")
def test_real_peaks():
    """IRF first, and its sites in the middle of the peaks, after a short training."""
    peaks = read_peaks(IRF1)
    settings = Settings(n_filters=16, epochs=6)
    training = train(peaks.tokens, settings)
    found = find_motifs(training, peaks.tokens, settings, load_jaspar())
    first = found.table.iloc[0]
    assert first["match"].startswith("IRF"), first
    assert first["share"] > 0.5 and first["share"] > 2 * first["shuffled share"]
    sites = found.sites[found.sites["motif"] == "motif_1"]
    rows = sites["sequence"].to_numpy(int)
    middle = (sites["start"] + sites["end"]).to_numpy(float) / 2 / peaks.lengths[rows]
    # By chance, a fifth of the sites would lie in the middle fifth.
    assert (abs(middle - 0.5) < 0.1).mean() > 0.3
