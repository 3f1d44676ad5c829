"""Build the book, whole or in parts, in a folder of its own."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
STRICT = ("-W", "-n", "--keep-going")
BOOK = ("_config.yml", "_toc.yml", "requirements.lock", "book", "grimlib", "data")
"""All that the real book is built from."""


def copy_book(target: Path, *parts: str) -> Path:
    """Copy the named files and folders of the repository to `target`."""
    for part in parts:
        source, copy = ROOT / part, target / part
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, copy)
    return target


def start(root: Path, *options: str) -> subprocess.Popen:
    """Begin to build the book that lies at `root`, with the command of the README."""
    return subprocess.Popen(
        [JUPYTER_BOOK, "build", "book/", *options],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run in the background of a shell has been told to ignore SIGINT, and passes it on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def build(root: Path, *options: str) -> subprocess.CompletedProcess:
    """Build the book that lies at `root`."""
    process = start(root, *options)
    said, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, said)
