"""A Dockerfile as text: bounded, UTF-8, and showing in a review what a build will do."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from publisher.catalog.dockerfile.lines import LogicalLine
from publisher.catalog.dockerfile.spaces import strip_left
from publisher.errors import CatalogError

MAX_BYTES = 256 * 1024
"""Largest Dockerfile that is read, in bytes."""
_TURNS = re.compile("[\u202a-\u202e\u2066-\u2069]")
"""Characters that show the text behind them in another order.
https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing"""


def decode(raw: bytes, path: str) -> str:
    """Give the text.

    Raises:
        CatalogError: too large, not UTF-8, or binary; `where` is `file:line:column`.
    """
    if len(raw) > MAX_BYTES:
        raise CatalogError(f"the Dockerfile has {len(raw)} bytes, more than {MAX_BYTES}", where=path)
    if (place := raw.find(b"\0")) >= 0:
        line, column = raw.count(b"\n", 0, place) + 1, place - raw.rfind(b"\n", 0, place)
        raise CatalogError("the Dockerfile is binary: it has a NUL byte", where=f"{path}:{line}:{column}")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8"
        raise CatalogError("the Dockerfile is not UTF-8", where=f"{path}:{line}", hint=hint) from error


def plain_lines(lines: Iterable[LogicalLine], text: str, path: str) -> Iterator[LogicalLine]:
    """Pass lines on; refuse characters outside of comments and heredocs that turn the direction of text.

    Raises:
        CatalogError: there is one; `where` is `file:line:column`.
    """
    turns = _TURNS.search(text) is not None
    for line in lines:
        if turns and (found := _TURNS.search(line.text)):
            number, column = _place(found[0], text.split("\n"), line.line)
            message = f"U+{ord(found[0]):04X} turns the direction of the text behind it"
            hint = "remove it; it may stand in comments only"
            raise CatalogError(message, where=f"{path}:{number}:{column}", hint=hint)
        yield line


def _place(char: str, lines: Sequence[str], number: int) -> tuple[int, int]:
    """Find a character in the lines from this one on, comments aside."""
    while char not in lines[number - 1] or strip_left(lines[number - 1]).startswith("#"):
        number += 1
    return number, lines[number - 1].index(char) + 1
