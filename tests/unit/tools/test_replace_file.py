"""A file is replaced at once or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import CatalogError
from publisher.tools.replace_file import replace_file


def test_a_new_file_can_be_read_by_everybody(tmp_path: Path) -> None:
    replace_file(tmp_path / "publisher.lock", b"new")
    assert (tmp_path / "publisher.lock").read_bytes() == b"new"
    assert (tmp_path / "publisher.lock").stat().st_mode & 0o444 == 0o444
    assert [path.name for path in tmp_path.iterdir()] == ["publisher.lock"]


def test_an_old_file_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "publisher.lock"
    path.write_bytes(b"old")
    path.chmod(0o664)
    replace_file(path, b"new")
    assert (path.read_bytes(), path.stat().st_mode & 0o777) == (b"new", 0o664)


def test_a_link_is_replaced_and_not_followed(tmp_path: Path) -> None:
    victim, path = tmp_path / "victim", tmp_path / "publisher.lock"
    victim.write_bytes(b"theirs")
    path.symlink_to(victim)
    replace_file(path, b"new")
    assert victim.read_bytes() == b"theirs"
    assert not path.is_symlink()


def test_a_refusal_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "publisher.lock").mkdir()
    (tmp_path / "publisher.lock" / "x").touch()
    with pytest.raises(CatalogError, match=r"publisher\.lock cannot be written") as caught:
        replace_file(tmp_path / "publisher.lock", b"new")
    assert caught.value.hint
    assert [path.name for path in tmp_path.iterdir()] == ["publisher.lock"]


def test_a_folder_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(CatalogError, match="cannot be written"):
        replace_file(tmp_path / "nowhere" / "publisher.lock", b"new")
