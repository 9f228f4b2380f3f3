"""What a file of the catalog that cannot be read said when it last could be."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping

from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.lock_file import read_lock
from publisher.catalog.meta_file import META_NAME
from publisher.catalog.openeuler.assumed import LIST_NAME
from publisher.catalog.overlay import Overlay
from publisher.catalog.problem import Problem, Severity
from publisher.catalog.settings_file import read_settings
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError, Malformed
from publisher.plan.declarations import (
    LOCK_FILE,
    MAX_LOCK,
    SETTINGS_FILE,
    Declarations,
    is_usable,
    read_declarations,
)
from publisher.plan.snapshot import Snapshot

DECLARING = (META_NAME, LIST_NAME)
"""Names of the files that declare entries."""


def hiding_files(snapshot: Snapshot) -> frozenset[str]:
    """Give the files in which an error hides entries that there may have been."""
    return frozenset(p.file for p in snapshot.problems if _hides(p, snapshot.entries, snapshot.kept))


def _hides(problem: Problem, entries: Mapping[TargetId, Entry], kept: Mapping[TargetId, str]) -> bool:
    if problem.severity is not Severity.ERROR or posixpath.basename(problem.file) not in DECLARING:
        return False
    if problem.target is None:
        return True
    try:
        target = TargetId(problem.target)
    except Malformed:
        return False
    return target not in entries or target in kept


def names_images(path: str) -> bool:
    """Tell whether a file gives other files the names of their images, so that they need it to be read."""
    return posixpath.basename(path) == LIST_NAME


def first_readable(files: Files, path: str, versions: Iterable[bytes]) -> bytes | None:
    """Give the newest version of a declaring file that can be read."""
    return next(
        (c for c in versions if _is_readable(read_declarations(_Alone(files, path, c), {}), path)), None
    )


def last_entries(files: Files, path: str, versions: Iterable[bytes]) -> Mapping[TargetId, Entry] | None:
    """Give the entries of a file, each as the newest of `versions` has it that lets it be read.

    They are read beside the other files of the state, so that only what the file says is old.
    None where no version can be read at all.
    """
    found: dict[TargetId, Entry] = {}
    wanted: frozenset[TargetId] | None = None  # None: whatever the file declares
    for content in versions:
        declared = read_declarations(_Alone(files, path, content), {})
        found |= {
            e.target: e for e in declared.entries if _is_wanted(e.target, wanted) and e.target not in found
        }
        if _is_readable(declared, path):
            wanted = frozenset(_broken(declared, path, wanted)) - found.keys()
            if not wanted:
                return found
    return found if wanted is not None else None


def _is_wanted(target: TargetId, wanted: frozenset[TargetId] | None) -> bool:
    return wanted is None or target in wanted


def _is_readable(declared: Declarations, path: str) -> bool:
    return not any(
        problem.severity is Severity.ERROR and problem.target is None and problem.file == path
        for problem in declared.problems
    )


def _broken(declared: Declarations, path: str, wanted: frozenset[TargetId] | None) -> Iterator[TargetId]:
    """Give the entries that a version of the file has and that cannot be read in it."""
    for problem in declared.problems:
        if problem.severity is Severity.ERROR and problem.file == path and problem.target is not None:
            try:
                target = TargetId(problem.target)
            except Malformed:
                continue
            if _is_wanted(target, wanted):
                yield target


class _Alone:
    """A state in which one declaring file says something else, and others of its name are left out."""

    def __init__(self, files: Files, path: str, content: bytes) -> None:
        self._under = Overlay(files, {path: content})
        self._path = path

    @property
    def tree(self) -> Mapping[str, TreeFile]:
        """Give the files; a list of names keeps every `meta.yml`, which get their names from it."""
        tree, name = self._under.tree, posixpath.basename(self._path)
        if name != META_NAME:
            return tree
        return {p: file for p, file in tree.items() if p == self._path or posixpath.basename(p) != name}

    def read(self, oids: Iterable[str]) -> Mapping[str, bytes]:
        """Read objects."""
        return self._under.read(oids)


def unreadable_settings(files: Files) -> tuple[str, ...]:
    """Give those of `publisher.yml` and `publisher.lock` that are there and cannot be read."""
    present = {path: files.tree[path] for path in (SETTINGS_FILE, LOCK_FILE) if path in files.tree}
    usable = {path: file.oid for path, file in present.items() if is_usable(file, MAX_LOCK)}
    contents = files.read(usable.values())
    readable = [path for path, oid in usable.items() if can_be_read(path, contents[oid])]
    return tuple(path for path in present if path not in readable)


def can_be_read(path: str, content: bytes) -> bool:
    """Tell whether a `publisher.yml` or `publisher.lock` can be read."""
    try:
        read_settings(path, content) if path == SETTINGS_FILE else read_lock(path, content)
    except CatalogError:
        return False
    return True
