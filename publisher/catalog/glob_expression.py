"""Wildcard patterns as regular expressions that never try a piece of text twice for one piece of pattern.

A pattern is cut at its wildcards.  In a simple pattern every piece lies in a folder that is
known from the pieces before it, so the first place where it fits leaves the most for what
follows, and an atomic group may forget the others.
"""

from __future__ import annotations

import re

from publisher.catalog.wildcards import NOT_SLASH, Folders, Many, One, Token, Tokens, only

_FOLDERS, _MANY, _REST = "(?:.*?/)??", "[^/]*?", ".*"


def as_expression(tokens: Tokens) -> re.Pattern[str] | None:
    """Give an expression for `fullmatch`; None for a pattern that is not simple."""
    if not _is_simple(tokens):
        return None
    sections: list[list[tuple[str, str]]] = [[("", "")]]
    for token in tokens:
        if isinstance(token, One):
            gap, piece = sections[-1][-1]
            sections[-1][-1] = (gap, piece + _character(token))
        elif isinstance(token, Many):
            sections[-1].append((_REST if token.slash else _MANY, ""))
        elif sections[-1] != [(_FOLDERS, "")]:
            sections.append([(_FOLDERS, "")])
    *inner, last = sections
    text = "".join(f"(?>{_section(section, ends=False)})" for section in inner)
    return re.compile(text + _section(last, ends=True), re.DOTALL)


def _section(pieces: list[tuple[str, str]], *, ends: bool) -> str:
    """Write down what follows a `**/`; the last piece of a pattern must reach the end of the text."""
    texts = [f"(?>{gap}{piece})" if gap == _MANY else gap + piece for gap, piece in pieces]
    return "".join([*texts[:-1], "".join(pieces[-1])]) if ends else "".join(texts)


def _is_simple(tokens: Tokens) -> bool:
    """Tell whether only `/` itself matches a slash, and `**` is whole folders or the end."""
    before: Token = Folders()
    for index, token in enumerate(tokens):
        match token:
            case Folders() if not (isinstance(before, Folders) or only(before) == "/"):
                return False
            case Many(slash=True) if index < len(tokens) - 1:
                return False
            case One() if token.accepts("/") and only(token) is None:
                return False
        before = token
    return True


def _character(token: One) -> str:
    if token is NOT_SLASH:
        return "[^/]"
    if (char := only(token)) is not None:
        return re.escape(char)
    ranges = "".join(f"{re.escape(low)}-{re.escape(high)}" for low, high in token.ranges if low <= high)
    if not ranges:
        return "." if token.negated else "(?!)"
    return f"[{'^' * token.negated}{ranges}]"
