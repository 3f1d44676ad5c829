"""Sphinx extension: forget executed notebooks when the code or the data they use has changed.

Jupyter-cache looks at a notebook's own cells only. Here the cache lies in a folder named by a hash
of `grimlib`, `workflow`, `data`, the locked versions and the backend: a change executes anew.
"""

import hashlib
import os
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def inputs(root: Path = ROOT) -> list[Path]:
    """Files beside the notebooks that the results depend on, sorted; not data that they write."""
    code = [*root.glob("grimlib/*.*"), *root.glob("workflow/*.py")]
    found = [*code, *root.glob("data/**/*"), root / "requirements.lock"]
    written = root / "data/cache"
    return sorted(path for path in found if path.is_file() and written not in path.parents)


def inputs_hash(root: Path = ROOT) -> str:
    """Hexadecimal hash of the names and contents of `inputs`, and of the Keras backend."""
    digest = hashlib.sha256(os.environ.get("KERAS_BACKEND", "tensorflow").encode())
    for path in inputs(root):
        digest.update(path.relative_to(root).as_posix().encode() + b"\0")
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:16]


def set_cache_path(app, config) -> None:
    config.nb_execution_cache_path = str(ROOT / "_build" / ".jupyter_cache" / inputs_hash())


def setup(app) -> dict:
    app.connect("config-inited", set_cache_path)
    return {"parallel_read_safe": True}
