"""Where the problems that a verb leaves out are shown."""

from __future__ import annotations

from publisher.plan.plan import WORKTREE
from publisher.plan.wording import commit, count


def elsewhere(warnings: int, head: str) -> str:
    """Say how many warnings are not shown, and what shows them."""
    return f"{count(warnings, 'warning')} elsewhere in the catalog: `{lint_command(head)}` shows them"


def lint_command(head: str) -> str:
    """Give the command that shows the problems of a state: by default `lint` reads the working tree."""
    return "publisher lint" if head == WORKTREE else f"publisher lint --head {commit(head)}"
