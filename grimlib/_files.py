"""Files: written whole or not at all, and read as text whether compressed or not."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import secrets
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

_COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_REMEDIES = {
    b"PK\3\4": "is a zip archive; unpack it: unzip {path}",
    b"\xff\xfe": "is UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 {path}",
    b"\xfe\xff": "is UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 {path}",
}


@contextmanager
def atomic_write(path: str | Path, mode: str = "w") -> Iterator[IO]:
    """Open a file that appears under its name only once it is completely written.

    The text (UTF-8) or bytes (mode ``"wb"``) go to a temporary file in the same folder, which
    replaces `path` when the block ends; missing parent folders are made. When the block raises, or
    the process is killed, `path` keeps what it held.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    # Not by tempfile, which makes files private.
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        with temporary.open(mode, encoding=None if "b" in mode else "utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def read_text(path: str | Path, kind: str) -> str:
    """Read a text file whole, with every line ending in a newline character; see `open_text`."""
    with open_text(path, kind) as lines:
        return "".join(lines)


@contextmanager
def open_text(path: str | Path, kind: str) -> Iterator[Iterator[str]]:
    """The lines of a text file or a pipe, plain or compressed by gzip, bgzip, bzip2 or xz.

    What a file is, its first bytes tell, not its name. Bytes that are not UTF-8, such as an
    accented letter of Latin-1 in a header, become ``\\xe9``. `kind` is what the file should be,
    such as ``"MEME"``, for the error messages: a FileNotFoundError, or a ValueError if it is a
    folder, an archive, damaged, UTF-16 or binary.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the path of a {kind} file in it")
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path of the {kind} file")

    def lines(file: TextIO) -> Iterator[str]:
        for line in file:
            if "\0" in line:
                raise ValueError(f"{path} holds binary data; a {kind} file is text")
            yield line

    with path.open("rb") as raw:  # once: a pipe cannot be read from its start again
        magic = raw.peek(6)[:6]
        for first, remedy in _REMEDIES.items():
            if magic.startswith(first):
                raise ValueError(f"{path} {remedy.format(path=path)}")
        decompress = next((f for first, f in _COMPRESSED.items() if magic.startswith(first)), None)
        file = decompress(raw) if decompress else raw
        try:
            with io.TextIOWrapper(file, "utf-8-sig", errors="backslashreplace") as text:
                yield lines(text)
        except (EOFError, zlib.error, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise ValueError(f"{path} is damaged ({error}); copy or download it again") from None
