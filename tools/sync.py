"""Bring book/*.ipynb and book/scripts/*.py into agreement, and clear outputs.

Of a pair that differs, the file counts that has changed since the last run of this, or else since
the last commit. Where both have, nothing is written: saving a notebook must not undo an edit.
"""

import hashlib
import json
import subprocess
import sys
from pathlib import Path

import jupytext
import nbformat

ROOT = Path(__file__).resolve().parents[1]
RECORD = ROOT / "_build/synced.json"


def digest(path: Path, text: str | None = None) -> str:
    """Hash of the cells of a notebook or script, whatever its outputs and formatting."""
    document = jupytext.reads(path.read_text() if text is None else text, fmt=path.suffix[1:])
    cells = [(cell.cell_type, cell.source, dict(cell.metadata)) for cell in document.cells]
    return hashlib.sha256(json.dumps(cells, sort_keys=True).encode()).hexdigest()


def committed(script: Path) -> str | None:
    """The hash of the last commit's script, if there is one."""
    name = script.relative_to(ROOT).as_posix()
    shown = subprocess.run(
        ["git", "show", f"HEAD:{name}"], cwd=ROOT, capture_output=True, text=True
    )
    return digest(script, shown.stdout) if shown.returncode == 0 else None


def write(target: Path, source: Path) -> None:
    """Make one file of a pair from the other."""
    jupytext_ = [sys.executable, "-m", "jupytext", "--quiet", "--output", target]
    form = ["--to", "ipynb", "--update"] if target.suffix == ".ipynb" else ["--to", "py:percent"]
    subprocess.run([*jupytext_, *form, source], check=True, cwd=ROOT)


def main() -> None:
    """Sync all chapters; exit status 1 if one is left as it is."""
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    names = {path.stem for path in [*ROOT.glob("book/*.ipynb"), *ROOT.glob("book/scripts/*.py")]}
    conflicts = []
    for name in sorted(names):
        notebook, script = ROOT / f"book/{name}.ipynb", ROOT / f"book/scripts/{name}.py"
        if not notebook.exists():
            write(notebook, script)
        elif not script.exists():
            write(script, notebook)
        elif digest(script) != digest(notebook):
            before = record.get(name) or committed(script)
            changed = [path for path in (script, notebook) if digest(path) != before]
            if len(changed) == 2:
                conflicts.append(name)
                continue
            write(*(script, notebook) if changed == [notebook] else (notebook, script))
        document = nbformat.read(notebook, as_version=4)
        if any(cell.get("outputs") or cell.get("execution_count") for cell in document.cells):
            for cell in document.cells:
                if cell.cell_type == "code":
                    cell.update(outputs=[], execution_count=None)
            nbformat.write(document, notebook)
        record[name] = digest(script)
    RECORD.parent.mkdir(exist_ok=True)
    RECORD.write_text(json.dumps(record, indent=1))
    if conflicts:
        sys.exit(
            f"Not synced, as script and notebook have both changed: {', '.join(conflicts)}. "
            "Remove the one that shall not count (such as book/NAME.ipynb), and run this again."
        )


if __name__ == "__main__":
    main()
