"""Where the package finds its data and keeps what it makes: never inside an installation."""

from __future__ import annotations

import os
from pathlib import Path

import numba
import platformdirs

_PACKAGED = Path(__file__).with_name("data")  # in a wheel; a clone has it at its top level
DATA = _PACKAGED if _PACKAGED.is_dir() else Path(__file__).parents[1] / "data"
"""JASPAR 2016, and the book's stored results."""


def cache_folder() -> Path:
    """The user's cache folder: ``$GRIMLIB_CACHE``, or the platform's own for ``grimlib``."""
    chosen = os.environ.get("GRIMLIB_CACHE")
    return Path(chosen) if chosen else platformdirs.user_cache_path("grimlib")


RESULTS = cache_folder() if _PACKAGED.is_dir() else DATA
"""Where commands put the results that they make: a clone's own ``data``, or the user's cache."""

# TensorFlow greets with what it finds on the machine, in red where it is a notebook.
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
# Compiled functions, memelite's among them, would be kept beside their source otherwise. Where the
# folder cannot be written to, numba chooses one of its own.
if not numba.config.CACHE_DIR:
    numba.config.CACHE_DIR = str(cache_folder() / "numba")
