"""The pages of the rules, for `publisher lint --explain`."""

from __future__ import annotations

from collections.abc import Mapping
from difflib import get_close_matches

from publisher.errors import UsageError
from publisher.lint.page import Page


def explain(rule: str, pages: Mapping[str, type[Page]]) -> str:
    """Give the page of a rule, by its id or name.

    Raises:
        UsageError: there is no such rule; names the nearest.
    """
    page = pages.get(rule.upper()) or next((one for one in pages.values() if one.__name__ == rule), None)
    if page is None:
        names = {name.upper(): name for one in pages.values() for name in (one.id, one.__name__)}
        near = get_close_matches(rule[:80].upper(), names, n=1, cutoff=0.5)
        hint = f"did you mean {names[near[0]]}? " if near else ""
        raise UsageError(f"there is no rule {rule[:80]!r}", hint=f"{hint}`--explain all` lists the rules")
    mend = f"\nTo mend it: {page.fix}.\n" if page.fix else ""
    return f"{page.id} {page.__name__} ({page.severity})\n\n{page.title()}\n\n{page.text()}\n{mend}"


def overview(pages: Mapping[str, type[Page]]) -> str:
    """List all rules, one a line."""
    return "".join(f"{page.id}  {page.severity:7}  {page.title()}\n" for page in pages.values())
