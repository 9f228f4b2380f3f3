"""A repository in memory: at most one commit, and a working tree."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from publisher.errors import HistoryError
from publisher.ports.git import Commit
from tests.fakes.files import MemoryFiles

_DATE = datetime(2024, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class FakeGit:
    """Implements `publisher.ports.git`; `head` None is a repository without a commit."""

    worktree: Mapping[str, str]
    head: Mapping[str, str] | None = None
    oid: str = "1" * 40

    def resolve(self, revision: str) -> Commit:
        """Find HEAD, or the commit by its id."""
        if self.head is None or revision not in {"HEAD", self.oid}:
            raise HistoryError(f"{revision!r} names no commit here")
        return Commit(self.oid, "A <a@example.com>", _DATE, "subject")

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Compare."""
        return ancestor == descendant

    def files(self, commit: str) -> MemoryFiles:
        """Give the commit's files."""
        return MemoryFiles(self.head or {})

    def older_versions(self, commit: str, paths: Collection[str], most: int) -> Mapping[str, tuple[str, ...]]:
        """Know nothing that is older."""
        return dict.fromkeys(paths, ())

    def working_tree(self) -> MemoryFiles:
        """Give the files on the disk."""
        return MemoryFiles(self.worktree)
