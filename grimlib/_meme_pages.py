"""The XML and HTML that MEME, DREME and STREME write, as the text in MEME format beside them."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from xml.parsers import expat

from grimlib.sequences import ALPHABET

_DATA = re.compile(r"\bvar\s+data\s*=\s*(?={)")
# Not by html.parser, which older Pythons let take a time that grows with the square of a page.
_INPUT = re.compile(r"<input\b((?:[^<>\"']|\"[^\"]*\"|'[^']*')*+)>", re.IGNORECASE)
_ATTRIBUTE = re.compile(r"\b(name|value)\s*=\s*(\"[^\"]*\"|'[^']*'|[^\s\"'>]+)", re.IGNORECASE)


def page_text(path: str | Path, page: str) -> str:
    """The motifs of a page in minimal MEME format.

    The page is XML, HTML with the results as JSON, or older HTML with parts of the text in hidden
    fields. A ValueError that names `path` is raised if it is of another program, damaged, or holds
    no motif. Names, alphabets and numbers are for the reader of the text to judge.
    """
    try:
        if not re.search(r"<html\b", page, flags=re.IGNORECASE):
            lines = list(_from_xml(page))
        elif start := _DATA.search(page):
            lines = list(_from_json(json.JSONDecoder().raw_decode(page, start.end())[0]))
        else:
            lines = list(_from_fields(page))
        if len(lines) == 1:
            raise ValueError("it holds none")
    except Exception as error:  # JSON and XML may hold anything in the place of what is looked up
        raise ValueError(
            f"{path} starts with {page.strip()[:40]!r}: that is HTML or XML, in which no motifs "
            f"can be read ({type(error).__name__}: {str(error)[:99]}); give the text output beside "
            "it, such as meme.txt"
        ) from error
    return "\n".join(lines)


def _from_xml(page: str) -> Iterator[str]:
    root = _tree(page)
    letters = {
        letter.attrib["id"]: letter.attrib["symbol"]
        for letter in root.iterfind(".//alphabet/letter")
        if "equals" not in letter.attrib
    } or {letter: letter for letter in ALPHABET}  # DREME before 4.11 tells none
    yield _head(root.tag, letters.values())
    for motif in root.iterfind("motifs/motif"):
        known = motif.attrib
        rows = [position.attrib for position in motif.iterfind("pos")]  # of DREME and STREME
        for array in motif.iterfind("probabilities/alphabet_matrix/alphabet_array"):
            rows.append({value.attrib["letter_id"]: value.text for value in array})
        rows = [{letters[key]: row[key] for key in letters} for row in rows]
        nsites = known.get("sites", known.get("nsites"))
        if nsites is None and "train_pos_count" in known:  # their sum stands in STREME's text
            nsites = int(known["train_pos_count"]) + int(known["test_pos_count"])
        name = known.get("name") or known.get("seq") or known["id"]
        yield from _motif(name, known.get("alt"), nsites, known.get("width"), rows)


def _tree(page: str) -> ElementTree.Element:
    """The elements of an XML page, without what its DTD would let them grow to."""
    builder, parser = ElementTree.TreeBuilder(), expat.ParserCreate()

    def refuse(name: str, *_: object) -> None:
        raise ValueError(f"it declares the entity {name}, as no MEME Suite program does")

    parser.EntityDeclHandler = refuse
    parser.specified_attributes = True  # no default value, which each element would repeat
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.data
    parser.Parse(page, True)
    return builder.close()


def _from_json(data: Mapping[str, Any]) -> Iterator[str]:
    letters = data["alphabet"]["symbols"]  # a word in 4.10
    if not isinstance(letters, str):
        letters = [letter["symbol"] for letter in letters if "equals" not in letter]
    yield _head(data["program"], letters)
    for motif in data["motifs"]:
        rows = [dict(zip(letters, row, strict=True)) for row in motif["pwm"]]
        known = (motif.get(key) for key in ("alt", "nsites", "len"))
        yield from _motif(motif["id"], *known, rows)


def _head(program: str, letters: Iterable[str]) -> str:
    if program.upper() not in ("MEME", "DREME", "STREME"):
        raise ValueError(f"{program} was given motifs; its output is no motif file")
    return f"MEME version 4\nALPHABET= {''.join(sorted(letters))}"


def _motif(
    name: str, alt: str | None, nsites: Any, width: Any, rows: list[Mapping[str, Any]]
) -> Iterator[str]:
    """The lines of a motif; an exception of any kind if what should be a number is none."""
    if len(name.split()) != 1:
        raise ValueError(f"{name!r} is not the name of a motif")
    yield " ".join(["MOTIF", name, *(alt or "").split()])
    told = "" if nsites is None else f"nsites= {float(nsites)} "
    yield f"letter-probability matrix: {told}w= {int(len(rows) if width is None else width)}"
    for row in rows:
        yield " ".join(str(float(row[letter])) for letter in sorted(row))


def _from_fields(page: str) -> Iterator[str]:
    fields = {}
    for tag in _INPUT.finditer(page):
        pairs = _ATTRIBUTE.findall(tag[1])
        known = {key.lower(): html.unescape(value.strip("\"'")) for key, value in pairs}
        fields[known.get("name", "").lower()] = known.get("value", "")
    yield f"MEME version 4\nALPHABET= {fields.get('alphabet', ALPHABET)}"
    for key, matrix in fields.items():
        if number := re.fullmatch(r"pspm(\d+)", key):
            title = fields.get(f"motifblock{number[1]}", "")  # BL   MOTIF 1 width=8 seqs=9
            name = re.search(r"\bMOTIF\s+(\S+)", title)
            yield f"MOTIF {name[1] if name else fields[f'motifname{number[1]}']}\n{matrix}"
