"""Files: written whole or not at all, and read as text whether zipped or not."""

from __future__ import annotations

import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO


@contextmanager
def atomic_write(path: str | Path, mode: str = "w") -> Iterator[IO]:
    """Open a file that appears under its name only once it is completely written.

    The text (UTF-8) or bytes (mode ``"wb"``) go to a temporary file in the same folder, which
    replaces `path` when the block ends; missing parent folders are made. When the block raises, or
    the process is killed, `path` keeps what it held.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    encoding = None if "b" in mode else "utf-8"
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(handle, mode, encoding=encoding) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; a result is as readable as any other new file.
        umask = os.umask(0)
        os.umask(umask)
        os.chmod(temporary, 0o666 & ~umask)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def read_text(path: str | Path, kind: str) -> str:
    """Read a text file, plain or gzipped, with every line ending in a newline character.

    `kind` is what the file should be, such as ``"MEME"``, for the error messages.

    Raises
    ------
    FileNotFoundError
        If there is no such file.
    ValueError
        If it is a folder, a damaged gzip file, or binary.
    """
    with open_text(path, kind) as lines:
        return "".join(lines)


@contextmanager
def open_text(path: str | Path, kind: str) -> Iterator[Iterator[str]]:
    """The lines of a text file, plain or gzipped; see `read_text` for what is raised."""
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the path of a {kind} file in it")
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path of the {kind} file")
    binary = ValueError(f"{path} holds binary data; a {kind} file is plain text, or gzipped text")

    def lines(file: TextIO) -> Iterator[str]:
        for line in file:
            if "\0" in line:
                raise binary
            yield line

    with path.open("rb") as file:
        zipped = file.read(2) == b"\x1f\x8b"
    try:
        with (gzip.open if zipped else open)(path, "rt", encoding="utf-8-sig") as file:
            yield lines(file)
    except UnicodeDecodeError:
        raise binary from None
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise ValueError(
            f"{path} is a damaged gzip file ({error}); copy or download it again"
        ) from None
