"""How names from a catalog and reasons are written for people; hostile names stay harmless."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from publisher.plan.plan import EMPTY_BASE, Plan, Reason

SHORT_COMMIT = 12
"""Digits of a commit that are shown."""


def visible(text: str) -> str:
    """Replace what a terminal or a browser would obey (control and format characters) by its escape."""
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, its end replaced by an ellipsis."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def commit(text: str) -> str:
    """Give a commit as people read it."""
    is_oid = len(text) >= 40 and all(c in "0123456789abcdef" for c in text)
    return text[:SHORT_COMMIT] if is_oid else visible(text)


def span(plan: Plan) -> str:
    """Say between which states the plan leads."""
    start = "nothing" if plan.base == EMPTY_BASE else commit(plan.base)
    return f"{start} → {commit(plan.head)}"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 build`, `3 builds`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def summary(plan: Plan) -> str:
    """Sum the plan up in one line."""
    parts = [
        (len(plan.builds), "build", ""), (len(plan.copies), "copy", "copies"), (len(plan.tests), "test", ""),
        (len(plan.moves), "tag moves", "tags move"), (len(plan.retired), "tag retired", "tags retired"),
        (len(plan.stopped), "target stopped", "targets stopped"),
    ]  # fmt: skip
    said = [count(*part) for part in parts if part[0]]
    return ", ".join(said) or "nothing to do"


def reason_text(reasons: Collection[Reason], most: int = 2) -> str:
    """Give the first reasons with their causes, and how many more there are."""
    said = [f"{reason.code} {visible(reason.cause)}" for reason in list(reasons)[:most]]
    more = len(reasons) - len(said)
    return "; ".join([*said, *([f"{more} more"] if more else [])])


def listed(words: Iterable[str]) -> str:
    """Join names with commas, each once, in order."""
    return ", ".join(dict.fromkeys(visible(word) for word in words))
