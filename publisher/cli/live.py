"""Progress on a terminal: one live view of nodes × steps and registries (the only importer of rich)."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from types import TracebackType
from typing import Self, TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.table import Table
from rich.text import Text

from publisher.cli.board import Board, Cell, Row, State, View, choose_rows
from publisher.cli.lane_text import lane_rows
from publisher.cli.lanes import Lane
from publisher.cli.plain import as_typed, warning_text
from publisher.cli.text import columns, fit, fit_middle, printable
from publisher.cli.units import duration
from publisher.ports.progress import Progress
from publisher.transfer.figures import LaneFigures

REFRESH_PER_SECOND = 8
MARKS: Mapping[State, tuple[str, str]] = {
    State.RUNNING: ("●", "cyan"),
    State.STOPPED: ("○", "yellow"),
    State.DONE: ("✓", "green"),
    State.REUSED: ("=", "dim"),
    State.FAILED: ("✗", "bold red"),
    State.BLOCKED: ("!", "yellow"),
    State.UNTESTED: ("?", "yellow"),
    State.SKIPPED: ("-", "dim"),
}
_CELL = 13
"""Columns of one step, gap included: `✓ 12 min 04 s`."""
_LEAST_NODE = 24
_GAP = 2
_LAST_ROWS = 200
"""Rows that stay on the screen at the end."""


class LiveProgress(Progress):
    """Draws at most eight times a second; methods only note what happened."""

    def __init__(
        self,
        stream: TextIO,
        environment: Mapping[str, str],
        *,
        colour: bool,
        verbose: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._clock = clock
        self._verbose = verbose
        self._colour = colour
        self._ended = False
        self._board = Board(clock())
        self._console = Console(
            file=stream,
            force_terminal=True,
            color_system="standard" if colour else None,
            highlight=False,
            markup=False,
            emoji=False,
            _environ=dict(environment),
        )
        self._live = Live(
            console=self._console, get_renderable=self._render, refresh_per_second=REFRESH_PER_SECOND
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the last state on the screen and give the terminal back, whatever happened."""
        self._board.stop(self._clock())
        self._ended = True
        self._live.stop()

    def started(self, step: str, node: str) -> None:
        """Show the node as running."""
        self._board.started(step, printable(node), self._clock())

    def update(self, step: str, node: str, text: str) -> None:
        """Show the line below the table."""
        self._board.said(f"{step} {printable(node)}: {printable(text[:500])}")

    def lane(self, figures: LaneFigures) -> None:
        """Show how far the registry is."""
        self._board.lane(figures, self._clock())

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        """Show the result."""
        self._board.finished(step, printable(node), result, seconds, self._clock())

    def command(self, argv: Sequence[str]) -> None:
        """Print it above the view in verbose mode."""
        if self._verbose:
            self.above(f"$ {as_typed(argv)}")

    def note(self, text: str) -> None:
        """Print it above the view."""
        self.above(printable(text))

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Print it above the view."""
        self.above(warning_text(text, file, line, colour=self._colour))

    def above(self, text: str) -> None:
        """Print lines that are safe already above the view."""
        self._console.print(Text.from_ansi(text), soft_wrap=True)

    def _render(self) -> Group:
        width, height = self._console.size
        room = _LAST_ROWS if self._ended else height
        return Group(*draw(self._board.view(self._clock()), width, room, ended=self._ended))


def draw(view: View, width: int, height: int, *, ended: bool = False) -> list[Table | Text]:
    """Lay a view out for a terminal of that size; narrow ones get marks instead of columns."""
    lanes = _lanes(view.lanes, width, height)
    below = [*lanes, *([] if ended or not view.latest else [_faint(view.latest, width)])]
    rows = choose_rows(view.rows, height - len(below) - 3)
    node = max((columns(row.node) for row in rows), default=0)
    wide = width >= min(node, _LEAST_NODE) + _CELL * len(view.steps)
    table = _wide(view, rows, width) if wide else _narrow(view, rows, width)
    return [*([table] if rows else []), *below, _footer(view, len(view.rows) - len(rows), width)]


def _wide(view: View, rows: Sequence[Row], width: int) -> Table:
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_edge=False)
    table.add_column("", no_wrap=True)
    for step in view.steps:
        table.add_column(step, no_wrap=True, min_width=_CELL - _GAP)
    room = width - _CELL * len(view.steps) - _GAP
    for row in rows:
        table.add_row(Text(fit_middle(row.node, room)), *(_cell(row.cells.get(step)) for step in view.steps))
    return table


def _narrow(view: View, rows: Sequence[Row], width: int) -> Table:
    """Give each node its marks in the order of steps, then its last step and time."""
    table = Table(box=None, pad_edge=False, padding=(0, _GAP, 0, 0), show_edge=False, show_header=False)
    for _ in range(3):
        table.add_column(no_wrap=True)
    room = width - len(view.steps) - 20 - 3 * _GAP
    for row in rows:
        steps = [step for step in view.steps if step in row.cells]
        marks = Text.assemble(*(MARKS[row.cells[step].state] for step in steps))
        last = max(steps, key=lambda step: row.cells[step].began)
        now = f"{last} {duration(row.cells[last].seconds)}"
        table.add_row(Text(fit_middle(row.node, room)), marks, Text(fit(now, 20)))
    return table


def _cell(cell: Cell | None) -> Text:
    if cell is None:
        return Text("·", "dim")
    mark, style = MARKS[cell.state]
    return Text(f"{mark} {duration(cell.seconds) if cell.seconds else cell.state}", style)


def _lanes(lanes: Sequence[Lane], width: int, height: int) -> list[Text]:
    """Give registries at most half of the terminal; those that ended make room first."""
    room = max(height // 2 - 1, 1)
    shown = lanes
    if len(lanes) > room:
        first = sorted(range(len(lanes)), key=lambda index: (lanes[index].figures.ended, index))[:room]
        shown = [lanes[index] for index in sorted(first)]
    rows = lane_rows(shown, width)
    return [Text(rows[0], "dim"), *map(Text, rows[1:])] if rows else []


def _faint(line: str, width: int) -> Text:
    return Text(fit(line, width), "dim")


def _footer(view: View, hidden: int, width: int) -> Text:
    counts = [f"{view.count(state)} {state}" for state in State if view.count(state)]
    more = [f"{hidden} more rows"] if hidden else []
    return Text(fit(" · ".join([duration(view.seconds), *counts, *more]), width), "bold")
