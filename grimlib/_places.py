"""Where the package finds its data and keeps what it makes: never inside an installation."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from contextlib import suppress
from functools import cache
from pathlib import Path

import numba
import platformdirs

_PACKAGED = Path(__file__).with_name("data")  # in a wheel; a clone has it at its top level
DATA = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "data"
"""JASPAR 2016, and the book's stored results."""


def cache_folder() -> Path:
    """The user's cache folder: ``$GRIMLIB_CACHE``, or the platform's own for ``grimlib``.

    Where there is no home, as in some containers, a temporary folder; a warning says so.
    """
    if chosen := os.environ.get("GRIMLIB_CACHE"):
        return Path(chosen)
    with suppress(RuntimeError):
        if (folder := platformdirs.user_cache_path("grimlib")).is_absolute():  # else "~" is left
            return folder
    return _for_this_process("there is no home folder")


@cache
def _for_this_process(why: str) -> Path:
    """A new folder; one of a known name could be somebody else's, whose code numba would run."""
    warnings.warn(
        f"{why}: nothing is kept, and code is compiled anew in each process. Set GRIMLIB_CACHE to "
        "a folder that can be written to",
        stacklevel=3,
    )
    folder = tempfile.mkdtemp(prefix="grimlib-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


def compiled_folder() -> Path:
    """Where numba keeps compiled code: in the cache folder, or in a temporary one."""
    folder = cache_folder() / "numba"
    with suppress(OSError):
        folder.mkdir(parents=True, exist_ok=True)
        if os.access(folder, os.W_OK):
            return folder
    return _for_this_process(f"{folder} cannot be written to")


RESULTS = cache_folder() if _PACKAGED.is_dir() else DATA
"""Where commands put the results that they make: a clone's own ``data``, or the user's cache."""

# TensorFlow greets with what it finds on the machine, in red where it is a notebook.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Compiled functions, memelite's among them, would be kept beside their source otherwise.
if not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = str(compiled_folder())
