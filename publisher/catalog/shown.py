"""Text of a catalog where people read it: nothing in it that a terminal would obey; short in a message."""

from __future__ import annotations


def visible(text: str) -> str:
    """Replace what a terminal or a browser would obey (control and format characters) by its escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)


def shown(text: str, most: int = 80) -> str:
    """Give the beginning of a text, with escapes for what cannot be printed."""
    return visible(text[:most])
