"""Settings that must be in place before any test imports numpy or Keras, and the book's site."""

import os
import shutil
from pathlib import Path

import pytest
from books import BOOK, ROOT, STRICT, build, copy_book

# pytest runs two processes on two cores (make test): one thread each. Notebooks that tests execute
# inherit these.
for name in (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "NUMBA_NUM_THREADS",
    "TF_NUM_INTRAOP_THREADS",
    "TF_NUM_INTEROP_THREADS",
):
    os.environ.setdefault(name, "1")
os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")  # JAX
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")


@pytest.fixture(scope="session")
def site(tmp_path_factory) -> Path:
    """The real book, built once.

    Tests that use it belong to the xdist group "site": another process would build it again.
    """
    root = copy_book(tmp_path_factory.mktemp("book"), *BOOK)
    cache = ROOT / "_build/.jupyter_cache"  # what `make book` has executed need not run again
    if cache.is_dir():
        shutil.copytree(cache, root / "_build/.jupyter_cache")
    result = build(root, *STRICT)
    assert result.returncode == 0, result.stdout[-20_000:]
    return (root / "_build/html").resolve()
