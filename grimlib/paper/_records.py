"""A JSON file that holds a list of records, to which one is added at a time."""

from __future__ import annotations

import json
from pathlib import Path

from grimlib._files import atomic_write


def read_records(target: Path) -> list[dict]:
    """The records of a file, none where there is no file; a ValueError if it is not JSON."""
    try:
        return json.loads(target.read_text()) if target.exists() else []
    except ValueError as error:
        raise ValueError(f"{target} is not JSON ({error}); move it away or delete it") from error


def add_record(target: Path, record: dict, same: tuple[str, ...] = ("trial",)) -> None:
    """Add a record in the place of those that agree with it in the entries `same`.

    The file is read for it, as another process may have added to it before.
    """
    others = [old for old in read_records(target) if any(old.get(k) != record[k] for k in same)]
    with atomic_write(target) as file:
        json.dump([*others, record], file, indent=1)
        file.write("\n")
