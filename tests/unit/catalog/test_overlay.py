"""Files replaced in memory."""

from __future__ import annotations

import hashlib

import pytest

from publisher.catalog.files import TreeFile
from publisher.catalog.overlay import Overlay
from publisher.errors import HistoryError
from tests.fakes.files import MemoryFiles, git_oid


def test_a_file_is_replaced_and_another_added_and_the_rest_seen_through() -> None:
    files = Overlay(MemoryFiles({"a": "old", "b": "kept"}), {"a": b"new", "c": b"more"})
    assert set(files.tree) == {"a", "b", "c"}
    assert {path: files.read([file.oid])[file.oid] for path, file in files.tree.items()} == {
        "a": b"new",
        "b": b"kept",
        "c": b"more",
    }


def test_the_object_ids_are_gits_own() -> None:
    files = Overlay(MemoryFiles({}), {"a": b"new"})
    assert files.tree["a"] == TreeFile("100644", git_oid(b"new"), 3)


def test_in_a_repository_of_the_newer_format_too() -> None:
    class Newer(MemoryFiles):
        @property
        def tree(self) -> dict[str, TreeFile]:
            return {"x": TreeFile("100644", "0" * 64, 0)}

    oid = Overlay(Newer({}), {"a": b"new"}).tree["a"].oid
    assert oid == hashlib.sha256(b"blob 3\0new").hexdigest()


def test_a_foreign_object_is_not_there() -> None:
    with pytest.raises(HistoryError):
        Overlay(MemoryFiles({}), {"a": b"new"}).read(["f" * 40])
