"""Files: written whole or not at all, and read without trust in what they say of themselves."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import math
import os
import re
import secrets
import warnings
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TextIO

import numpy as np
from numpy.lib import format as npy

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

_COMPRESSED = {b"\x1f\x8b": gzip.open, b"BZh": bz2.open, b"\xfd7zXZ\0": lzma.open}
_REMEDIES = {
    b"PK\3\4": "is a zip archive; unpack it: unzip {path}",
    b"\xff\xfe\0\0": "is UTF-32 text; convert it: iconv -f UTF-32 -t UTF-8 {path}",
    b"\xff\xfe": "is UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 {path}",
    b"\xfe\xff": "is UTF-16 text; convert it: iconv -f UTF-16 -t UTF-8 {path}",
    b">\0": "is UTF-16 text; convert it: iconv -f UTF-16LE -t UTF-8 {path}",
    b"\0>": "is UTF-16 text; convert it: iconv -f UTF-16BE -t UTF-8 {path}",
    b"Rar!": "is a RAR archive; unpack it: unrar x {path}",
    b"7z\xbc\xaf": "is a 7-Zip archive; unpack it: 7z x {path}",
    b"\x28\xb5\x2f\xfd": "is compressed by zstd; unpack it: zstd -dc {path} > unpacked",
    b"\x1f\x9d": "is compressed by compress; unpack it: gzip -dc {path} > unpacked",
    b"\x43\x27\x41\x1a": "is a 2bit file; convert it: twoBitToFa {path} genome.fa",
}
_HEADERS = {(1, 0): npy.read_array_header_1_0, (2, 0): npy.read_array_header_2_0}

EXPANSION = 200
"""How many times its size a compressed file may unpack to; DNA packs to about a quarter."""

_ALWAYS = 2**24  # bytes that any file may unpack to


@contextmanager
def atomic_write(path: str | Path, mode: str = "w") -> Iterator[IO]:
    """Open a file that appears under its name only once it is completely written.

    The text (UTF-8) or bytes (mode ``"wb"``) go to a temporary file in the same folder, which
    replaces `path` when the block ends; missing parent folders are made. When the block raises, or
    the process is killed, `path` keeps what it held; the next write sweeps what a killed one left.
    An OSError, such as of a full disk, names `path`.
    """
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    sweep(path)
    file = _own_file(path, mode)
    try:
        with file:
            yield file
            file.flush()
            os.fsync(file.fileno())
            if fcntl:
                os.replace(file.name, path)  # still held, so nobody sweeps it
        if not fcntl:
            os.replace(file.name, path)
    except BaseException as error:
        with suppress(OSError):
            os.unlink(file.name)
        if isinstance(error, OSError) and error.errno and not error.filename:
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


def _own_file(path: Path, mode: str) -> IO:
    """A new temporary file for `path`, open, and held by this process."""
    while True:  # not by tempfile, which makes files private
        file = open(beside(path), mode, encoding=None if "b" in mode else "utf-8")
        hold(file.fileno())
        if os.path.exists(file.name):
            return file
        file.close()  # it was swept before it was held


def beside(path: Path) -> Path:
    """A new name for what is to be at `path` once it is whole."""
    return path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")


def hold(handle: int) -> None:
    """Tell other processes, until this one ends or closes it, that the owner is alive."""
    if fcntl:
        with suppress(OSError):  # a file system without locks: nothing is swept there
            fcntl.flock(handle, fcntl.LOCK_EX)


def sweep(path: Path, remove: Callable[[Path], None] = Path.unlink) -> None:
    """Remove what is named by `beside` for `path` (``.old`` may be added), and held by nobody."""
    ours = re.compile(rf"\.{re.escape(path.name)}\.[0-9a-f]{{8}}(\.old)?\.tmp")
    with suppress(OSError):
        for name in filter(ours.fullmatch, os.listdir(path.parent) if fcntl else ()):
            left = path.with_name(name)
            with suppress(OSError):
                # Neither a link nor a pipe that nobody writes to.
                handle = os.open(left, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
                try:
                    fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    remove(left)
                finally:
                    os.close(handle)


def read_text(path: str | Path, kind: str) -> str:
    """Read a text file whole, with every line ending in a newline character; see `open_text`."""
    with open_text(path, kind) as lines:
        return "".join(lines)


@contextmanager
def open_text(path: str | Path, kind: str) -> Iterator[Iterator[str]]:
    """The lines of a text file or a pipe, plain or compressed by gzip, bgzip, bzip2 or xz.

    What a file is, its first bytes tell, not its name. Bytes that are not UTF-8, such as an
    accented letter of Latin-1 in a header, become ``\\xe9``, and so do characters that command a
    terminal or turn the direction of writing; a warning says so. `kind` is what the file should
    be, such as ``"MEME"``, for the error messages: a FileNotFoundError, or a ValueError if it is a
    folder, an archive, damaged, UTF-16 or binary, or unpacks to more than 16 MiB and `EXPANSION`
    times its size.
    """
    path = Path(path)
    if path.is_dir():
        raise ValueError(f"{path} is a folder; give the path of a {kind} file in it")
    if not path.exists():
        raise FileNotFoundError(f"{path} does not exist; check the path of the {kind} file")

    def lines(file: TextIO) -> Iterator[str]:
        told = False
        try:
            for line in file:
                if "\0ustar" in line:
                    raise ValueError(f"{path} is a tar archive; unpack it: tar xf {path}")
                if line.startswith("BAM\1"):
                    raise ValueError(f"{path} is BAM; convert it: samtools fasta {path}")
                if "\0" in line:
                    raise ValueError(f"{path} holds binary data; a {kind} file is text")
                if not "".join(line.split()).isprintable():
                    line = "".join(map(_shown, line))
                    if not told:
                        warnings.warn(
                            f"{path}: characters that cannot be shown or are not UTF-8 became "
                            "codes, such as \\xe9",
                            stacklevel=2,
                        )
                    told = True
                yield line
        except (EOFError, OSError, zlib.error, lzma.LZMAError) as error:
            raise ValueError(f"{path} is damaged ({error}); copy or download it again") from None

    counted = _Counted(path)
    with io.BufferedReader(counted) as raw:  # once: a pipe cannot be read from its start again
        magic = raw.peek(6)[:6]
        for first, remedy in _REMEDIES.items():
            if magic.startswith(first):
                raise ValueError(f"{path} {remedy.format(path=path)}")
        decompress = next((f for first, f in _COMPRESSED.items() if magic.startswith(first)), None)
        file = _Unpacked(decompress(raw), counted) if decompress else raw
        with io.TextIOWrapper(file, "utf-8-sig", errors="surrogateescape") as text:
            yield lines(text)


def _shown(character: str) -> str:
    """A character, or a code in its place if it is neither printable nor white space."""
    if character.isprintable() or character.isspace():
        return character
    if "\udc80" <= character <= "\udcff":  # a byte that is not UTF-8
        return f"\\x{ord(character) - 0xDC00:02x}"
    return character.encode("unicode_escape").decode("ascii")


class _Counted(io.FileIO):
    """A file or pipe, and how many bytes of it were read."""

    count = 0

    def readinto(self, buffer: bytearray) -> int | None:
        size = super().readinto(buffer)
        self.count += size or 0
        return size


class _Unpacked(io.BufferedIOBase):
    """What a compressed file holds, as long as it is not out of proportion to the file."""

    def __init__(self, file: IO[bytes], packed: _Counted) -> None:
        self.file, self.packed, self.count = file, packed, 0

    def readable(self) -> bool:
        return True

    def read1(self, size: int = -1) -> bytes:
        data = self.file.read1(size)
        self.count += len(data)
        if self.count > max(_ALWAYS, EXPANSION * self.packed.count):
            raise ValueError(
                f"{self.packed.name} unpacks to more than {EXPANSION} times its size, as no such "
                "file does; if it should, unpack it first"
            )
        return data


def read_arrays(path: str | Path) -> dict[str, np.ndarray]:
    """The arrays of an ``.npz`` file, by name; nothing in it is run, and no size in it trusted.

    Of a file that is damaged or something else, an exception of any kind: the caller names it.
    """
    arrays = {}
    with zipfile.ZipFile(path) as archive:
        members = archive.infolist()
        size = sum(member.file_size for member in members)
        if size > max(_ALWAYS, EXPANSION * Path(path).stat().st_size):
            raise ValueError(f"it unpacks to more than {EXPANSION} times its size")
        for member in members:
            with archive.open(member) as file:
                # numpy would make room for whatever shape is claimed before it reads.
                shape, _, dtype = _HEADERS[npy.read_magic(file)](file)
                claimed = math.prod(shape) * dtype.itemsize
                if not dtype.itemsize or claimed != member.file_size - file.tell():
                    raise ValueError(f"{member.filename} is not as large as it claims")
                file.seek(0)
                array = npy.read_array(file, allow_pickle=False)
            arrays[member.filename.removesuffix(".npy")] = array
    return arrays
