"""Where the problems that a verb leaves out are shown."""

from __future__ import annotations

from publisher.plan.wording import count, lint_command


def elsewhere(warnings: int, head: str) -> str:
    """Say how many warnings are not shown, and what shows them."""
    return f"{count(warnings, 'warning')} elsewhere in the catalog: `{lint_command(head)}` shows them"
