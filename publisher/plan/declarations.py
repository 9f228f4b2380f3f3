"""The first batch of a state: settings, lock, and every `meta.yml`."""

from __future__ import annotations

import posixpath
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import read_lock
from publisher.catalog.meta_file import META_NAME, read_meta
from publisher.catalog.paths import below
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.settings import Settings
from publisher.catalog.settings_file import read_settings
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.plan.rules import Rule

SETTINGS_FILE = "publisher.yml"
LOCK_FILE = "publisher.lock"
MAX_FILE = 1024 * 1024
"""Largest file of the catalog that is fetched, in bytes; readers have closer limits of their own."""
MAX_LOCK = 16 * 1024 * 1024
"""Largest `publisher.lock`; it grows with the catalog."""
_REGULAR = ("100644", "100755", "100664")


@dataclass(frozen=True, slots=True)
class Declarations:
    """What the catalog's own files say.  `kept` entries stand as in the last state, by their file."""

    settings: Settings
    lock: Lock
    entries: tuple[Entry, ...]
    kept: Mapping[TargetId, str]
    problems: tuple[Problem, ...]


def read_declarations(files: Files, last: Mapping[TargetId, Entry]) -> Declarations:
    """Read settings, lock and entries; an entry of `last` that cannot be read now is kept."""
    tree = files.tree
    own = [path for path in (SETTINGS_FILE, LOCK_FILE) if path in tree]
    metas = sorted(path for path in tree if posixpath.basename(path) == META_NAME)
    _require_usable(tree, own)
    usable = {path for path in metas if is_usable(tree[path])}
    blobs = files.read(sorted({tree[path].oid for path in (*own, *usable)}))
    settings = read_settings(SETTINGS_FILE, blobs[tree[SETTINGS_FILE].oid])
    lock = read_lock(LOCK_FILE, blobs[tree[LOCK_FILE].oid]) if LOCK_FILE in tree else Lock()
    inside = [path for path in metas if below(settings.root, path)]
    entries: list[Entry] = []
    problems = [unusable(path, tree[path]) for path in inside if path not in usable]
    for path in (path for path in inside if path in usable):
        read, found = read_meta(path, blobs[tree[path].oid], settings)
        entries += read
        problems += found
    kept = {entry.target: entry for entry in _unreadable(last, entries, problems)}
    return Declarations(
        settings,
        lock,
        (*entries, *kept.values()),
        {target: entry.position.file for target, entry in kept.items()},
        tuple(problems),
    )


def is_usable(file: TreeFile, most: int = MAX_FILE) -> bool:
    """Tell whether a file of the tree is a regular one of reasonable size."""
    return file.mode in _REGULAR and file.size <= most


def unusable(path: str, file: TreeFile, target: TargetId | None = None) -> Problem:
    """Say why a file is not read."""
    why = f"it has {file.size} bytes" if file.mode in _REGULAR else "it is not a regular file"
    return Rule.UNUSABLE_FILE.problem(f"{path} is not read: {why}", Position(path), target)


def _require_usable(tree: Mapping[str, TreeFile], own: Iterable[str]) -> None:
    if SETTINGS_FILE not in own:
        raise CatalogError(
            "this state of the repository is no catalog",
            where=SETTINGS_FILE,
            detail="there is no publisher.yml",
            hint="run `publisher init`, or use `--base empty` where an older commit has none",
        )
    for path in own:
        if not is_usable(tree[path], MAX_LOCK):
            problem = unusable(path, tree[path])
            raise CatalogError(problem.message, where=path, hint=problem.fix)


def _unreadable(
    last: Mapping[TargetId, Entry], entries: Iterable[Entry], problems: Iterable[Problem]
) -> Iterator[Entry]:
    """Give entries of the last state that a problem, and not their author, took away."""
    here = {entry.target for entry in entries}
    broken = {(p.file, p.target) for p in problems if p.severity is Severity.ERROR}
    for target, entry in last.items():
        file = entry.position.file
        if target not in here and ((file, None) in broken or (file, target) in broken):
            yield entry
