"""What is installed works without a clone; cells to take along run by themselves."""

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from books import PARAMETERS, ROOT, SMALL, copy_book

import grimlib
from grimlib import paper


def cells_to_take(chapter: str) -> tuple[list[str], list[str]]:
    """A chapter's parameters and import cell, and its cells with the tag "copy"."""
    setup, marked = [], []
    for cell in nbformat.read(ROOT / f"book/{chapter}.ipynb", as_version=4).cells:
        tags = cell.metadata.get("tags", [])
        if cell.cell_type != "code":
            continue
        if "copy" in tags:
            marked.append(cell.source)
        elif "parameters" in tags or (
            not tags
            and re.search(r"^(import grimlib|from grimlib import \w+(, \w+)*)$", cell.source, re.M)
        ):
            setup.append(cell.source)
    return setup, marked


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    """A folder with the package as a wheel installs it, which nothing may be written to."""
    folder = tmp_path_factory.mktemp("wheel")
    copy_book(folder / "source", "pyproject.toml", "README.md", "LICENSE", "grimlib", "data")
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    build = ["wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", folder]
    subprocess.run([*pip, *build, folder / "source"], check=True)
    (built,) = folder.glob("*.whl")
    installed = folder / "installed"
    subprocess.run([*pip, "install", "--no-deps", "--target", installed, built], check=True)
    shutil.rmtree(folder / "source")
    return installed


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A new home, in which Tomtom is compiled already."""
    home = tmp_path_factory.mktemp("home")
    for folder in Path(os.environ["NUMBA_CACHE_DIR"]).glob("memelite_*"):
        shutil.copytree(folder, home / ".cache/grimlib/numba" / folder.name)
    return home


@pytest.fixture
def outside(wheel, home) -> dict[str, str]:
    """The environment of a process that finds the wheel's package, and a new home, elsewhere."""
    others = ("XDG_", "GRIMLIB_", "NUMBA_CACHE_DIR")
    kept = {k: v for k, v in os.environ.items() if not k.startswith(others)}
    return kept | {"PYTHONPATH": str(wheel), "HOME": str(home), "MPLBACKEND": "agg"}


def run_each_alone(
    folder: Path, cells: list[list[str]], *files: Path, environment: dict[str, str] | None = None
) -> tuple[int, str]:
    """Run each cell after its setup, with no name and no file of another: how many fail, messages.

    Of a cell are given the sources to run in order, its own last.
    """
    given = json.dumps({"cells": cells, "files": list(map(str, files))})
    result = subprocess.run(
        [sys.executable, ROOT / "tests/run_each_alone.py"],
        cwd=folder,
        env={**(environment or os.environ), "IPYTHONDIR": str(folder / "ipython")},
        input=given,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    return result.returncode, result.stdout


ALONE = {
    **PARAMETERS,
    "gallery": SMALL,
    "your_sequences": dict(fasta="peaks.fa", n_filters=8, epochs=5),
}
WITH_COPIES = sorted(
    path.stem for path in (ROOT / "book").glob("*.ipynb") if cells_to_take(path.stem)[1]
)


def test_every_chapter_that_computes_has_cells_to_take():
    assert set(WITH_COPIES) >= {
        *("index", "background", "method", "task1", "task2", "choices", "redundancy"),
        *("discussion", "your_sequences", "gallery"),
    }


def contents(folder: Path) -> dict[str, int]:
    """Every file below a folder, with its size."""
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.stat().st_size for path in files}


@pytest.mark.slow
@pytest.mark.xdist_group("wheel")
class TestWheel:
    """What is installed works without a clone, and writes to the user's cache folder only."""

    def test_each_cell_to_take_runs_by_itself(self, wheel, outside, tmp_path):
        cells = []
        for chapter in WITH_COPIES:
            setup, marked = cells_to_take(chapter)
            small = [f"{name} = {value!r}" for name, value in ALONE.get(chapter, {}).items()]
            cells += [[*setup[:1], *small, *setup[1:], cell] for cell in marked]
        first = "import grimlib; from pathlib import Path; where = Path(grimlib.__file__)"
        where = f"{first}\nassert where.is_relative_to({str(wheel)!r})"
        jaspar = "import grimlib; assert len(grimlib.load_jaspar()) == 519"
        peaks = tmp_path / "peaks.fa"
        write_peaks(peaks, 200)
        before = contents(wheel)
        cells += [[where], [jaspar]]
        failed, messages = run_each_alone(tmp_path, cells, peaks, environment=outside)
        assert failed == 0, messages
        assert messages.count("ran by itself") == len(cells)
        assert contents(wheel) == before

    def test_the_command_analyses_a_file(self, wheel, home, outside, tmp_path):
        work = tmp_path / "work"
        work.mkdir()
        write_peaks(work / "peaks.fa", 600)
        before = contents(wheel)
        (command,) = wheel.glob("bin/grim*")
        arguments = ["peaks.fa", "--outdir", "results", "--n-filters", "8", "--epochs", "5"]
        result = subprocess.run(
            [sys.executable, command, *arguments],
            cwd=work,
            env=outside,
            capture_output=True,
            text=True,
        )
        assert result.returncode == 0, result.stderr
        assert {path.name for path in work.iterdir()} == {"peaks.fa", "results"}
        assert (work / "results/report.html").exists()
        assert contents(wheel) == before
        # .keras holds Keras's own settings.
        written = {Path(name).parts[0] for name in contents(home)}
        assert written <= {".cache", ".keras", "Library", "AppData"}


@pytest.mark.parametrize("chapter", WITH_COPIES)
def test_no_function_of_a_cell_to_take_needs_a_name_from_elsewhere(chapter):
    """Not even one that the cell defines and does not call."""
    setup, marked = cells_to_take(chapter)
    for cell in marked:
        assert undefined_names("\n".join([*setup, cell])) == ""


def undefined_names(code: str) -> str:
    ruff = [sys.executable, "-m", "ruff", "check", "--isolated", "--quiet", "--select=F821", "-"]
    return subprocess.run(ruff, input=code, capture_output=True, text=True).stdout


def test_a_cell_that_leans_on_another_is_found(tmp_path):
    setup = ["import math\nfrom pathlib import Path", "n = 2"]
    good = ["a = math.pi * n", "assert n == 2\nn = 3", "Path('left').touch(); n + 1", "n == 2"]
    leaning = {
        "a + 1": "NameError: name 'a'",
        "Path('left').read_text()": "FileNotFoundError:",
    }
    cells = [[*setup, cell] for cell in (*good, *leaning, "assert n == 2")]
    failed, messages = run_each_alone(tmp_path, cells)
    assert failed == 2 and messages.count("ran by itself") == 5, messages
    for cell, error in leaning.items():
        assert re.search(rf"{re.escape(error)}.*, in the cell\n\n{re.escape(cell)}", messages)
    assert "Undefined name `a`" in undefined_names("import math\ndef f():\n    return a")


def write_peaks(path: Path, number: int) -> None:
    """Sequences of one's own, with the motifs of Task 2."""
    tokens = paper.simulate_task2(n_sequences=number, seed=3).tokens
    path.write_text("".join(f">peak_{i}\n{grimlib.decode(row)}\n" for i, row in enumerate(tokens)))
