"""A folder of results: made beside its place, and what a killed process left of it."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path

from grimlib._files import beside, fcntl, hold, sweep


def own_folder(path: Path) -> tuple[Path, Callable[[], None]]:
    """A new temporary folder for `path`, and what to call once it is not to be held any more.

    With ``.old`` before the ``.tmp`` of its name, there is one for what was at `path` before.
    """
    folder = beside(path)
    folder.mkdir()
    if not fcntl:
        return folder, lambda: None
    handle = os.open(folder, os.O_RDONLY)
    hold(handle)
    return folder, partial(os.close, handle)


def sweep_folders(path: Path) -> None:
    """Remove the temporary folders for `path` that no living process holds.

    What was at `path` before returns there, if the place is empty.
    """

    def remove(left: Path) -> None:
        if left.name.endswith(".old.tmp") and not path.exists():
            os.replace(left, path)
        else:
            shutil.rmtree(left)

    sweep(path, remove)
