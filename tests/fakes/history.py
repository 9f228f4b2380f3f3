"""A repository in memory: a line of commits, and one that is beside it."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import pairwise

from publisher.errors import HistoryError
from publisher.ports.git import Commit
from tests.fakes.files import MemoryFiles, git_oid

_DATE = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass
class FakeHistory:
    """Implements `publisher.ports.git`; each commit follows the one before, unless it names another."""

    contents: dict[str, Mapping[str, str]] = field(default_factory=dict)
    parents: dict[str, str | None] = field(default_factory=dict)
    newest: str | None = None

    def commit(self, content: Mapping[str, str], *, parent: str | None = None) -> Commit:
        """Add a commit."""
        oid = f"{len(self.contents) + 1:040x}"
        self.contents[oid] = dict(content)
        self.parents[oid] = parent or self.newest
        self.newest = oid
        return self.resolve(oid)

    def resolve(self, revision: str) -> Commit:
        """Find HEAD, or a commit by its id."""
        oid = self.newest if revision == "HEAD" else revision
        if oid is None or oid not in self.contents:
            raise HistoryError(f"{revision!r} names no commit here")
        return Commit(oid, "A <a@example.com>", _DATE, f"Change {int(oid, 16)}")

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Walk up."""
        current: str | None = self.resolve(descendant).oid
        while current is not None and current != ancestor:
            current = self.parents[current]
        return current == self.resolve(ancestor).oid

    def files(self, commit: str) -> MemoryFiles:
        """Give a commit's files; any version of any file can be read by its id."""
        every = [text for content in self.contents.values() for text in content.values()]
        return MemoryFiles(self.contents[self.resolve(commit).oid], others=every)

    def older_versions(self, commit: str, paths: Collection[str], most: int) -> Mapping[str, tuple[str, ...]]:
        """Walk up each file's versions to where it was added."""
        line = list(self._line(commit))
        return {path: tuple(_versions([content.get(path) for content in line]))[:most] for path in paths}

    def _line(self, commit: str) -> Iterator[Mapping[str, str]]:
        current: str | None = self.resolve(commit).oid
        while current is not None:
            yield self.contents[current]
            current = self.parents[current]

    def working_tree(self) -> MemoryFiles:
        """Give the newest commit's files."""
        return self.files("HEAD")


def _versions(texts: list[str | None]) -> Iterator[str]:
    """Give the ids of what a file was, newest first, from its text in each commit."""
    for newer, older in pairwise(texts):
        if older is None and newer is not None:
            return
        if older is not None and older != newer:
            yield git_oid(older.encode())
