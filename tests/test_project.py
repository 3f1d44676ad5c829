"""The project's own files agree with one another: versions, notebooks, table of contents."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import execution_cache
import jupytext
import mathjax_file
import pytest
import yaml
from books import PAGES, copy_book
from packaging.markers import default_environment
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from sphinx.errors import ExtensionError

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
DEPENDENCIES = PROJECT["dependencies"] + [
    line
    for extra in PROJECT["optional-dependencies"].values()
    for line in extra
    if not line.startswith("grimlib[")  # an extra that takes others along
]
LOCK = [
    Requirement(line)
    for line in (ROOT / "requirements.lock").read_text().splitlines()
    if line and not line.startswith("#")
]
MODULES = sorted((ROOT / "grimlib").rglob("*.py"))
SCRIPTS = sorted((ROOT / "book/scripts").glob("*.py"))
CHAPTERS = [path.stem for path in SCRIPTS]
PLATFORMS = [
    {"python_version": python, "python_full_version": f"{python}.9", **machine}
    for python in ("3.11", "3.12", "3.13")
    for machine in (
        {"sys_platform": "linux", "platform_machine": "x86_64"},
        {"sys_platform": "linux", "platform_machine": "aarch64"},
        {"sys_platform": "darwin", "platform_machine": "arm64"},
        {"sys_platform": "win32", "platform_machine": "AMD64"},
    )
]


def applies(requirement: Requirement, platform: dict) -> bool:
    environment = {**default_environment(), **platform}
    return requirement.marker is None or requirement.marker.evaluate(environment)


# Versions


def test_the_lock_pins_every_version_exactly():
    assert LOCK
    for requirement in LOCK:
        assert re.fullmatch(r"==[\w.!+]+", str(requirement.specifier)), requirement
        assert requirement.url is None and not requirement.extras


@pytest.mark.parametrize(
    "platform", PLATFORMS, ids=lambda p: "-".join((p["python_version"], p["sys_platform"]))
)
def test_the_lock_satisfies_pyproject(platform):
    pins = {}
    for requirement in LOCK:
        if applies(requirement, platform):
            name = canonicalize_name(requirement.name)
            assert name not in pins, f"{name} is pinned twice"
            pins[name] = str(requirement.specifier).removeprefix("==")
    for requirement in map(Requirement, DEPENDENCIES):
        if applies(requirement, platform):
            pin = pins.get(canonicalize_name(requirement.name))
            assert pin is not None, f"{requirement} is not locked: run `make lock`"
            assert requirement.specifier.contains(pin), f"{requirement}, but {pin} is locked"


def test_jupyter_book_is_the_last_release_that_reads_the_configuration():
    # Version 2 builds nothing from _config.yml and _toc.yml, and exits with 0.
    assert "jupyter-book==1.0.4.post1" in map(str, LOCK)
    assert any(line.startswith("jupyter-book==1.0.4.post1") for line in DEPENDENCIES)


def test_conda_users_get_the_locked_versions():
    environment = yaml.safe_load((ROOT / "environment.yml").read_text())
    *conda, pip = environment["dependencies"]
    python, installer = map(Requirement, conda)
    assert (python.name, installer.name) == ("python", "pip")
    assert str(python.specifier) == str(Requirement(f"x{PROJECT['requires-python']}").specifier)
    assert pip == {"pip": ["-r requirements.lock", "-e ."]}


def test_binder_gets_the_same_environment_with_one_version_of_python():
    folder = ROOT / ".binder"  # which Binder prefers to the repository's top folder
    ours = yaml.safe_load((ROOT / "environment.yml").read_text())
    binder = yaml.safe_load((folder / "environment.yml").read_text())
    python, installer, pip = binder["dependencies"]
    # repo2docker reads the version from `python=3.x` only, and has its own default otherwise.
    assert re.fullmatch(r"python=3\.\d+", python) and installer == "pip"
    assert f"{python.split('=')[1]}.9" in Requirement(f"x{PROJECT['requires-python']}").specifier
    paths = [
        [line.split() for line in each] for each in (pip["pip"], ours["dependencies"][-1]["pip"])
    ]
    for (option, path), (our_option, our_path) in zip(*paths, strict=True):
        assert option == our_option
        assert (folder / path).resolve() == (ROOT / our_path).resolve()
        assert (folder / path).exists()


def test_citation_has_what_a_reference_needs():
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text())
    assert {"cff-version", "message", "title", "authors", "type"} <= citation.keys()
    assert str(citation["version"]) == PROJECT["version"]
    assert citation["license"] == PROJECT["license"]
    for work in [citation, *citation["references"]]:
        assert work["title"]
        assert all("name" in author or "family-names" in author for author in work["authors"])


# The package


def test_grimlib_leaves_the_backend_to_keras():
    """But for the one step on TensorFlow's CPU, which other backends do layer by layer."""
    for module in (module for module in MODULES if module.name != "_pooled.py"):
        tree = ast.parse(module.read_text())
        for node in ast.walk(tree):
            names = []
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or ""]
            for name in names:
                assert name.split(".")[0] not in {"tensorflow", "jax", "torch"}, (module, name)


def test_every_public_module_is_on_the_api_page():
    page = (ROOT / "book/api.md").read_text()
    documented = set(re.findall(r"^\.\. automodule:: (\S+)$", page, re.M))
    public = {
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for path in MODULES
        if not path.name.startswith("_") and path.stem != "command"
    }
    assert documented == public


# The book's sources


def test_the_two_tables_of_contents_are_the_same():
    assert (ROOT / "_toc.yml").read_bytes() == (ROOT / "book/_toc.yml").read_bytes()


def test_every_chapter_is_a_notebook_paired_with_a_script():
    notebooks = {path.stem for path in (ROOT / "book").glob("*.ipynb")}
    assert set(CHAPTERS) <= notebooks
    assert notebooks == {path.stem for path in SCRIPTS}
    assert notebooks | {path.stem for path in (ROOT / "book").glob("*.md")} == set(PAGES)


@pytest.mark.parametrize("name", CHAPTERS)
def test_a_notebook_has_the_cells_of_its_script_and_no_outputs(name):
    script = jupytext.read(ROOT / f"book/scripts/{name}.py")
    notebook = jupytext.read(ROOT / f"book/{name}.ipynb")

    def cells(document):
        return [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in document.cells]

    assert cells(notebook) == cells(script), "run `make sync`"
    assert notebook.metadata.kernelspec.name == "python3"
    for cell in notebook.cells:
        if cell.cell_type == "code":
            assert cell.outputs == [] and cell.execution_count is None, "run `make sync`"


# The site's extensions


def test_a_missing_mathjax_is_told_with_its_remedy(monkeypatch):
    monkeypatch.setattr(mathjax_file, "find_spec", lambda name: None)
    with pytest.raises(ExtensionError, match=r"not installed; `pip install -e \.\[book\]`"):
        mathjax_file.use_one_file(None, None)


def copy_inputs(target: Path) -> Path:
    for path in execution_cache.inputs(ROOT):
        copy = target / path.relative_to(ROOT)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
    return target


def test_the_cache_is_named_by_the_code_and_the_data(tmp_path, monkeypatch):
    copy = copy_inputs(tmp_path)
    before = execution_cache.inputs_hash(copy)
    assert before == execution_cache.inputs_hash(ROOT)
    seen = {before}

    def is_new() -> bool:
        after = execution_cache.inputs_hash(copy)
        new = after not in seen
        seen.add(after)
        return new

    for name in ("grimlib/losses.py", "grimlib/paper/trials.py"):
        (copy / name).write_text("# changed\n")
        assert is_new()
    (copy / "data").mkdir(exist_ok=True)
    (copy / "data/new.tsv").write_text("a\tb\n")
    assert is_new()
    (copy / "data/new.tsv").rename(copy / "data/renamed.tsv")
    assert is_new()
    with (copy / "requirements.lock").open("a") as lock:
        lock.write("# changed\n")
    assert is_new()
    monkeypatch.setenv("KERAS_BACKEND", "another")
    assert is_new()


@pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
def test_git_leaves_line_ends_as_they_are(tmp_path):
    """Whatever core.autocrlf says: a script with Windows line ends does not start."""
    copy_book(tmp_path, ".gitattributes", ".ci/run")

    def git(*words):
        settings = ("-c", "core.autocrlf=true", "-c", "user.name=x", "-c", "user.email=x@x")
        subprocess.run(["git", *settings, *words], cwd=tmp_path, check=True, capture_output=True)

    git("init")
    git("add", "--all")
    git("commit", "-m", "x")
    (tmp_path / ".ci/run").unlink()
    git("checkout", ".ci/run")
    assert (tmp_path / ".ci/run").read_bytes() == (ROOT / ".ci/run").read_bytes()
    assert b"\r" not in (tmp_path / ".ci/run").read_bytes()


# Scripts and notebooks


@pytest.fixture
def chapter(tmp_path):
    """A copy with one chapter, synced: its script, its notebook, and how to sync it."""
    copy_book(tmp_path, "tools/sync.py", "pyproject.toml", "book/scripts/redundancy.py")
    script, notebook = tmp_path / "book/scripts/redundancy.py", tmp_path / "book/redundancy.ipynb"

    def sync() -> subprocess.CompletedProcess:
        command = [sys.executable, tmp_path / "tools/sync.py"]
        return subprocess.run(command, capture_output=True, text=True)

    result = sync()
    assert result.returncode == 0, result.stderr
    return script, notebook, sync


def edit(path: Path) -> None:
    text = path.read_text()
    assert "Which filters repeat which" in text
    path.write_text(text.replace("Which filters repeat which", f"Edited in {path.suffix}"))


@pytest.mark.parametrize("edited", ["script", "notebook"])
def test_the_file_that_was_edited_counts_though_the_other_was_saved_later(chapter, edited):
    script, notebook, sync = chapter
    path = {"script": script, "notebook": notebook}[edited]
    edit(path)
    os.utime(path, (0, 0))
    assert sync().returncode == 0
    for both in (script, notebook):
        assert f"Edited in {path.suffix}" in both.read_text()


def test_what_was_edited_on_both_sides_is_left_as_it_is(chapter):
    script, notebook, sync = chapter
    edit(script)
    edit(notebook)
    before = script.read_text(), notebook.read_text()
    result = sync()
    assert result.returncode != 0
    assert "both changed: redundancy" in result.stderr
    assert (script.read_text(), notebook.read_text()) == before


def test_make_passes_on_no_setting_of_other_programs():
    others = ("PYTHONPATH", "PYTHONHOME", "JUPYTER_PATH", "MPLBACKEND", "KERAS_HOME")
    ended = subprocess.run(
        ["make", "-f", "Makefile", "-f", "-", "environment"],
        cwd=ROOT,
        env={**os.environ, **dict.fromkeys(others, "elsewhere"), "KEPT": "x"},
        input="environment:\n\t@env\n",
        capture_output=True,
        text=True,
    )
    names = {line.partition("=")[0] for line in ended.stdout.splitlines()}
    assert "KEPT" in names and not names & set(others), ended.stderr
