"""Files are whole or absent, read whether zipped or not, and kept where the user said."""

import bz2
import errno
import gzip
import io
import lzma
import os
import signal
import stat
import subprocess
import sys
import tarfile
import threading
from pathlib import Path

import platformdirs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from grimlib import _files
from grimlib._files import atomic_write, read_text, sweep
from grimlib._places import cache_folder


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_text_and_bytes(tmp_path):
    with atomic_write(tmp_path / "text") as file:
        file.write("Sørensen\n")
    with atomic_write(str(tmp_path / "bytes"), "wb") as file:
        file.write(b"\x00\xff")
    assert (tmp_path / "text").read_bytes() == "Sørensen\n".encode()
    assert (tmp_path / "bytes").read_bytes() == b"\x00\xff"
    assert names(tmp_path) == ["bytes", "text"]


@settings(deadline=None, max_examples=20)
@given(old=st.binary(), new=st.binary(max_size=5000))
def test_replaces_any_content(tmp_path_factory, old, new):
    path = tmp_path_factory.mktemp("any") / "x"
    path.write_bytes(old)
    with atomic_write(path, "wb") as file:
        file.write(new)
    assert path.read_bytes() == new
    assert names(path.parent) == ["x"]


def test_nothing_appears_before_the_end(tmp_path):
    path = tmp_path / "x"
    path.write_text("old")
    with atomic_write(path) as file:
        file.write("new")
        file.flush()
        assert path.read_text() == "old"
    assert path.read_text() == "new"


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit])
@pytest.mark.parametrize("old", ["old", None])
def test_exception_leaves_the_old_content_and_no_temporary(tmp_path, error, old):
    path = tmp_path / "x"
    if old:
        path.write_text(old)
    with pytest.raises(error), atomic_write(path) as file:
        file.write("half")
        raise error
    assert names(tmp_path) == (["x"] if old else [])
    assert not old or path.read_text() == old


def test_failure_of_the_last_step_leaves_no_temporary(tmp_path, monkeypatch):
    def fail(*_):
        raise OSError("disk full")

    (tmp_path / "x").write_text("old")
    monkeypatch.setattr(_files.os, "fsync", fail)
    with pytest.raises(OSError, match="disk full"), atomic_write(tmp_path / "x") as file:
        file.write("new")
    assert names(tmp_path) == ["x"]
    assert (tmp_path / "x").read_text() == "old"


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
@pytest.mark.parametrize(("umask", "mode"), [(0o022, 0o644), (0o002, 0o664), (0o077, 0o600)])
def test_permissions_are_those_of_any_new_file(tmp_path, umask, mode):
    before = os.umask(umask)
    try:
        with atomic_write(tmp_path / "x") as file:
            file.write("new")
        after = os.umask(umask)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "x").stat().st_mode) == mode
    assert after == umask  # looking at the umask did not change it


def test_a_file_system_without_permissions(tmp_path, monkeypatch):
    def refuse(*_, **__):
        raise PermissionError(errno.EPERM, "Operation not permitted")

    for name in ("chmod", "fchmod"):
        monkeypatch.setattr(os, name, refuse, raising=False)
    with atomic_write(tmp_path / "x") as file:
        file.write("new")
    assert (tmp_path / "x").read_text() == "new" and names(tmp_path) == ["x"]


def test_parents_are_made(tmp_path):
    with atomic_write(tmp_path / "a" / "b" / "x") as file:
        file.write("new")
    assert (tmp_path / "a" / "b" / "x").read_text() == "new"


@pytest.mark.skipif(os.name != "posix", reason="permissions as on POSIX")
@pytest.mark.skipif(getattr(os, "geteuid", int)() == 0, reason="root may write everywhere")
def test_unwritable_folder(tmp_path):
    folder = tmp_path / "locked"
    folder.mkdir()
    (folder / "x").write_text("old")
    folder.chmod(0o500)
    try:
        with pytest.raises(PermissionError), atomic_write(folder / "x") as file:
            file.write("new")
        assert (folder / "x").read_text() == "old"
    finally:
        folder.chmod(0o700)


def test_a_file_where_a_folder_should_be(tmp_path):
    (tmp_path / "a").write_text("file")
    with pytest.raises(OSError), atomic_write(tmp_path / "a" / "x") as file:
        file.write("new")
    assert (tmp_path / "a").read_text() == "file"


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="needs SIGKILL")
@pytest.mark.parametrize("old", ["old", None])
def test_killed_while_writing(tmp_path, old):
    path = tmp_path / "x"
    if old:
        path.write_text(old)
    # The module alone, by its path: importing grimlib would import Keras.
    program = f"""
import os, runpy, signal
atomic_write = runpy.run_path({_files.__file__!r})["atomic_write"]
with atomic_write({str(path)!r}) as file:
    file.write("half" * 10_000)
    file.flush()
    print("writing", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == -signal.SIGKILL, done.stderr
    assert done.stdout == "writing\n"
    assert path.exists() == bool(old)
    assert not old or path.read_text() == old
    assert len(names(tmp_path)) == 1 + bool(old), "the killed process left a file"
    with atomic_write(path) as file:
        file.write("new")
    assert path.read_text() == "new"
    assert names(tmp_path) == ["x"], "which is swept"


needs_locks = pytest.mark.skipif(_files.fcntl is None, reason="needs fcntl")


@needs_locks
def test_what_a_living_process_writes_is_not_swept(tmp_path):
    with atomic_write(tmp_path / "x") as one:
        one.write("one")
        with atomic_write(tmp_path / "x") as two:
            two.write("two")
            assert len(names(tmp_path)) == 2
        assert (tmp_path / "x").read_text() == "two"
    assert (tmp_path / "x").read_text() == "one"
    assert names(tmp_path) == ["x"]


@needs_locks
def test_only_our_own_names_are_swept(tmp_path):
    others = ["x.01234567.tmp", ".x.tmp", ".x.backup.tmp", ".xy.01234567.tmp", ".x.01234567"]
    others += [".x.ABCDEF01.tmp", ".x.01234567.tmp~"]
    for name in others:
        (tmp_path / name).write_text("somebody's")
    (tmp_path / "elsewhere").touch()
    (tmp_path / ".x.0123456a.tmp").symlink_to("elsewhere")  # a link is nobody's temporary file
    (tmp_path / ".x.0123456b.tmp").mkdir()
    before = names(tmp_path)
    (tmp_path / ".x.01234567.tmp").write_text("half")
    os.mkfifo(tmp_path / ".x.01234568.tmp")  # opening it does not wait; it may go
    sweep(tmp_path / "x")
    assert names(tmp_path) == before
    sweep(tmp_path / "nowhere" / "x")


@pytest.mark.parametrize("mode", ["w", "wb"])
def test_a_full_disk_is_told_with_the_file(tmp_path, mode):
    """The operating system itself refuses to write any further."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, hard))
    try:
        with (
            pytest.raises(OSError, match=f"{tmp_path}/x"),
            atomic_write(tmp_path / "x", mode) as file,
        ):
            file.write("x" * 50_000 if mode == "w" else b"x" * 50_000)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert names(tmp_path) == []


# ----------------------------------------------------------------------------------------- reading

TEXT = "Sørensen\nA\n"
ZIPPED = gzip.compress(TEXT.encode(), mtime=0)


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        ZIPPED,
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.replace("\n", "\r\n").encode(),
        TEXT.replace("\n", "\r").encode(),
        bz2.compress(TEXT.encode()),
        lzma.compress(TEXT.encode()),
    ],
    ids=["plain", "gzip", "byte order mark", "Windows", "old Mac", "bzip2", "xz"],
)
@pytest.mark.parametrize("name", ["x.txt", "x.gz"])  # the content tells, not the name
def test_text_of_any_kind_is_read(tmp_path, data, name):
    (tmp_path / name).write_bytes(data)
    assert read_text(str(tmp_path / name), "MEME") == TEXT


def tar() -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("x.fa"))
    return file.getvalue()


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"AC\x00\x01", "binary"),
        (b"\x89PNG\r\n\x1a\n\x00\xfe", "binary"),
        (TEXT.encode("utf-16"), "UTF-16 text.*iconv"),
        (TEXT.encode("utf-32"), "UTF-32 text.*iconv"),
        (">a\nA\n".encode("utf-16-le"), "UTF-16 text.*iconv -f UTF-16LE"),
        (">a\nA\n".encode("utf-16-be"), "UTF-16 text.*iconv -f UTF-16BE"),
        (b"PK\x03\x04\x14\x00", "zip archive.*unzip"),
        (b"Rar!\x1a\x07\x01\x00", "RAR archive.*unrar"),
        (b"7z\xbc\xaf\x27\x1c", "7-Zip archive.*7z"),
        (b"\x28\xb5\x2f\xfd\x24", "zstd -dc"),
        (b"\x1f\x9d\x90", "gzip -dc"),
        ((0x1A412743).to_bytes(4, "little") + bytes(12), "2bit file.*twoBitToFa"),
        (gzip.compress(b"BAM\1\x0a\0\0\0", mtime=0), "BAM.*samtools fasta"),
        (tar(), "tar archive.*tar xf"),
        (gzip.compress(tar(), mtime=0), "tar archive.*tar xf"),
        (ZIPPED[:-12], "damaged"),
        (b"\x1f\x8b" + b"\x00" * 30, "damaged"),
        (ZIPPED + b"rubbish", "damaged"),
        (bz2.compress(TEXT.encode())[:-4], "damaged"),
        (lzma.compress(TEXT.encode())[:-4], "damaged"),
    ],
)
def test_what_is_not_text_is_refused(tmp_path, data, message):
    (tmp_path / "bad").write_bytes(data)
    with pytest.raises(ValueError, match=f"bad .*{message}"):
        read_text(tmp_path / "bad", "MEME")


def test_a_letter_that_is_not_utf8_is_kept_as_its_code(tmp_path):
    (tmp_path / "x").write_bytes(TEXT.encode("latin-1"))
    with pytest.warns(UserWarning, match="x: characters that .* became codes"):
        assert read_text(tmp_path / "x", "MEME") == "S\\xf8rensen\nA\n"


def test_a_character_that_commands_is_shown(tmp_path):
    """Colours of a terminal, writing from right to left, a bell: not in a file of results."""
    (tmp_path / "x").write_text(">\x1b[31m\u202e\x07 \tSørensen\x0b\n" * 2, encoding="utf-8")
    with pytest.warns(UserWarning, match="became codes") as told:
        assert read_text(tmp_path / "x", "FASTA") == ">\\x1b[31m\\u202e\\x07 \tSørensen\x0b\n" * 2
    assert len(told) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes as on POSIX")
@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_pipe_is_read_whole(tmp_path, pack):
    data = pack(TEXT.encode() * 9_000)
    os.mkfifo(tmp_path / "pipe")
    writer = threading.Thread(target=(tmp_path / "pipe").write_bytes, args=(data,))
    writer.start()
    assert read_text(tmp_path / "pipe", "MEME") == TEXT * 9_000
    writer.join()


def test_missing_file_and_folder(tmp_path):
    with pytest.raises(FileNotFoundError, match="none .*MEME"):
        read_text(tmp_path / "none", "MEME")
    with pytest.raises(ValueError, match="folder.*MEME"):
        read_text(tmp_path, "MEME")


def test_the_cache_is_where_the_user_said_or_the_platform_says(tmp_path, monkeypatch):
    monkeypatch.setenv("GRIMLIB_CACHE", str(tmp_path))
    assert cache_folder() == tmp_path
    monkeypatch.setenv("GRIMLIB_CACHE", "")
    assert cache_folder() == platformdirs.user_cache_path("grimlib")


IMPORT = """
import numba, numpy as np
from grimlib import _places
print(numba.config.CACHE_DIR)
print(_places.cache_folder())
"""


@pytest.mark.parametrize("home", [None, "/dev/null/none"])
def test_without_a_home_code_is_compiled_elsewhere_and_it_is_said(tmp_path, home):
    """As under a cluster's service account, or in a container with a user that it does not know."""
    environment = {"PYTHONPATH": str(Path(__file__).parents[2]), "TMPDIR": str(tmp_path)}
    code = IMPORT
    if home:
        environment["HOME"] = home
    else:  # nor in the list of users
        code = "import os; os.path.expanduser = lambda path: path\n" + IMPORT
    done = subprocess.run(
        [sys.executable, "-c", code],
        env=environment,
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    compiled, kept = done.stdout.split()
    assert Path(compiled).is_relative_to(tmp_path) and Path(compiled).is_absolute()
    assert Path(kept).is_relative_to(tmp_path if home is None else home)
    assert done.stderr.count("Set GRIMLIB_CACHE") == 1
    assert names(tmp_path) == [], "it is removed at the end"
