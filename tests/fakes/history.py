"""A repository in memory: a line of commits, and one that is beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from publisher.errors import HistoryError
from publisher.ports.git import Commit
from tests.fakes.files import MemoryFiles

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
        """Give a commit's files."""
        return MemoryFiles(self.contents[self.resolve(commit).oid])

    def working_tree(self) -> MemoryFiles:
        """Give the newest commit's files."""
        return self.files("HEAD")
