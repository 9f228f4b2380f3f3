"""A commit's state of the catalog; what cannot be read in it stands as it last could be.

So a state follows from its commit alone: whatever a plan is compared with, a file that was
broken on the way takes nothing away, and the commit that repairs it is planned for what it changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from publisher.catalog.entry import Entry
from publisher.catalog.files import Files
from publisher.catalog.overlay import Overlay
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.plan.last_readable import (
    can_be_read,
    first_readable,
    hiding_files,
    last_entries,
    names_images,
    unreadable_settings,
)
from publisher.plan.memory import Memory
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from publisher.ports.git import GitRepository

MOST_VERSIONS = 50
"""How many versions of a broken file are looked at."""


def load_commit(
    git: GitRepository,
    commit: str,
    *,
    last: Snapshot | None = None,
    files: Files | None = None,
    memory: Memory | None = None,
) -> Snapshot:
    """Read the state of a commit; `files` are its own unless some are replaced.

    `last` is a state before it: a name that two targets claim stays with the one that had it there.
    `memory` has what was read before, by default for `last`.

    Raises:
        CatalogError: `publisher.yml` or `publisher.lock` cannot be read.
        HistoryError: something is not in the repository.
    """
    files = files or git.files(commit)
    snapshot = load_snapshot(files, commit, last=last, memory=memory)
    known = _known(git, commit, files, hiding_files(snapshot))
    before = last or empty_snapshot(snapshot.settings)
    others = {t: entry for t, entry in before.entries.items() if entry.position.file not in known}
    entries = {**others, **{t: entry for found in known.values() for t, entry in found.items()}}
    if entries == before.entries:
        return snapshot
    return load_snapshot(files, commit, last=replace(before, entries=entries), memory=snapshot.memory)


def _known(
    git: GitRepository, commit: str, files: Files, paths: frozenset[str]
) -> Mapping[str, Mapping[TargetId, Entry]]:
    """Give what each of these files declared when it could be read, if it ever could."""
    versions = git.older_versions(commit, paths, MOST_VERSIONS) if paths else {}
    under = files
    for path in filter(names_images, sorted(versions)):
        content = first_readable(files, path, _contents(files, versions[path]))
        under = under if content is None else Overlay(under, {path: content})
    found = {
        path: last_entries(under, path, _contents(files, oids)) for path, oids in sorted(versions.items())
    }
    return {path: entries for path, entries in found.items() if entries is not None}


def _contents(files: Files, oids: tuple[str, ...]) -> Iterator[bytes]:
    """Read versions, the newest alone: mostly it is the one."""
    for some in (oids[:1], oids[1:]):
        contents = files.read(some)
        yield from (contents[oid] for oid in some)


def load_base(
    git: GitRepository, commit: str, *, last: Snapshot | None = None, memory: Memory | None = None
) -> Snapshot:
    """Read the state that a plan starts from, where settings and lock too stand as they last could be read.

    Raises:
        CatalogError: `publisher.yml` or `publisher.lock` could never be read.
        HistoryError: something is not in the repository.
    """
    files = git.files(commit)
    try:
        return load_commit(git, commit, last=last, files=files, memory=memory)
    except CatalogError:
        broken = unreadable_settings(files)
        if not broken:
            raise
    versions = git.older_versions(commit, broken, MOST_VERSIONS)
    readable = {path: _readable(files, path, versions[path]) for path in broken}
    replaced = {path: content for path, content in readable.items() if content is not None}
    return load_commit(git, commit, last=last, files=Overlay(files, replaced), memory=memory)


def _readable(files: Files, path: str, oids: tuple[str, ...]) -> bytes | None:
    return next((content for content in _contents(files, oids) if can_be_read(path, content)), None)
