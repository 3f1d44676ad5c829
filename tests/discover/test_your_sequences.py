"""The chapter as a tool: papermill and the command on a small file."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from grimlib.discover import FILES
from grimlib.motifs import read_meme
from grimlib.sequences import decode, reverse_complement

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("your_sequences")]

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOK = ROOT / "book" / "your_sequences.ipynb"
WORD = "GTTTCGCAATCC"
# None is its default.
GIVEN = dict(n_filters=8, views="position", strands=1, epochs=60, seed=3)


def papermill(fasta: Path, **parameters) -> list[str]:
    given = dict(fasta=fasta, outdir="results") | GIVEN | parameters
    options = [str(word) for name, value in given.items() for word in ("-p", name, value)]
    return [sys.executable, "-m", "papermill", str(NOTEBOOK), "out.ipynb", *options]


def grim(fasta: Path, **parameters) -> list[str]:
    given = GIVEN | parameters
    options = [str(word) for name, value in given.items() for word in (f"--{name}", value)]
    program = "from grimlib.discover.command import main; main()"
    return [sys.executable, "-c", program, str(fasta), "--outdir", "results", *options]


def start(command: list[str], folder: Path, **arguments) -> subprocess.Popen:
    return subprocess.Popen(
        command,
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        text=True,
        start_new_session=True,
        # A test run in the background of a shell has been told to ignore SIGINT, and passes it on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        **arguments,
    )


def run(command: list[str], folder: Path) -> tuple[int, str]:
    """The exit status, and what stood on stderr."""
    running = start(command, folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    _, errors = running.communicate()
    return running.returncode, errors


def stop(command: list[str], folder: Path, number: int) -> int:
    """Run it until it trains, then send a signal; the exit status."""
    running = start(command, folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    told = ""
    while "GRIM:" not in told:
        told += running.stderr.read(1)
        assert running.poll() is None, "it ended before it trained"
    running.send_signal(number)
    running.communicate(timeout=60)
    return running.returncode


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="signals as on POSIX")
def test_chapter_and_command_give_the_same(fasta, tmp_path):
    """Regions of a genome against others of it, without WORD; the command also where it was
    interrupted and killed before."""
    sequences = [text.split("\n")[1] for text in fasta.read_text().split(">")[1:]]
    rng = np.random.default_rng(0)
    sequences += [decode(rng.integers(0, 4, 80)) for _ in range(300)]
    genome, peaks, others = (tmp_path / name for name in ("g.fa", "peaks.bed", "others.bed"))
    genome.write_text("".join(f">c{i}\n{text}\n" for i, text in enumerate(sequences)))
    regions = [f"c{i}\t0\t{len(text)}\tx\t0\t+\n" for i, text in enumerate(sequences)]
    peaks.write_text("".join(regions[:300]))
    others.write_text("".join(regions[300:]))
    given = dict(genome=genome, peak_width=70, control=others)
    chapter, command = tmp_path / "chapter", tmp_path / "command"
    for folder in (chapter, command):
        folder.mkdir()
    assert stop(grim(peaks, **given), command, signal.SIGINT) == 130
    assert stop(grim(peaks, **given), command, signal.SIGKILL) == -signal.SIGKILL
    assert names(command) == []
    for call, folder in ((papermill, chapter), (grim, command)):
        status, errors = run(call(peaks, **given), folder)
        assert status == 0, errors
    assert names(chapter) == ["out.ipynb", "results"]
    assert names(command) == ["results"]

    (motif, *_) = read_meme(chapter / "results" / "motifs.meme")
    best = motif.ppm.argmax(axis=1)
    assert WORD in decode(best) + " " + decode(reverse_complement(best))

    ours, theirs = chapter / "results", command / "results"
    assert names(ours) == names(theirs)
    assert set(names(ours)) == {"report.html", *(name.rstrip("/") for name in FILES)}
    for name in FILES:
        if (ours / name).is_file() and name != "settings.json":
            assert (ours / name).read_bytes() == (theirs / name).read_bytes()
    one, two = (json.loads((folder / "settings.json").read_text()) for folder in (ours, theirs))
    assert one["settings"] == GIVEN
    assert (one["genome"], one["peak_width"], one["control"]) == ("g.fa", 70, "others.bed")
    assert one.pop("provenance").keys() == two.pop("provenance").keys()
    assert one == two


def test_a_bad_parameter_ends_papermill_with_an_error(fasta, tmp_path):
    status, errors = run(papermill(fasta, strands=3), tmp_path)
    assert status != 0 and "ValueError: strands is 3; use one of (1, 2)" in errors
    assert names(tmp_path) == ["out.ipynb"], "papermill's own"
