"""The repository that holds the catalog."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from publisher.catalog.files import Files


@dataclass(frozen=True, slots=True)
class Commit:
    """A commit: full id, author as `Name <mail>`, commit time, first line of its message."""

    oid: str
    author: str
    time: datetime
    subject: str


class GitRepository(Protocol):
    """Read-only view of a git repository."""

    def resolve(self, revision: str) -> Commit:
        """Find the commit that a revision names.

        Raises:
            HistoryError: no such commit here; says what to fetch.
        """

    def is_ancestor(self, ancestor: str, descendant: str) -> bool:
        """Tell whether `ancestor` is `descendant` or one of its ancestors.

        Raises:
            HistoryError: one of the two is not here.
        """

    def files(self, commit: str) -> Files:
        """Give the files of a commit, read from git objects."""

    def older_versions(self, commit: str, paths: Collection[str], most: int) -> Mapping[str, tuple[str, ...]]:
        """Give what files were before they came to be as `commit` has them: object ids by path, newest first.

        At most `most` for each, along first parents, back to where the file was added or a
        shallow clone ends; `files(commit).read` reads them.

        Raises:
            HistoryError: the commit is not here.
        """

    def working_tree(self) -> Files:
        """Give the files as they lie on the disk, ignored ones left out."""
