"""The first batch of a state: settings, lock, and every `meta.yml`, in the layout of the catalog."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.catalog.declared import Declared
from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import read_lock
from publisher.catalog.meta_file import META_NAME, read_meta
from publisher.catalog.nodes import compose
from publisher.catalog.openeuler.assumed import LIST_NAME, OPENEULER
from publisher.catalog.openeuler.names import Composed
from publisher.catalog.openeuler.reader import is_list, is_openeuler, read_openeuler
from publisher.catalog.paths import below
from publisher.catalog.problem import Position, Problem, Severity, UnusableFile
from publisher.catalog.rules import Rule as CatalogRule
from publisher.catalog.settings import Layout, Settings
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


class NoCatalog(CatalogError):
    """A state of the repository declares nothing: its `publisher.yml` is missing where it is needed."""


@dataclass(frozen=True, slots=True)
class Declarations:
    """What the catalog's own files say.  `kept` entries stand as in the last state, by their file."""

    settings: Settings
    lock: Lock
    entries: tuple[Entry, ...]
    kept: Mapping[TargetId, str]
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class Seen:
    """What was read before: files as nodes, by object id and path (which stands in their places), and
    what a catalog declared by which files, lists, paths and settings."""

    nodes: dict[tuple[str, str], Composed] = field(default_factory=dict)
    declared: tuple[tuple[object, ...], Declared] | None = None


@dataclass(frozen=True)
class _OwnFiles:
    """The catalog's own files, fetched in one go: content by path, of those that can be used."""

    tree: Mapping[str, TreeFile]
    content: Mapping[str, bytes]
    metas: tuple[str, ...]
    lists: tuple[str, ...]
    seen: Seen = field(default_factory=Seen)

    def compose(self, path: str) -> Composed:
        """Give a file as nodes; one that cannot be used has a problem instead."""
        key = self.tree[path].oid, path
        if not is_usable(self.tree[path]):
            return None, (unusable(path, self.tree[path]),)
        if key not in self.seen.nodes:
            self.seen.nodes[key] = compose(path, self.content[path])
        return self.seen.nodes[key]


def read_declarations(files: Files, last: Mapping[TargetId, Entry], seen: Seen | None = None) -> Declarations:
    """Read settings, lock and entries; an entry of `last` that cannot be read now is kept.

    `seen` has files as nodes that were read before, and receives those that are read now.

    Raises:
        CatalogError: `publisher.yml` is missing where it is needed, or it or the lock cannot be read.
    """
    own = _fetch(files, seen or Seen())
    settings = _settings(own)
    lock = read_lock(LOCK_FILE, own.content[LOCK_FILE]) if LOCK_FILE in own.tree else Lock()
    is_native = settings.layout is Layout.NATIVE
    found = _read_native(own, settings) if is_native else _read_openeuler(own, settings, last)
    kept = dict(_unreadable(last, found, own.tree))
    entries = (*found.entries, *(last[target] for target in kept))
    return Declarations(settings, lock, entries, kept, (*found.problems, *_no_lock(settings, lock)))


def _fetch(files: Files, seen: Seen) -> _OwnFiles:
    tree = files.tree
    own = [path for path in (SETTINGS_FILE, LOCK_FILE) if path in tree]
    for path in own:
        if not is_usable(tree[path], MAX_LOCK):
            problem = unusable(path, tree[path])
            raise UnusableFile(problem.message, [problem], where=path, hint=problem.fix)
    metas, lists = (sorted(_of_name(tree, name)) for name in (META_NAME, LIST_NAME))
    usable = [*own, *(path for path in (*metas, *lists) if is_usable(tree[path]))]
    # Where settings choose the layout, the text itself may be needed.
    new = usable if own else [path for path in usable if (tree[path].oid, path) not in seen.nodes]
    blobs = files.read(sorted({tree[path].oid for path in new}))
    content = {path: blobs[tree[path].oid] for path in new}
    return _OwnFiles(tree, content, tuple(metas), tuple(lists), seen)


def own_files(tree: Iterable[str]) -> Iterator[str]:
    """Give the paths of the files that are read as nodes, which may be a catalog's."""
    ends = (f"/{META_NAME}", f"/{LIST_NAME}")
    return (path for path in tree if path.endswith(ends))


def _of_name(tree: Iterable[str], name: str) -> Iterator[str]:
    end = f"/{name}"
    return (path for path in tree if path.endswith(end) or path == name)


def _settings(own: _OwnFiles) -> Settings:
    if SETTINGS_FILE in own.content:
        return read_settings(SETTINGS_FILE, own.content[SETTINGS_FILE])
    if is_openeuler({path: own.compose(path) for path in own.metas}, own.lists):
        return OPENEULER
    raise NoCatalog(
        "this state of the repository is no catalog",
        where=SETTINGS_FILE,
        detail="there is no publisher.yml",
        hint="write one (meta/README.md explains it)",
    )


def is_assumed(files: Files) -> bool:
    """Tell whether a state has no `publisher.yml` and needs none to be read."""
    if SETTINGS_FILE in files.tree:
        return False
    own = _fetch(files, Seen())
    return is_openeuler({path: own.compose(path) for path in own.metas}, own.lists)


def _read_native(own: _OwnFiles, settings: Settings) -> Declared:
    inside = [path for path in own.metas if below(settings.root, path)]
    problems = [unusable(path, own.tree[path]) for path in inside if not is_usable(own.tree[path])]
    entries: list[Entry] = []
    for path in (path for path in inside if is_usable(own.tree[path])):
        read, found = read_meta(path, own.content[path], settings)
        entries += read
        problems += found
    return Declared(tuple(entries), tuple(problems))


def _read_openeuler(own: _OwnFiles, settings: Settings, last: Mapping[TargetId, Entry]) -> Declared:
    metas = {path: own.compose(path) for path in own.metas if below(settings.root, path)}
    lists = {path: own.compose(path) for path in own.lists if is_list(settings.root, path)}
    follows_from = metas, lists, own.tree.keys(), settings
    if own.seen.declared and own.seen.declared[0] == follows_from:
        return own.seen.declared[1]
    names = {entry.position.file: target.image for target, entry in last.items()}
    found = read_openeuler(metas, lists, own.tree, settings, names)
    if not any(problem.file in lists for problem in found.problems):  # else names of before may stand in it
        own.seen.declared = follows_from, found
    return found


def is_usable(file: TreeFile, most: int = MAX_FILE) -> bool:
    """Tell whether a file of the tree is a regular one of reasonable size."""
    return file.mode in _REGULAR and file.size <= most


def unusable(path: str, file: TreeFile, target: TargetId | None = None) -> Problem:
    """Say why a file is not read."""
    why = f"it has {file.size} bytes" if file.mode in _REGULAR else "it is not a regular file"
    return Rule.UNUSABLE_FILE.problem(f"{path} is not read: {why}", Position(path), target)


def lacks_bases(settings: Settings, lock: Lock) -> bool:
    """Tell whether one problem says that no base is locked: the openEuler repository keeps no lock."""
    return settings.layout is Layout.OPENEULER and not lock.bases


def _no_lock(settings: Settings, lock: Lock) -> Iterator[Problem]:
    if lacks_bases(settings, lock):
        message = "no external base image has a digest: there is no lock, or it names no bases"
        yield Rule.NO_LOCK.problem(message, Position(LOCK_FILE))


def _unreadable(
    last: Mapping[TargetId, Entry], found: Declared, tree: Mapping[str, TreeFile]
) -> Iterator[tuple[TargetId, str]]:
    """Give targets of the last state that a problem, and not their author, took away, with the file."""
    here = {entry.target for entry in found.entries}
    errors = [problem for problem in found.problems if problem.severity is Severity.ERROR]
    broken = {(problem.file, problem.target) for problem in errors}
    moved = _moved(found, errors)
    for target, entry in last.items():
        file = entry.position.file
        if target in here:
            continue
        if (file, None) in broken or (file, target) in broken:
            yield target, file
        elif file not in tree and (now := moved.get(target, moved.get(target.image, moved.get("")))):
            yield target, now


def _moved(found: Declared, errors: Iterable[Problem]) -> Mapping[str, str]:
    """Give the files with errors by target, by image, and (of no certain name) by the empty text."""
    files: dict[str, str] = {}
    for problem in errors:
        if problem.target is not None:
            files.setdefault(problem.target, problem.file)
        elif problem.file in found.images:
            files.setdefault(found.images[problem.file], problem.file)
        elif problem.rule == CatalogRule.NAME_UNKNOWN:
            files.setdefault("", problem.file)
    return files
