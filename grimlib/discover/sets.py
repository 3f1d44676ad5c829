"""Many sets of sequences: a folder of files, or a table with the options of each."""

from __future__ import annotations

import csv
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from grimlib.discover.command import main
from grimlib.motifs import unique_names

# Those that say what is learned, and how.
OPTIONS = {one.name: one for one in main.params if one.name not in ("fasta", "outdir", "overwrite")}

_SAFE = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.+-]*")  # for a file, a link and a shell
_SEQUENCES = re.compile(r"(?i)(.+)\.(fa|fas|fasta|fna)(\.(gz|bgz|bz2|xz))?")
_PEAKS = re.compile(r"(?i)(.+)\.(bed|narrowPeak)(\.(gz|bgz|bz2|xz))?")


@dataclass(frozen=True)
class SequenceSet:
    """One analysis to make.

    Attributes
    ----------
    name : str
        For its files: letters, digits and ``_.+-``.
    fasta : str
        As the command ``grim`` takes it.
    options : dict of str to str
        Of that command, without dashes (``n_filters``); an empty one is left at its default.
    """

    name: str
    fasta: str
    options: dict[str, str] = field(default_factory=dict)

    @property
    def arguments(self) -> list[str]:
        """What the command ``grim`` is called with, but for the folder."""
        given = []
        for name, value in self.options.items():
            option = f"--{name.replace('_', '-')}"
            if getattr(OPTIONS[name], "is_flag", False):
                given += [option] * (value.lower() in ("1", "true", "yes"))
            else:
                given.append(f"{option}={value}")
        return [*given, "--", self.fasta]


def read_sets(path: str | Path, options: Mapping[str, object] | None = None) -> list[SequenceSet]:
    """List the sets of a folder or of a table.

    Parameters
    ----------
    path : str or Path
        A folder: its FASTA files are the sets, by their endings (``.fa``, ``.fas``, ``.fasta``,
        ``.fna``, compressed or not), and BED and narrowPeak files if there is the option
        ``genome``. Or a table (TSV) with the columns ``name`` and ``fasta``, and any options of
        the command ``grim`` as further columns; an empty cell is the default.
    options : mapping, optional
        Options of all sets; a table's cell goes before.

    Raises
    ------
    FileNotFoundError
        If there is nothing at `path`.
    ValueError
        If there is no set, a column or an option is unknown, or a name is missing, comes again or
        cannot be that of a file. The message says in which line.
    """
    path = Path(path)
    given = {_option(name, "options"): _text(value) for name, value in (options or {}).items()}
    if path.is_dir():
        return _in_folder(path, given)
    if not path.is_file():
        raise FileNotFoundError(f"{path} does not exist; give a folder of FASTA files, or a table")
    return _in_table(path, given)


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _option(name: str, where: str) -> str:
    if (plain := name.strip().replace("-", "_")) not in OPTIONS:
        raise ValueError(f"{where}: no option {name!r}; there are {', '.join(sorted(OPTIONS))}")
    return plain


def _in_folder(path: Path, options: dict[str, str]) -> list[SequenceSet]:
    endings = [_SEQUENCES, _PEAKS] if options.get("genome") else [_SEQUENCES]
    found = {
        file: match[1]
        for file in sorted(path.iterdir())
        for ending in endings
        if file.is_file() and (match := ending.fullmatch(file.name)) and file.name[0] != "."
    }
    if not found:
        raise ValueError(f"{path} holds no FASTA file (*.fa, *.fasta, *.fna, plain or compressed)")
    here = (file for file in sorted(path.iterdir()) if file.is_file() and file.name[0] != ".")
    if others := [file.name for file in here if file not in found]:
        kind = "FASTA, BED or narrowPeak" if options.get("genome") else "FASTA"
        warnings.warn(
            f"{path}: {len(others)} files are left out, as their names are not those of {kind} "
            f"files, such as {others[0]}; rename them, or give a table",
            stacklevel=3,
        )
    plain = [re.sub(r"[^A-Za-z0-9_.+-]+", "_", name).lstrip("_.+-") for name in found.values()]
    names = unique_names([name or "set" for name in plain])
    used = {name: value for name, value in options.items() if value}
    return [SequenceSet(name, str(file), used) for name, file in zip(names, found, strict=True)]


def _in_table(path: Path, options: dict[str, str]) -> list[SequenceSet]:
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            header, *rows = [
                (number, row) for number, row in enumerate(csv.reader(file, "excel-tab"), 1) if row
            ]
    except (UnicodeDecodeError, csv.Error, ValueError) as error:
        raise ValueError(f"{path} is no table ({error}); give tab-separated text") from error
    columns = [column.strip() for column in header[1]]
    if missing := {"name", "fasta"} - set(columns):
        raise ValueError(
            f"{path} has no column {min(missing)!r} but {', '.join(columns)}; its first line names "
            "the columns, with tabs between"
        )
    known = [c if c in ("name", "fasta") else _option(c, str(path)) for c in columns]
    if again := {column for column in known if known.count(column) > 1}:
        raise ValueError(f"{path} has the column {min(again)!r} twice; leave one out")
    sets: dict[str, SequenceSet] = {}
    for number, row in rows:
        where = f"{path}, line {number}"
        if len(row) > len(known):
            raise ValueError(f"{where} has {len(row)} cells, for {len(known)} columns")
        cells = {column: cell.strip() for column, cell in zip(known, row, strict=False)}
        name, fasta = cells.pop("name", ""), cells.pop("fasta", "")
        if not _SAFE.fullmatch(name):
            raise ValueError(f"{where}: the name {name!r} should be of letters, digits and _.+-")
        if name in sets:
            raise ValueError(f"{where}: the name {name!r} comes again; give each set its own")
        if not fasta:
            raise ValueError(f"{where}: {name} has no file in the column 'fasta'")
        chosen = {**options, **{option: cell for option, cell in cells.items() if cell}}
        sets[name] = SequenceSet(name, fasta, {o: value for o, value in chosen.items() if value})
    if not sets:
        raise ValueError(f"{path} lists no set; give a line for each below the columns' names")
    return list(sets.values())
