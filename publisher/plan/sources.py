"""The second batch of a state: Dockerfiles, ignore files and smoke tests that entries name."""

from __future__ import annotations

import posixpath
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from publisher.catalog.dockerfile import Dockerfile, read_dockerfile
from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.paths import ROOT
from publisher.catalog.problem import Position, Problem
from publisher.catalog.smoke import SmokeTest
from publisher.catalog.smoke_file import read_smoke
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.plan.declarations import is_usable, unusable
from publisher.plan.rules import Rule

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

    def _inside(self, prefix: str) -> Iterator[tuple[str, TreeFile]]:
        for place in range(bisect_left(self._paths, prefix), len(self._paths)):
            path = self._paths[place]
            if not path.startswith(prefix):
                return
            yield path[len(prefix):], self.files[path]


@dataclass(frozen=True, slots=True)
class Sources:
    """What the entries' files say.  `ignores` holds raw ignore files by path."""

    tree: Tree
    dockerfiles: Mapping[str, Dockerfile]
    ignores: Mapping[str, bytes]
    smoke: Mapping[TargetId, SmokeTest]
    problems: tuple[Problem, ...]

    def ignore_for(self, entry: Entry) -> bytes | None:
        """Give the ignore file that BuildKit uses: the Dockerfile's own, else the context's."""
        for path in _ignore_paths(entry):
            if path in self.ignores:
                return self.ignores[path]
        return None


def read_sources(files: Files, entries: Iterable[Entry]) -> Sources:
    """Fetch and read everything that the entries name; what cannot be read is a problem of its targets."""
    entries = tuple(entries)
    tree = files.tree
    dockerfiles = {entry.dockerfile for entry in entries} & tree.keys()
    tests = {entry.smoke for entry in entries if entry.smoke} & tree.keys()
    ignores = {path for entry in entries for path in _ignore_paths(entry)} & tree.keys()
    wanted = {path for path in dockerfiles | tests | ignores if is_usable(tree[path])}
    blobs = files.read(sorted({tree[path].oid for path in wanted}))
    raw = {path: blobs[tree[path].oid] for path in wanted}
    parsed, bad_files = _read_dockerfiles({path: raw[path] for path in sorted(dockerfiles & wanted)})
    smoke, bad_tests = _read_tests({path: raw[path] for path in sorted(tests & wanted)})
    problems = [p for e in entries for p in (*_dockerfile_problems(e, tree, bad_files), *_test_problems(e, tree, bad_tests))]
    problems += [unusable(path, tree[path]) for path in sorted(ignores - wanted)]
    own = {e.target: smoke[e.smoke] for e in entries if e.smoke in smoke}
    return Sources(Tree(tree), parsed, {path: raw[path] for path in ignores & wanted}, own, tuple(problems))


def _ignore_paths(entry: Entry) -> tuple[str, str]:
    """Give the places of an ignore file, the one that wins first.

    https://docs.docker.com/build/concepts/context/#filename-and-location
    """
    own = posixpath.normpath(posixpath.join(entry.context, ".dockerignore"))
    return f"{entry.dockerfile}.dockerignore", own


def _read_dockerfiles(raw: Mapping[str, bytes]) -> tuple[dict[str, Dockerfile], dict[str, CatalogError]]:
    parsed: dict[str, Dockerfile] = {}
    bad: dict[str, CatalogError] = {}
    for path, content in raw.items():
        try:
            parsed[path] = read_dockerfile(content, path)
        except CatalogError as error:
            bad[path] = error
    return parsed, bad


def _read_tests(raw: Mapping[str, bytes]) -> tuple[dict[str, SmokeTest], dict[str, CatalogError]]:
    parsed: dict[str, SmokeTest] = {}
    bad: dict[str, CatalogError] = {}
    for path, content in raw.items():
        try:
            parsed[path] = read_smoke(path, content)
        except CatalogError as error:
            bad[path] = error
    return parsed, bad


def _dockerfile_problems(
    entry: Entry, tree: Mapping[str, TreeFile], bad: Mapping[str, CatalogError]
) -> Iterator[Problem]:
    path = entry.dockerfile
    if path not in tree:
        yield Rule.NO_DOCKERFILE.problem(f"there is no file {path}", entry.position, entry.target)
    elif tree[path].mode == LINK:
        yield Rule.DOCKERFILE_LINK.problem(f"{path} is a symbolic link", entry.position, entry.target)
    elif not is_usable(tree[path]):
        yield unusable(path, tree[path], entry.target)
    elif path in bad:
        yield from_error(Rule.BAD_DOCKERFILE, bad[path], path, entry.target)


def _test_problems(entry: Entry, tree: Mapping[str, TreeFile], bad: Mapping[str, CatalogError]) -> Iterator[Problem]:
    path = entry.smoke
    if path is None:
        return
    if path not in tree:
        yield Rule.NO_SMOKE.problem(f"there is no file {path}", entry.position, entry.target)
    elif not is_usable(tree[path]):
        yield unusable(path, tree[path], entry.target)
    elif path in bad:
        yield from_error(Rule.BAD_SMOKE, bad[path], path, entry.target)


def from_error(rule: Rule, error: CatalogError, path: str, target: TargetId) -> Problem:
    """Turn an error that names `file:line:column` into a problem of a target."""
    numbers = error.where.removeprefix(f"{path}:").split(":") if error.where.startswith(f"{path}:") else []
    line, column, *_ = [int(n) if n.isdigit() else 0 for n in numbers] + [0, 0]
    message = f"{error.what}: {error.detail}" if error.detail else error.what
    return rule.problem(message, Position(path, line, column), target, fix=error.hint)
