"""Build the book, whole or in parts, in a folder of its own; how its chapters run in seconds."""

import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import yaml

ROOT = Path(__file__).resolve().parents[1]
JUPYTER_BOOK = Path(sys.executable).with_name("jupyter-book")
STRICT = ("-W", "-n", "--keep-going")
BOOK = ("_config.yml", "_toc.yml", "requirements.lock", "book", "grimlib", "data")
"""All that the real book is built from."""

TOC = yaml.safe_load((ROOT / "_toc.yml").read_text())
PAGES = [TOC["root"], *(page["file"] for part in TOC["parts"] for page in part["chapters"])]
"""In reading order."""

SMALL = {"trials": 1, "epochs": 1, "n_sequences": 1000, "n_filters": 16}
PARAMETERS = {
    "background": {"steps": 1, "batches": 3},
    "digits": {"epochs": 1},
    "method": {"n_sequences": 1000, "n_filters": 16, "epochs": 1},
    "task1": SMALL,
    "task2": SMALL,
    "redundancy": {"trials": 1, "epochs": 1, "n_sequences": 1000, "most_filters": 16},
    "discussion": {"trials": 1, "epochs": 1, "steps": 2, "n_sequences": 400},
    "global_encoding": {"epochs": 1, "n_sequences": 1000, "n_filters": 4},
    "starts": {"n_sequences": 2000, "n_filters": 3},
    "claims": {"most_trials": 1},
}
"""Parameters that let a chapter run in seconds; the others read what is stored.

Of 1,000 sequences, seven whole batches are trained on: the step is compiled for one size.
"""


QUIET = ("TF_CPP_MIN_LOG_LEVEL", "PYTEST_CURRENT_TEST")
"""What would hide log lines in notebooks: of TensorFlow, and of all that does not use Python's."""


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


def start(root: Path, *options: str, package: Path | None = None) -> subprocess.Popen:
    """Begin to build the book that lies at `root`, with the command of the README.

    The package is the one at `root`, or at `package`.
    """
    # A kernel of another program, of the same name, and a backend without pictures: see
    # book/_ext/execution_cache.py.
    kernel = root / "other/kernels/python3/kernel.json"
    kernel.parent.mkdir(parents=True, exist_ok=True)
    kernel.write_text('{"argv": ["false"], "display_name": "other", "language": "python"}')
    others = {"JUPYTER_PATH": str(root / "other"), "MPLBACKEND": "Agg"}
    environment = {k: v for k, v in os.environ.items() if k not in QUIET}
    return subprocess.Popen(
        [JUPYTER_BOOK, "build", "book/", *options],
        cwd=root,
        env={**environment, **others, "PYTHONPATH": str(package or root)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        # A test run in the background of a shell has been told to ignore SIGINT, and passes it on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
    )


def build(root: Path, *options: str, package: Path | None = None) -> subprocess.CompletedProcess:
    """As `start`, to the end."""
    process = start(root, *options, package=package)
    said, _ = process.communicate()
    return subprocess.CompletedProcess(process.args, process.returncode, said)
