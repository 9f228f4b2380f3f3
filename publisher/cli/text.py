"""Text from outside, made safe to show, and measured in terminal columns.

Tag names, log lines and server messages are hostile: a control character in one
of them could rewrite the screen, and a line of its own could be a workflow command.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = frozenset({"Cc", "Cf", "Cs", "Zl", "Zp"})
"""Unicode categories that never reach a terminal: controls, formats (also the bidirectional ones),
surrogates, line and paragraph separators."""
_IGNORABLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u180b\u180c\u180d\u180f\u3164\uffa0")
"""Invisible characters of other categories; see Default_Ignorable_Code_Point in https://www.unicode.org/reports/tr44/"""
_LINE_END = re.compile(r"\r\n|\n|\r")
_TAB = "    "
_ELLIPSIS = "…"


def printable(text: str) -> str:
    """Give the text as one line in which every character is visible or a space; others become escapes."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_shown, text))


def printable_lines(text: str) -> list[str]:
    """Split text at its line ends and make each line printable."""
    return [printable(line) for line in split_lines(text)]


def split_lines(text: str) -> list[str]:
    """Split at CR, LF or both, and nowhere else; a final line end adds no empty line."""
    lines = _LINE_END.split(text)
    return lines[:-1] if lines[-1] == "" else lines


def columns(text: str) -> int:
    """Measure printable text in terminal columns: wide characters take two, combining ones none."""
    if text.isascii():
        return len(text)
    return sum(map(_columns, text))


def fit(text: str, limit: int) -> str:
    """Shorten printable text to at most `limit` columns, with an ellipsis where it was cut."""
    if columns(text) <= limit:
        return text
    return _head(text, limit - 1) + _ELLIPSIS if limit > 0 else ""


def fit_middle(text: str, limit: int) -> str:
    """Shorten in the middle: names of targets differ at their ends."""
    if columns(text) <= limit or limit < 2:
        return fit(text, limit)
    tail = _head(text[::-1], (limit - 1) // 2)[::-1]
    return _head(text, limit - 1 - columns(tail)) + _ELLIPSIS + tail


def _shown(char: str) -> str:
    if char == "\t":
        return _TAB
    if "\ufe00" <= char <= "\ufe0f":  # variation selectors: emoji carry them, and nothing is lost without
        return ""
    if char in _IGNORABLE or "\U000e0000" <= char <= "\U000e0fff" or unicodedata.category(char) in _HIDDEN:
        return char.encode("unicode_escape").decode()
    return char


def _columns(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def _head(text: str, limit: int) -> str:
    used = 0
    for index, char in enumerate(text):
        used += _columns(char)
        if used > limit:
            return text[:index]
    return text
