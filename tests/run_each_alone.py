"""Run cells one by one, each as in a new notebook: no names, and no files, of those before.

Standard input gives {"setup": sources that each cell comes after, "cells": sources, "files": what
each cell's own folder holds}. One process for all cells saves the imports; tests/test_book.py
starts it, and proves that a cell which needs another one fails.
"""

import json
import os
import shutil
import sys
import tempfile

from IPython.core.interactiveshell import InteractiveShell

given = json.load(sys.stdin)
shell = InteractiveShell.instance()
for cell in given["cells"]:
    shell.reset(new_session=True)
    folder = tempfile.mkdtemp(dir=os.path.dirname(os.environ["IPYTHONDIR"]))
    for file in given["files"]:
        shutil.copy(file, folder)
    os.chdir(folder)
    for source in (*given["setup"], cell):
        result = shell.run_cell(source, store_history=True)
        error = result.error_before_exec or result.error_in_exec
        if error:
            sys.exit(f"{type(error).__name__}: {error}, in the cell\n\n{source}")
    print("ran by itself")
