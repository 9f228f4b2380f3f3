"""The author's files as they lie on the disk, beside the state that was committed last."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.files import Files
from publisher.errors import CatalogError, HistoryError
from publisher.plan.plan import WORKTREE
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from publisher.ports.git import GitRepository
from publisher.steps.states import load_commit


@dataclass(frozen=True, slots=True)
class Worktree:
    """`snapshot` is what the `files` say, `before` what HEAD says: nothing, where HEAD is no catalog."""

    files: Files
    snapshot: Snapshot
    before: Snapshot


def read_worktree(git: GitRepository) -> Worktree:
    """Read the working tree, committed or not; ignored files are left out.

    Raises:
        HistoryError: there is no repository, or git cannot read it.
        CatalogError: its `publisher.yml` or `publisher.lock` is missing or cannot be read.
    """
    files = git.working_tree()
    last = _committed(git)
    snapshot = load_snapshot(files, WORKTREE, last=last)
    return Worktree(files, snapshot, last or empty_snapshot(snapshot.settings))


def _committed(git: GitRepository) -> Snapshot | None:
    """Read HEAD; a repository without a commit, or with a catalog that is being mended, has none."""
    try:
        head = git.resolve("HEAD")
        return load_commit(git, head.oid)
    except (HistoryError, CatalogError):
        return None
