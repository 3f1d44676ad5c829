"""The database that motifs are compared with."""

from __future__ import annotations

import re
import warnings
from collections.abc import Sequence
from io import StringIO
from pathlib import Path

from Bio import motifs as bio_motifs

from grimlib._files import read_text
from grimlib.matches import FEW_TARGETS
from grimlib.motifs import (
    Motif,
    from_counts,
    from_jaspar,
    load_jaspar,
    number_names,
    parse_meme,
)

TAX_GROUPS = ("vertebrates", "plants", "fungi", "insects", "nematodes", "urochordates")
"""Of JASPAR's CORE collection."""


class Targets(tuple):
    """Motifs to compare with, and what was read in another way than their file has it."""

    notes: tuple[str, ...] = ()


def database_notes(targets: Sequence[Motif]) -> list[str]:
    """What is to be known of a database, in sentences: how it was read, and if it is too small."""
    notes = list(targets.notes) if isinstance(targets, Targets) else []
    if len(targets) < FEW_TARGETS:
        notes.append(
            f"the database has {len(targets)} motifs: their positions are the null model of the "
            "matches, and so few make poor p-values"
        )
    return notes


def load_targets(source: str | Path = "JASPAR2016") -> tuple[Motif, ...]:
    """A motif database to compare with.

    Parameters
    ----------
    source : str or Path
        A JASPAR release, such as ``"JASPAR2016"`` or ``"JASPAR2024"``: its CORE vertebrates
        motifs, newest version of each; or another group of it, such as ``"JASPAR2024/plants"``.
        The vertebrates of 2016 come along, all else needs the package pyjaspar. Or else a file in
        MEME format (see `read_meme`), or of counts in JASPAR or TRANSFAC format. Default is
        ``"JASPAR2016"``.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If there is no such release or group, it needs pyjaspar, or the file cannot be read.
    """
    wanted = re.fullmatch(r"(JASPAR\d{4})(?:/(\w+))?", str(source))
    if not wanted:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", UserWarning)
            targets = Targets(_read_motifs(source))
        told = [str(warned.message) for warned in caught]
        for message in told:
            warnings.warn(message, stacklevel=2)
        # A report goes to others: where the file lies is left out.
        targets.notes = tuple(one.replace(str(source), Path(source).name) for one in told)
        return targets
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
    text = read_text(path, "MEME, JASPAR or TRANSFAC").lstrip()
    if text.startswith(">"):
        kind, begins = "jaspar", (">",)
        _check_rows(path, text)
        text, of_u = re.subn(r"^([ \t]*)U(?=[ \t]*\[)", r"\1T", text, flags=re.MULTILINE)
        if of_u:
            warnings.warn(f"{path} holds RNA motifs; U is read as T", stacklevel=3)
    elif re.match(r"(?:VV|XX|AC|ID|NA|DE)\b", text):
        kind, begins = "transfac", ("P0", "PO")
    else:
        return parse_meme(path, text)
    try:
        records = bio_motifs.parse(StringIO(text), kind, strict=False)
        if kind == "jaspar":
            motifs = [from_jaspar(record) for record in records]
        else:
            motifs = [_from_transfac(record, n) for n, record in enumerate(records, start=1)]
    except Exception as error:  # Biopython raises whatever its parser stumbles over
        raise ValueError(
            f"{path}: not a {kind.upper()} file that can be read ({type(error).__name__}: {error})"
        ) from error
    # Biopython passes over a record that is not whole.
    begun = sum(line.strip().startswith(begins) for line in text.split("\n"))
    if begun != len(motifs) or not motifs:
        raise ValueError(
            f"{path}: {begun} motifs begin and {len(motifs)} are whole; a {kind.upper()} file has "
            + ("a name in each '>' line" if kind == "jaspar" else "'//' behind each motif")
        )
    if alone := sum(motif.nsites < 2 for motif in motifs):
        warnings.warn(
            f"{path}: the counts of {alone} motifs add up to one site; if they are probabilities, "
            "give them as a MEME file, which tells nsites",
            stacklevel=3,
        )
    return number_names(path, motifs)


def _check_rows(path: str | Path, text: str) -> None:
    """Refuse what Biopython takes for JASPAR although it has a row for each position, as HOMER."""
    for record in re.split(r"^[ \t]*>", text, flags=re.MULTILINE)[1:]:
        title, *rows = [line.split() for line in record.splitlines() if line.strip()] or [[""]]
        numbers = not any(row[0][0].isalpha() for row in rows)
        # Four positions are as many as nucleotides; but HOMER tells a threshold in its title.
        square = numbers and len(title) > 2 and {len(row) for row in rows} == {4}
        if len(rows) != 4 or square:
            raise ValueError(
                f"{path}: motif {title[0]!r} is not whole, with {len(rows)} rows, or is none of "
                "JASPAR, where each of ACGT has a row. If each position has one, as in HOMER, give "
                "the motifs in MEME format"
            )


def _from_transfac(record: bio_motifs.transfac.Motif, number: int) -> Motif:
    name = record.get("AC") or record.get("ID") or record.get("DE") or f"motif_{number}"
    return from_counts(name.split()[0], record.counts, record.get("NA", ""))
