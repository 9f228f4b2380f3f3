"""The targets that a command line names, and what is said of a name that there is not."""

from __future__ import annotations

from publisher.catalog.problem import Severity
from publisher.catalog.target import TargetId
from publisher.cli.pointers import lint_command
from publisher.errors import UsageError
from publisher.plan.snapshot import Snapshot
from publisher.steps.selection import select_targets

FEW = 20
"""Most names that are listed beside a suggestion; `publisher catalog` lists more."""


def choose_targets(snapshot: Snapshot, name: str, *, most: int | None = None) -> tuple[TargetId, ...]:
    """Give the targets of `IMAGE` or `IMAGE:TAG`; `most` is how many an image alone may stand for.

    Raises:
        UsageError: nothing has that name, or too much has.
    """
    try:
        return select_targets(snapshot, name, most=most)
    except UsageError as error:
        if any(target.image == name for target in snapshot.entries):
            raise
        raise _unknown(snapshot, error) from error


def _unknown(snapshot: Snapshot, error: UsageError) -> UsageError:
    """Put the suggestion first; name the files that hide targets, else the targets where they are few."""
    suggestion = error.hint if error.hint.startswith("did you mean ") else ""
    what = f"{error.what}: {suggestion}" if suggestion else error.what
    if any(p.target is None and p.severity is Severity.ERROR for p in snapshot.problems):
        shown = f"`{lint_command(snapshot.commit)}` shows files that cannot be read"
        return UsageError(what, detail=error.detail, hint=shown)
    few = len(error.detail.splitlines()) <= FEW
    hint = "" if suggestion else "`publisher catalog` shows what is declared"
    return UsageError(what, detail=error.detail if few else "", hint=hint)
