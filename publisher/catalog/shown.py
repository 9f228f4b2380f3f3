"""Text of a catalog in a message: short, and nothing in it that a terminal would obey."""

from __future__ import annotations


def shown(text: str, most: int = 80) -> str:
    """Give the beginning of a text, with escapes for what cannot be printed."""
    start = text[:most]
    return start if start.isprintable() else "".join(c if c.isprintable() else ascii(c)[1:-1] for c in start)
