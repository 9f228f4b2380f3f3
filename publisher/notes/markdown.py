"""Pieces of Markdown that stay what they are, whatever text goes in.

Tags, messages and package names come from strangers.  They only ever stand in code: there
neither links, mentions, HTML nor table bars mean anything.
Specification: GitHub Flavored Markdown, https://github.github.com/gfm/
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

MAX_TEXT = 300
"""Longest foreign text that is shown, in characters."""
_SPECIAL = frozenset("`|\\")
"""What a code span inside a table cannot hold."""
_PLAIN = frozenset(" /.:@=,+-")
"""Punctuation that may stand unescaped inside a <code> element."""


def line(text: str, limit: int = MAX_TEXT) -> str:
    """Make one bounded, visible line of a text: no control, format or direction characters."""
    shown = "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split())
    )
    return shown if len(shown) <= limit else shown[: limit - 1] + "…"


def code(text: str, limit: int = MAX_TEXT) -> str:
    """Show a foreign text as code, safe in running text, lists and tables."""
    shown = line(text, limit)
    if not shown:
        return "–"
    if _SPECIAL.isdisjoint(shown):
        return f"`{shown}`"
    return f"<code>{''.join(map(_entity, shown))}</code>"


def fenced(lines: Iterable[str]) -> list[str]:
    """Give a block of shell commands, each on a line of its own."""
    body = [item.replace("\n", " ").replace("\r", " ") for item in lines]
    fence = "```"
    while any(fence in item for item in body):
        fence += "`"
    return [f"{fence}sh", *body, fence]


def table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """Give a table; cells are Markdown that is safe in tables."""
    return [_row(header), _row(["---"] * len(header)), *map(_row, rows)]


def folded(title: str, body: Sequence[str]) -> list[str]:
    """Hide lines behind a title that opens on a click; `title` is our own text."""
    return ["<details>", f"<summary>{html.escape(title)}</summary>", "", *body, "", "</details>"]


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _entity(char: str) -> str:
    return char if (char.isascii() and char.isalnum()) or char in _PLAIN else f"&#{ord(char)};"
