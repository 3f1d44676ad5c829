"""Run cells one by one, each as in a new notebook: no names, and no files, of those before.

Standard input gives {"cells": for each, the sources to run in order, the cell's own last, "files":
what each cell's own folder holds}. One process for all cells saves the imports; a cell that fails
does not keep the others from being run. tests/test_wheel.py starts it, and proves that a cell which
needs another one fails.
"""

import json
import os
import shutil
import sys
import tempfile

from IPython.core.interactiveshell import InteractiveShell

given = json.load(sys.stdin)
shell = InteractiveShell.instance()


def error_of(sources: list[str]) -> str:
    """What the first source says that cannot be run, with the source; "" if all can."""
    for source in sources:
        result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error:
            return f"{type(error).__name__}: {error}, in the cell\n\n{source}"
    return ""


failed = 0
for sources in given["cells"]:
    shell.reset(new_session=True)
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.environ["IPYTHONDIR"]))
    for file in given["files"]:
        shutil.copy(file, folder)
    os.chdir(folder)
    error = error_of(sources)
    failed += bool(error)
    print(error or "ran by itself")
sys.exit(failed)
