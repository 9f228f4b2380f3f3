"""The second batch of a state: Dockerfiles, ignore files and smoke tests that entries name."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Generic, TypeVar

from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.ignore_file import Ignore, ignore_path, read_ignore
from publisher.catalog.paths import ROOT, folder_of
from publisher.catalog.problem import Position, Problem, UnusableFile
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.plan.declarations import is_usable, unusable
from publisher.plan.dockerfiles import Dockerfiles, Wanted, read_dockerfiles
from publisher.plan.memory import Memory
from publisher.plan.rules import Rule

if TYPE_CHECKING:
    from publisher.catalog.smoke import SmokeTest

Kind = TypeVar("Kind")
_PLACE = re.compile(r":([0-9]{1,7})(?::([0-9]{1,7}))?$")
LINK = "120000"
"""Mode of a symbolic link, as git writes it."""


@dataclass(frozen=True)
class Tree:
    """The files of a state by folder."""

    files: Mapping[str, TreeFile]
    _seen: dict[str, Mapping[str, TreeFile]] = field(default_factory=dict, repr=False, compare=False)

    @cached_property
    def _paths(self) -> list[str]:
        return sorted(self.files)

    def below(self, folder: str) -> Mapping[str, TreeFile]:
        """Give the files of a folder and those inside it, by their path relative to it."""
        if folder not in self._seen:
            self._seen[folder] = self.files if folder == ROOT else dict(self._inside(f"{folder}/"))
        return self._seen[folder]

    def has(self, folder: str) -> bool:
        """Tell whether a folder has a file."""
        return folder == ROOT or next(self._inside(f"{folder}/"), None) is not None

    def _inside(self, prefix: str) -> Iterator[tuple[str, TreeFile]]:
        for place in range(bisect_left(self._paths, prefix), len(self._paths)):
            path = self._paths[place]
            if not path.startswith(prefix):
                return
            yield path[len(prefix) :], self.files[path]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the entries' files say, by path, and the smoke test of each target that has one."""

    tree: Tree
    dockerfiles: Dockerfiles
    ignores: Mapping[str, Ignore]
    smoke: Mapping[TargetId, SmokeTest]
    problems: tuple[Problem, ...]

    def ignore_for(self, entry: Entry) -> Ignore:
        """Give the ignore file that BuildKit uses for an entry; without one nothing is excluded."""
        path = ignore_path(self.tree.files, entry.dockerfile, entry.context)
        return self.ignores.get(path, Ignore()) if path else Ignore()


@dataclass(frozen=True, slots=True)
class _Read(Generic[Kind]):
    """Files of one kind: those that could be read, and why the others could not."""

    good: Mapping[str, Kind]
    bad: Mapping[str, CatalogError]


def read_sources(files: Files, entries: Iterable[Entry], settings: Settings, memory: Memory) -> Sources:
    """Fetch and read everything that the entries name; what cannot be read is a problem of its targets."""
    entries = tuple(entries)
    tree = files.tree
    ignores = {entry.target: ignore_path(tree, entry.dockerfile, entry.context) for entry in entries}
    named = (
        {path for path in ignores.values() if path},
        {entry.smoke for entry in entries if entry.smoke},
    )
    wanted = [sorted(path for path in paths & tree.keys() if is_usable(tree[path])) for paths in named]
    others = {tree[path].oid for paths in wanted for path in paths}
    dockerfiles, blobs = read_dockerfiles(files, Wanted.by(entries, settings, tree), memory, others)
    raws = [{path: blobs[tree[path].oid] for path in paths} for paths in wanted]
    ignored = _read_each(raws[0], lambda path, raw: read_ignore(raw, path))
    tests = _read_tests(raws[1])
    folders = Tree(tree)
    problems = [
        problem
        for entry in entries
        for problem in (
            *_dockerfile_problems(entry, tree, dockerfiles.bad),
            *_context_problems(entry, folders),
            *_file_problems(Rule.BAD_IGNORE, ignores[entry.target], entry, tree, ignored.bad),
            *_test_problems(entry, tree, tests.bad),
        )
    ]
    smoke = {e.target: tests.good[e.smoke] for e in entries if e.smoke and e.smoke in tests.good}
    return Sources(folders, dockerfiles, ignored.good, smoke, tuple(problems))


def _read_tests(raw: Mapping[str, bytes]) -> _Read[SmokeTest]:
    if not raw:
        return _Read({}, {})
    from publisher.catalog.smoke_file import read_smoke

    return _read_each(raw, read_smoke)


def _read_each(raw: Mapping[str, bytes], read: Callable[[str, bytes], Kind]) -> _Read[Kind]:
    good: dict[str, Kind] = {}
    bad: dict[str, CatalogError] = {}
    for path, content in raw.items():
        try:
            good[path] = read(path, content)
        except CatalogError as error:
            bad[path] = error
    return _Read(good, bad)


def _dockerfile_problems(
    entry: Entry, tree: Mapping[str, TreeFile], bad: Mapping[str, CatalogError]
) -> Iterator[Problem]:
    path = entry.dockerfile
    if path not in tree:
        yield Rule.NO_DOCKERFILE.problem(f"there is no file {path}", entry.place("path"), entry.target)
    elif tree[path].mode == LINK:
        yield Rule.DOCKERFILE_LINK.problem(f"{path} is a symbolic link", entry.place("path"), entry.target)
    else:
        yield from _file_problems(Rule.BAD_DOCKERFILE, path, entry, tree, bad)


def _context_problems(entry: Entry, tree: Tree) -> Iterator[Problem]:
    """Report a context without a file; that of the Dockerfile's own folder is there if the Dockerfile is."""
    if entry.context != folder_of(entry.dockerfile) and not tree.has(entry.context):
        message = f"there is no file in the folder {entry.context}"
        yield Rule.NO_CONTEXT.problem(message, entry.place("context"), entry.target)


def _test_problems(
    entry: Entry, tree: Mapping[str, TreeFile], bad: Mapping[str, CatalogError]
) -> Iterator[Problem]:
    if entry.smoke and entry.smoke not in tree:
        yield Rule.NO_SMOKE.problem(f"there is no file {entry.smoke}", entry.place("smoke"), entry.target)
    else:
        yield from _file_problems(Rule.BAD_SMOKE, entry.smoke, entry, tree, bad)


def _file_problems(
    rule: Rule, path: str | None, entry: Entry, tree: Mapping[str, TreeFile], bad: Mapping[str, CatalogError]
) -> Iterator[Problem]:
    """Report a file that is there but was not read."""
    if path is None:
        return
    if not is_usable(tree[path]):
        yield unusable(path, tree[path], entry.target)
    elif path in bad:
        yield from _from_errors(rule, bad[path], path, entry.target)


def _from_errors(rule: Rule, error: CatalogError, path: str, target: TargetId) -> Iterator[Problem]:
    """Turn an error into problems of a target: each that it carries, at its own place."""
    if isinstance(error, UnusableFile):
        for one in error.problems:
            yield rule.problem(one.message, one.position, target, fix=one.fix)
    else:
        yield from_error(rule, error, path, target)


def from_error(rule: Rule, error: CatalogError, path: str, target: TargetId) -> Problem:
    """Turn an error whose `where` ends in `:line:column`, or less, into a problem of a target."""
    place = _PLACE.search(error.where)
    line, column = (int(n or 1) for n in place.groups()) if place else (0, 0)
    message = f"{error.what}: {error.detail}" if error.detail else error.what
    return rule.problem(message, Position(path, line, column), target, fix=error.hint)
