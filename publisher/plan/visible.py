"""Hostile names made harmless, wherever they are shown."""

from __future__ import annotations


def visible(text: str) -> str:
    """Replace what a terminal or a browser would obey (control and format characters) by its escape."""
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() else ascii(c)[1:-1] for c in text)
