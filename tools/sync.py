"""Bring book/*.ipynb and book/scripts/*.py into agreement, the newer one counting; no outputs."""

import subprocess
import sys
from pathlib import Path

import nbformat

BOOK = Path(__file__).parents[1] / "book"

scripts = sorted((BOOK / "scripts").glob("*.py"))
subprocess.run([sys.executable, "-m", "jupytext", "--quiet", "--sync", *scripts], check=True)
for path in BOOK.glob("*.ipynb"):
    notebook = nbformat.read(path, as_version=4)
    executed = [c for c in notebook.cells if c.get("outputs") or c.get("execution_count")]
    for cell in executed:
        cell.update(outputs=[], execution_count=None)
    if executed:
        nbformat.write(notebook, path)
