"""Workflow commands that only a run writes, and the way to keep foreign text from being one."""

from __future__ import annotations

from publisher.lint.workflow_commands import Command, annotation, data, unmarked

__all__ = ["END_GROUP", "Command", "annotation", "group", "harmless"]
END_GROUP = Command("::endgroup::")


def group(title: str) -> Command:
    """Open a fold."""
    return Command(f"::group::{data(title)}")


def harmless(line: str) -> str:
    """Change a printable line that the runner would obey: `::` after leading space, or `##[` anywhere."""
    shown = unmarked(line)
    return f"| {shown}" if shown.lstrip().startswith(":") else shown
