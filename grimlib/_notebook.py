"""What is otherwise in a notebook: figures have to show, and a bar of progress is one output."""

from __future__ import annotations

import sys


def in_notebook() -> bool:
    """Whether a kernel of Jupyter runs this."""
    ipython = sys.modules.get("IPython")
    return ipython is not None and hasattr(ipython.get_ipython(), "kernel")


class BarOutput:
    """A file for tqdm that shows its latest line as the cell's one output.

    On stderr, each update of a bar would be an output of its own in a notebook that is executed
    and saved, as papermill does.
    """

    encoding = "utf-8"

    def __init__(self) -> None:
        from IPython.display import display  # there is a kernel

        self._handle = display({"text/plain": ""}, raw=True, display_id=True)

    def write(self, text: str) -> None:
        """Show a line in place of the one before."""
        if line := text.strip():
            self._handle.update({"text/plain": line}, raw=True)

    def flush(self) -> None:
        """Do nothing: every line is shown at once."""
