"""A JSON file that holds a list of records, to which one is added at a time."""

from __future__ import annotations

import json
from pathlib import Path

from grimlib._files import atomic_write


def read_records(target: Path, *names: str) -> list[dict]:
    """The records of a file, objects that have the entries `names`; none where there is no file.

    A ValueError if the file holds anything else.
    """
    try:
        records = json.loads(target.read_text(encoding="utf-8")) if target.exists() else []
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{target} is not JSON ({error}); move it away or delete it") from error
    if not isinstance(records, list):
        raise ValueError(f"{target} is not a list of records; move it away or delete it")
    for number, record in enumerate(records, start=1):
        if not isinstance(record, dict) or not record.keys() >= set(names):
            raise ValueError(
                f"{target}: record {number} is not an object{' with ' * bool(names)}"
                f"{', '.join(names)}; move the file away or delete it"
            )
    return records


def add_record(target: Path, record: dict, same: tuple[str, ...] = ("trial",)) -> None:
    """Add a record, in a line, in the place of those that agree with it in the entries `same`.

    The file is read for it, as another process may have added to it before.
    """
    others = [old for old in read_records(target) if any(old.get(k) != record[k] for k in same)]
    lines = ",\n".join(json.dumps(one) for one in [*others, record])
    with atomic_write(target) as file:
        file.write(f"[\n{lines}\n]\n")
