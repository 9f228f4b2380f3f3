"""`${name#pattern}`, `${name%pattern}` and `${name/pattern/text}` of Dockerfiles."""

from __future__ import annotations

from publisher.catalog.wildcards import ANY, Many, Pattern, Token, ends, literal
from publisher.errors import Malformed

MAX_WORK = 5_000
"""Most steps that one pattern with wildcards may take."""


def without_prefix(value: str, pattern: str, *, greedy: bool) -> str:
    """Remove what the pattern matches at the beginning: the shortest, or with `greedy` the longest."""
    found = list(ends(_shell_pattern(pattern, len(value)), value))
    return value[found[-1 if greedy else 0] :] if found else value


def without_suffix(value: str, pattern: str, *, greedy: bool) -> str:
    """Remove what the pattern matches at the end."""
    found = list(ends(_shell_pattern(pattern, len(value))[::-1], value[::-1]))
    return value[: len(value) - found[-1 if greedy else 0]] if found else value


def replaced(value: str, pattern: str, new: str, *, everywhere: bool) -> str:
    """Replace the first, or each, longest piece that the pattern matches."""
    tokens = _shell_pattern(pattern, len(value) ** 2)
    parts: list[str] = []
    place, last_end = 0, -1
    while place <= len(value):
        lengths = list(ends(tokens, value[place:]))
        if lengths and (lengths[-1] or place != last_end):
            parts.append(new)
            if not everywhere:
                return "".join(parts) + value[place + lengths[-1] :]
            last_end = place + lengths[-1]
        if lengths and lengths[-1]:
            place = last_end
        else:
            parts.append(value[place : place + 1])
            place += 1
    return "".join(parts)


def _shell_pattern(text: str, work: int) -> Pattern:
    """Read `*`, `?` and backslashes; there are no classes.

    Raises:
        Malformed: a backslash before another character, or too much work for a pattern with stars.
    """
    if "*" in text and work * len(text) > MAX_WORK:
        raise Malformed(f"pattern {text[:80]!r} is too long for its value")
    found: list[Token] = []
    place = 0
    while place < len(text):
        char = text[place]
        place += 1
        if char == "*":
            found.append(Many(slash=True))
        elif char == "?":
            found.append(ANY)
        elif char == "\\" and text[place : place + 1] in ("}", "/"):
            continue
        elif char == "\\":
            if text[place : place + 1] not in ("*", "?", "\\"):
                raise Malformed(f"pattern {text[:80]!r}: this character needs no backslash")
            found.append(literal(text[place]))
            place += 1
        else:
            found.append(literal(char))
    return tuple(found)
