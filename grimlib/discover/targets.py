"""The database that motifs are compared with."""

from __future__ import annotations

import re
from io import StringIO
from pathlib import Path

from Bio import motifs as bio_motifs

from grimlib._files import read_text
from grimlib.motifs import Motif, from_counts, from_jaspar, load_jaspar, parse_meme

TAX_GROUPS = ("vertebrates", "plants", "fungi", "insects", "nematodes", "urochordates")
"""Of JASPAR's CORE collection."""


def load_targets(source: str | Path = "JASPAR2016") -> tuple[Motif, ...]:
    """A motif database to compare with.

    Parameters
    ----------
    source : str or Path
        A JASPAR release, such as ``"JASPAR2016"`` or ``"JASPAR2024"``: its CORE vertebrates
        motifs, newest version of each; or another group of it, such as ``"JASPAR2024/plants"``.
        The vertebrates of 2016 come along, all else needs the package pyjaspar. Or else a file in
        MEME, JASPAR or TRANSFAC format. Default is ``"JASPAR2016"``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If there is no such release or group, it needs pyjaspar, or the file cannot be read.
    """
    wanted = re.fullmatch(r"(JASPAR\d{4})(?:/(\w+))?", str(source))
    if not wanted:
        return tuple(_read_motifs(source))
    release, group = wanted[1], wanted[2] or "vertebrates"
    if group not in TAX_GROUPS:
        raise ValueError(f"JASPAR has no group {group!r}; use one of {', '.join(TAX_GROUPS)}")
    if (release, group) == ("JASPAR2016", "vertebrates"):
        return load_jaspar()
    try:
        from pyjaspar import jaspar_releases, jaspardb
    except ImportError:
        raise ValueError(
            f"{source} needs the package pyjaspar: install it with 'pip install pyjaspar', or use "
            "JASPAR2016 or a motif file"
        ) from None
    if release not in jaspar_releases:
        raise ValueError(f"there is no release {release}; use one of {', '.join(jaspar_releases)}")
    found = jaspardb(release=release).fetch_motifs(collection="CORE", tax_group=[group])
    return tuple(from_jaspar(record) for record in sorted(found, key=lambda m: m.matrix_id))


def _read_motifs(path: str | Path) -> list[Motif]:
    """Read a file in MEME, JASPAR or TRANSFAC format, whichever it is."""
    text = read_text(path, "MEME, JASPAR or TRANSFAC")
    if text.startswith(">"):
        kind = "jaspar"
    elif re.match(r"(?:VV|XX|AC|ID|NA)\b", text):
        kind = "transfac"
    else:
        return parse_meme(path, text)
    try:
        records = bio_motifs.parse(StringIO(text), kind, strict=False)
        if kind == "jaspar":
            return [from_jaspar(record) for record in records]
        return [_from_transfac(record, n) for n, record in enumerate(records, start=1)]
    except (ValueError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ValueError(f"{path}: not a {kind.upper()} file that can be read ({error})") from error


def _from_transfac(record: bio_motifs.transfac.Motif, number: int) -> Motif:
    name = record.get("AC") or record.get("ID") or f"motif_{number}"
    return from_counts(name.split()[0], record.counts, record.get("NA", ""))
