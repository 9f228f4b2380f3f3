"""A change of publisher.lock: shown with the plan that it causes, then written to the working tree."""

from __future__ import annotations

from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import write_lock
from publisher.cli.console import Console
from publisher.cli.plan_view import show_plan
from publisher.errors import CatalogError
from publisher.plan.declarations import LOCK_FILE
from publisher.steps.refresh import plan_with
from publisher.steps.worktree import Worktree
from publisher.tools.git import Git
from publisher.tools.replace_file import replace_file


def change_lock(
    console: Console, git: Git, worktree: Worktree, lock: Lock, *, dry_run: bool, then: str = ""
) -> None:
    """Show what committing the new lock would mean, and write it; `then` is what follows its commit.

    Raises:
        CatalogError: git ignores the file, so it could not be committed.
    """
    if lock == worktree.snapshot.lock:
        console.print(f"{LOCK_FILE} is up to date")
        return
    check_lock_path(git, worktree)
    console.print("committing the working tree would then mean:")
    show_plan(console, plan_with(worktree, lock))
    if dry_run:
        console.print(f"\n{LOCK_FILE} is not written: this is a dry run")
        return
    write_to(git, lock)
    console.print(f"\n{LOCK_FILE} is written: review and commit it{then}")


def check_lock_path(git: Git, worktree: Worktree) -> None:
    """Refuse a lock that could not be committed.

    Raises:
        CatalogError: git ignores it.
    """
    path = git.top / LOCK_FILE
    if LOCK_FILE not in worktree.files.tree and path.exists():
        raise CatalogError(
            f"git ignores {LOCK_FILE}",
            where=str(path),
            hint="take it out of .gitignore: it must be committed",
        )


def write_to(git: Git, lock: Lock) -> None:
    """Write the file, whole or not at all."""
    replace_file(git.top / LOCK_FILE, write_lock(lock))
