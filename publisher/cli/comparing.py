"""What the verbs that compare two commits say of a state that cannot be compared."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager

from publisher.errors import UsageError
from publisher.plan.declarations import NoCatalog
from publisher.plan.plan import EMPTY_BASE, WORKTREE

_EMPTY_HINT = "or use `--base empty` where an older commit has none"


@contextmanager
def comparing(options: argparse.Namespace) -> Iterator[None]:
    """Refuse the working tree as `--base` or `--head`, and say of what is no catalog what `--base` can do.

    Raises:
        UsageError: one of the two is the working tree.
        NoCatalog: one of the two is no catalog.
    """
    if WORKTREE in {options.base, options.head}:
        raise UsageError(
            f"commits are compared, and {WORKTREE} is none",
            hint="commit first, or use `publisher lint` or `publisher try` for the working tree",
        )
    try:
        yield
    except NoCatalog as error:
        if options.base == EMPTY_BASE:
            raise
        hint = f"{error.hint}, {_EMPTY_HINT}"
        raise NoCatalog(error.what, where=error.where, detail=error.detail, hint=hint) from error
