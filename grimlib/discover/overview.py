"""One page, and one table, over the results on many sets."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Iterable
from pathlib import Path

import pandas as pd

from grimlib._files import atomic_write
from grimlib._provenance import provenance
from grimlib.discover.report import render, small
from grimlib.discover.sets import SequenceSet

_OF_MOTIF = (
    "consensus,match,Target_ID,match E-value,AUROC,AUROC low,AUROC high,share,shuffled share,"
    "E-value,central p-value"
).split(",")
_COLUMNS = ["set", "state", "sequences", "motifs", "repeats", *_OF_MOTIF, "report", "error"]
_COLUMNS += ["file", "left out", "notes"]
_LONGEST = 500  # letters of an error


def write_overview(sets: Iterable[SequenceSet], folder: str | Path) -> Path:
    """Write ``index.html``, one file that needs nothing else, and ``index.tsv`` to a folder.

    Each set has a row: how many sequences and motifs, and the first motif, that is no repeat. One
    without a report has failed if it has a log, and the log's error is shown.

    Parameters
    ----------
    sets : iterable of SequenceSet
    folder : str or Path
        With the results of set x in ``results/x`` and what was printed in ``logs/x.log``.

    Returns
    -------
    Path
        The page.
    """
    folder = Path(folder)
    rows = [{**_row(one.name, folder), "file": Path(one.fasta).name} for one in sets]
    with atomic_write(folder / "index.tsv") as file:
        table = pd.DataFrame(rows, columns=_COLUMNS)
        table.to_csv(file, sep="\t", index=False, float_format="%.6g", lineterminator="\n")
    rows = [dict.fromkeys(_COLUMNS) | row for row in rows]
    shown = [
        {**row, "logo": _logo(folder, row), "log": _log(folder, row), **_in_words(row)}
        for row in rows
    ]
    states = [row["state"] for row in rows]
    counts = {state: states.count(state) for state in dict.fromkeys(["done", *states])}
    text = render(
        "overview.html",
        rows=shown,
        counts=counts,
        n_sets=len(rows),
        date=provenance(by_keras=False)["date"],
    )
    with atomic_write(folder / "index.html") as file:
        file.write(text)
    return folder / "index.html"


def _row(name: str, folder: Path) -> dict:
    """What ``index.tsv`` says of one set; what there is not is missing."""
    report, log = folder / "results" / name / "report.html", folder / "logs" / f"{name}.log"
    if not report.exists():
        if not log.exists():
            return {"set": name, "state": "not run"}
        return {"set": name, "state": "failed", "error": _error(log)}
    try:
        about = json.loads(report.with_name("settings.json").read_text(encoding="utf-8"))
        motifs = [motif for motif in about["motifs"] if not motif["repeat"]]
        row = {
            "set": name,
            "state": "done",
            "sequences": int(about["summary"]["Sequences used"].replace(",", "")),
            "motifs": len(motifs),
            "repeats": len(about["motifs"]) - len(motifs),
            "report": f"results/{name}/report.html",
            "left out": about["summary"]["Left out"],
            "notes": about["summary"]["Notes"],
        }
        if motifs:
            row |= {column: motifs[0][column] for column in _OF_MOTIF}
        return row
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        told = f"its results cannot be read ({type(error).__name__}: {error})"
        told = f"{_printable(told)}; remove results/{name} and run again"
        return {"set": name, "state": "failed", "error": told}


def _error(log: Path) -> str:
    """The error at the end of what a command printed, or else its last line."""
    text = log.read_text(encoding="utf-8", errors="replace")
    lines = [line for line in re.split(r"[\r\n]+", text) if line.strip()]
    if not lines:
        return "ended without a word"
    starts = [i for i, line in enumerate(lines) if line.startswith("Error: ")]
    if starts:
        return _printable(" ".join(lines[starts[-1] :]).removeprefix("Error: "))
    return f"ended after: {_printable(lines[-1])}"


def _printable(text: str) -> str:
    text = "".join(letter if letter.isprintable() else " " for letter in text)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} ..."


def _logo(folder: Path, row: dict) -> str:
    """The first motif's logo as a data URI; empty if there is none."""
    file = folder / "results" / row["set"] / "logos" / "motif_1.svg"
    if not row.get("motifs") or not file.exists():
        return ""
    return "data:image/svg+xml;base64," + base64.b64encode(file.read_bytes()).decode()


def _log(folder: Path, row: dict) -> str:
    name = f"logs/{row['set']}.log"
    return name if (folder / name).exists() else ""


def _in_words(row: dict) -> dict[str, str]:
    if not row.get("motifs"):
        return {}
    return {
        "auroc": f"{row['AUROC']:.3f}",
        "interval": "{AUROC low:.2f} to {AUROC high:.2f}".format(**row),
        "central": small(row["central p-value"]) or "too short",
        "evalue": small(row["E-value"]),
        "match_evalue": small(row["match E-value"]),
    }
