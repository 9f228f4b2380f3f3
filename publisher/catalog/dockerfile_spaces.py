"""White space as Go, and so BuildKit, has it."""

from __future__ import annotations

_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""White space as Go's unicode.IsSpace has it; Python's str.isspace counts four control characters more."""


def is_space(char: str) -> bool:
    """Tell whether Go takes the character for white space."""
    return char in _SPACE


def strip(text: str) -> str:
    """Remove Go's white space from both ends."""
    return text.strip(_SPACE)


def strip_left(text: str) -> str:
    """Remove Go's white space from the beginning."""
    return text.lstrip(_SPACE)
