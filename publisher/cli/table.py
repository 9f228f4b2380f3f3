"""Aligned tables in plain text."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.cli.style import unwrap
from publisher.cli.text import columns, fit_middle

_GAP = "  "
_LEAST = 6
"""A column is not shortened below this many terminal columns."""


def table_lines(headers: Sequence[str], rows: Sequence[Sequence[str]], width: int | None) -> list[str]:
    """Align rows under headers; `width` is the terminal's, or None where nothing may be cut.

    A cell may be painted as a whole.  Missing cells are empty, surplus ones are a caller's mistake.
    """
    cells = [[unwrap(cell) for cell in (*row, *[""] * (len(headers) - len(row)))] for row in (headers, *rows)]
    natural = [max(columns(text) for _, text, _ in column) for column in zip(*cells, strict=True)]
    widths = natural if width is None else _shrunk(natural, width - len(_GAP) * (len(natural) - 1))
    return [_line(row, widths) for row in cells]


def _shrunk(natural: Sequence[int], room: int) -> list[int]:
    widths = list(natural)
    while widths and sum(widths) > room and max(widths) > _LEAST:
        widths[widths.index(max(widths))] -= 1
    return widths


def _line(row: Sequence[tuple[str, str, str]], widths: Sequence[int]) -> str:
    """Join the cells; padding stays outside of the colour, and none is left at the end."""
    shown = []
    for (code, text, reset), width in zip(row, widths, strict=True):
        fitted = fit_middle(text, width)
        shown.append(f"{code}{fitted}{reset}{' ' * (width - columns(fitted))}")
    return _GAP.join(shown).rstrip(" ")
