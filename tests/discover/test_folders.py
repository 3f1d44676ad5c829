"""A folder of results that a killed process left is swept, and what was there before returns."""

import os

import pytest

from grimlib import _files
from grimlib.discover._folders import own_folder, sweep_folders

pytestmark = pytest.mark.skipif(_files.fcntl is None, reason="needs fcntl")


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_what_a_living_process_writes_is_not_swept(tmp_path):
    folder, release = own_folder(tmp_path / "x")
    (folder / "half").write_text("written")
    sweep_folders(tmp_path / "x")
    assert names(folder) == ["half"]
    release()
    sweep_folders(tmp_path / "x")
    assert names(tmp_path) == []


def test_only_folders_of_our_own_names_are_swept(tmp_path):
    for name in ("x.01234567.tmp", ".x.tmp", ".xy.01234567.tmp", ".x.01234567", "elsewhere"):
        (tmp_path / name).mkdir()
    (tmp_path / ".x.0123456a.tmp").symlink_to("elsewhere")
    before = names(tmp_path)
    (tmp_path / ".x.01234567.tmp").mkdir()
    sweep_folders(tmp_path / "x")
    assert names(tmp_path) == before
    sweep_folders(tmp_path / "nowhere" / "x")


@pytest.mark.parametrize("there", [True, False])
def test_what_was_there_before_returns(tmp_path, there):
    """Killed between moving the old folder away and the new one to its place."""
    old = tmp_path / ".x.01234567.old.tmp"
    old.mkdir()
    (old / "old").touch()
    if there:
        (tmp_path / "x").mkdir()
    sweep_folders(tmp_path / "x")
    assert names(tmp_path) == ["x"] and names(tmp_path / "x") == ([] if there else ["old"])


def test_a_folder_is_as_open_as_any_new_one(tmp_path):
    folder, release = own_folder(tmp_path / "x")
    release()
    (tmp_path / "y").mkdir()
    assert os.stat(folder).st_mode == os.stat(tmp_path / "y").st_mode
