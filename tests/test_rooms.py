"""What may import what, and what each room shows of itself."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGE = ROOT / "grimlib"
ROOMS = ("grimlib.discover", "grimlib.paper")


def imports(path: Path) -> set[str]:
    """The modules and names that a file imports, anywhere in it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{path}: {ast.unparse(node)}"
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


@pytest.mark.parametrize(
    ("files", "barred"),
    [("*.py", ROOMS), ("discover/*.py", ROOMS[1:]), ("paper/*.py", ROOMS[:1])],
    ids=["method", "discover", "paper"],
)
def test_rooms_import_the_method_only(files, barred):
    paths = sorted(PACKAGE.glob(files))
    assert len(paths) > 5
    for path in paths:
        wrong = [
            name for name in imports(path) if f"{name}.".startswith(tuple(f"{b}." for b in barred))
        ]
        assert not wrong, path


@pytest.mark.parametrize("folder", ["", "discover", "paper"])
def test_no_public_name_is_that_of_a_submodule(folder):
    """Importing the submodule would put it in the name's place."""
    package = PACKAGE / folder
    modules = {path.stem for path in package.iterdir() if path.suffix == ".py" or path.is_dir()}
    nodes = ast.parse((package / "__init__.pyi").read_text()).body
    names = {alias.name for node in nodes for alias in node.names}
    assert len(names) > 10 and not names & modules


def test_the_method_comes_alone_and_is_small(tmp_path):
    """In a fresh process, with none of the packages that only the rooms need."""
    program = """
import json, sys
sys.modules.update(dict.fromkeys(("click", "jinja2", "joblib", "sklearn"), None))
import grimlib, numba
names = [name for name in dir(grimlib) if getattr(grimlib, name)]
modules = [name for name in sys.modules if name.startswith("grimlib.")]
print(json.dumps([names, modules, numba.config.CACHE_DIR]))
"""
    environment = {**os.environ, "GRIMLIB_CACHE": str(tmp_path)}
    environment.pop("NUMBA_CACHE_DIR", None)
    ended = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    names, modules, compiled = json.loads(ended.stdout)
    assert {"GRIM", "filter_report", "plot_logo"} <= set(names) and len(names) <= 45
    assert not [name for name in modules if f"{name}.".startswith(tuple(f"{r}." for r in ROOMS))]
    assert Path(compiled) == tmp_path / "numba"


def test_keras_is_not_loaded_before_a_network():
    program = """
import sys
import grimlib
from grimlib import paper
tokens = paper.simulate_task2(20, 200, 0).tokens
grimlib.choose_words(tokens, 1)
paper.report_trials(paper.stored_trials({"": paper.GROUPS["task2"]["GRIM"][:1]}))
paper.captioned, paper.plot_found, paper.stored_emergence, grimlib.plot_logo
assert "keras" not in sys.modules
"""
    options = dict(cwd=ROOT, capture_output=True, text=True)
    ended = subprocess.run([sys.executable, "-W", "ignore", "-c", program], **options)
    assert ended.returncode == 0, ended.stderr
