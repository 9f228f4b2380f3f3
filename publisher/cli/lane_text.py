"""Registries of a transfer as rows of a live view, and as one line each."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from publisher.cli.lanes import Lane, blobs_done, bytes_done
from publisher.cli.text import columns, fit, fit_middle, printable
from publisher.cli.units import about, duration, number, size
from publisher.plan.wording import count, requests_text
from publisher.transfer.figures import LaneFigures

_GAP = "  "
_LEAST_NAME = 8
"""Columns that the name of a registry gets at least."""


def lane_rows(lanes: Sequence[Lane], width: int) -> list[str]:
    """Align the registries under a heading, as many columns as fit; empty without registries."""
    if not lanes:
        return []
    layouts = [
        [title for title in layout if title != "retried" or any(lane.figures.retried for lane in lanes)]
        for layout in _LAYOUTS
    ]
    tables = [[_column(title, lanes) for title in layout] for layout in layouts]
    return _rows(lanes, next((table for table in tables if _least(table) <= width), []), width)


def lane_line(lane: Lane) -> str:
    """Say how far a registry is, as one line of a log."""
    figures = lane.figures
    parts = [
        f"{size(bytes_done(figures))} of {size(figures.bytes_total)}",
        f"{number(blobs_done(figures))} of {count(figures.blobs_total, 'blob')}",
        _requests(figures),
        f"{size(lane.rate)}/s" if lane.rate else "",
        "waiting for its limit" if lane.waiting else f"about {about(lane.left)} left" if lane.left else "",
    ]
    return ", ".join(filter(None, parts))


def ended_line(figures: LaneFigures) -> str:
    """Say what a registry's part came to, as one line; what did not happen is left out."""
    sent = f"{count(figures.blobs_sent, 'blob')} sent ({size(figures.bytes_sent)})"
    parts = [
        sent if figures.blobs_sent else "",
        f"{number(figures.blobs_mounted)} mounted" if figures.blobs_mounted else "",
        f"{number(figures.blobs_there)} already there" if figures.blobs_there else "",
        f"{number(figures.checked)} checked" if figures.checked else "",
        f"{count(figures.moved, 'tag')} moved" if figures.moved else "",
        _requests(figures),
    ]
    return f"{', '.join(filter(None, parts))} in {duration(figures.seconds)}"


def _requests(figures: LaneFigures) -> str:
    retried = f" ({number(figures.retried)} retried)" if figures.retried else ""
    return f"{requests_text(figures.requests)}{retried}"


def _percent(lane: Lane) -> str:
    figures = lane.figures
    done, total = bytes_done(figures), figures.bytes_total
    if not total:
        done, total = blobs_done(figures), figures.blobs_total
    return f"{min(100 * done // total, 100)}%" if total else ""


def _rate(lane: Lane) -> float:
    """Give the rate of now, or of the whole once it ended."""
    figures = lane.figures
    return figures.bytes_sent / max(figures.seconds, 0.1) if figures.ended else lane.rate


def _left(lane: Lane) -> str:
    """Say `done` only of what ended: after the last blob come manifests and checks."""
    if lane.figures.ended:
        return f"done, {duration(lane.figures.seconds)}"
    if lane.waiting:
        return "waiting"
    return about(lane.left) if lane.left else ""


_CELLS: dict[str, Callable[[Lane], str]] = {
    "sent": _percent,
    "bytes": lambda lane: f"{size(bytes_done(lane.figures))}/{size(lane.figures.bytes_total)}",
    "blobs": lambda lane: f"{blobs_done(lane.figures)}/{lane.figures.blobs_total}",
    "rate": lambda lane: f"{size(_rate(lane))}/s" if _rate(lane) else "",
    "left": _left,
    "requests": lambda lane: number(lane.figures.requests),
    "retried": lambda lane: number(lane.figures.retried),
}
_LEAST = {"rate": 10, "left": 8}
"""Columns that change most keep their width, so that the others stand still."""
_LAYOUTS = (
    ("sent", "bytes", "blobs", "rate", "left", "requests", "retried"),
    ("bytes", "blobs", "rate", "left", "requests", "retried"),
    ("bytes", "rate", "left", "requests", "retried"),
    ("bytes", "rate", "left", "retried"),
    ("bytes", "rate", "left"),
    ("sent", "rate", "left"),
    ("sent", "left"),
    ("left",),
)
"""From the fullest to the barest."""


def _column(title: str, lanes: Sequence[Lane]) -> list[str]:
    cells = [title, *(_CELLS[title](lane) for lane in lanes)]
    width = max(_LEAST.get(title, 0), *map(len, cells))
    return [cell.rjust(width) for cell in cells]


def _least(table: Sequence[Sequence[str]]) -> int:
    return _LEAST_NAME + sum(len(_GAP) + len(column[0]) for column in table)


def _rows(lanes: Sequence[Lane], table: Sequence[Sequence[str]], width: int) -> list[str]:
    """Put the names before the columns; a long name is cut in its middle."""
    room = max(width - _least(table) + _LEAST_NAME, 0)
    names = [fit_middle(name, room) for name in ("", *(printable(lane.figures.registry) for lane in lanes))]
    widest = max(map(columns, names))
    return [
        fit(_GAP.join((name + " " * (widest - columns(name)), *cells)), width)
        for name, *cells in zip(names, *table, strict=True)
    ]
