"""Colours, and the one gate through which text reaches a terminal."""

from __future__ import annotations

import re
from enum import StrEnum

from publisher.cli.text import printable


class Style(StrEnum):
    """How a piece of text is marked."""

    TITLE = "title"
    GOOD = "good"
    BAD = "bad"
    WARN = "warn"
    FAINT = "faint"


_CODES = {
    Style.TITLE: "\x1b[1m",
    Style.GOOD: "\x1b[32m",
    Style.BAD: "\x1b[1;31m",
    Style.WARN: "\x1b[33m",
    Style.FAINT: "\x1b[2m",
}
_RESET = "\x1b[0m"
_TOKEN = re.compile("(" + "|".join(re.escape(code) for code in (*_CODES.values(), _RESET)) + ")")
_WHOLE = re.compile(rf"({_TOKEN.pattern[1:-1]})(.*?)({re.escape(_RESET)})", re.DOTALL)


def paint(text: str, style: Style) -> str:
    """Wrap printable text in the style's code."""
    return f"{_CODES[style]}{printable(text)}{_RESET}"


def safe(line: str, *, colour: bool) -> str:
    """Neutralise everything but, where colour is wanted, exactly the codes that `paint` writes."""
    if not colour or "\x1b" not in line:
        return printable(line)
    parts = _TOKEN.split(line)
    shown = "".join(part if index % 2 else printable(part) for index, part in enumerate(parts))
    return shown if len(parts) == 1 or parts[-2] == _RESET else shown + _RESET


def unwrap(cell: str) -> tuple[str, str, str]:
    """Split a wholly painted text into code, text and reset; the codes are empty for any other text."""
    whole = _WHOLE.fullmatch(cell)
    return (whole[1], printable(whole[2]), whole[3]) if whole else ("", printable(cell), "")
