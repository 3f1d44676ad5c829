"""What to keep beside a result, so that it can be made again."""

from __future__ import annotations

import os
import platform
import re
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path


def provenance(by_keras: bool = True) -> dict:
    """Versions, date (UTC), kind of machine and processor, to keep beside a result.

    Of what was made `by_keras`, its backend as well; to ask for it, Keras is loaded.
    """
    made_by = ("numba",)
    backend = {}
    if by_keras:
        import keras

        backend = {"backend": keras.backend.backend()}
        made_by = ("keras", backend["backend"])
    packages = ("grimlib", *made_by, "numpy", "memelite")
    return {
        "versions": {name: _version(name) for name in packages},
        "python": platform.python_version(),
        **backend,
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} CPUs",
        "processor": _processor(),
        "date": datetime.now(UTC).isoformat(timespec="seconds"),
    }


def _processor() -> str:
    about = Path("/proc/cpuinfo")  # where there is none, Python knows the name
    named = re.search(r"^model name\s*: (.+)", about.read_text(), re.M) if about.exists() else None
    return named[1].strip() if named else platform.processor() or platform.machine()


def _version(package: str) -> str:
    for name in (package, f"{package}-cpu"):  # TensorFlow comes under either name
        try:
            return version(name)
        except PackageNotFoundError:
            continue
    return "unknown"
