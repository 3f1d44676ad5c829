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
    dotted = ".".join(package.relative_to(ROOT).parts)
    for node in ast.parse((package / "__init__.py").read_text()).body:
        for alias in node.names if isinstance(node, ast.ImportFrom) else ():
            name = alias.asname or alias.name
            assert name not in modules or (node.module, alias.name) == (dotted, name), name


def test_the_method_comes_alone_and_is_small(tmp_path):
    """In a fresh process, with none of the packages that only the rooms need."""
    program = """
import json, sys
sys.modules.update(dict.fromkeys(("click", "jinja2", "joblib", "sklearn"), None))
import grimlib, numba
names = [n for n, v in vars(grimlib).items() if n[0] != "_" and not hasattr(v, "__spec__")]
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
