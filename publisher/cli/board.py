"""What a live view shows, kept apart from how: nodes × steps, registries, the latest line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from threading import Lock

from publisher.cli.lanes import Lane, Lanes
from publisher.transfer.figures import LaneFigures

STEPS = ("plan", "build", "test", "index", "attest", "publish", "release", "audit")
"""Columns in this order; others follow in the order in which they appear."""


class State(StrEnum):
    """Where a node is in one step: running, stopped before its end, or a result of `Progress.finished`."""

    RUNNING = "running"
    STOPPED = "stopped"
    DONE = "done"
    REUSED = "reused"
    FAILED = "failed"
    BLOCKED = "blocked"
    UNTESTED = "untested"
    SKIPPED = "skipped"


_STATES = {str(state): state for state in State}


@dataclass(frozen=True, slots=True)
class Cell:
    """One node in one step; `seconds` is how long it took, or takes so far."""

    state: State
    began: float
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Row:
    """One node: its cells by step, and when it last changed."""

    node: str
    cells: Mapping[str, Cell]
    changed: float

    @property
    def urgency(self) -> tuple[int, float]:
        """Rank it, least first: what runs, what failed, then what changed last."""
        states = {cell.state for cell in self.cells.values()}
        group = 0 if State.RUNNING in states else 1 if State.FAILED in states else 2
        return group, -self.changed


@dataclass(frozen=True, slots=True)
class View:
    """Everything at one moment."""

    steps: tuple[str, ...]
    rows: tuple[Row, ...]
    lanes: tuple[Lane, ...]
    latest: str
    seconds: float

    def count(self, state: State) -> int:
        """Count the cells in a state."""
        return sum(cell.state is state for row in self.rows for cell in row.cells.values())


class Board:
    """Collects events from any thread; `at` is seconds of a monotonic clock."""

    def __init__(self, began: float) -> None:
        self._began = began
        self._lock = Lock()
        self._rows: dict[str, Row] = {}
        self._lanes = Lanes()
        self._latest = ""

    def started(self, step: str, node: str, at: float) -> None:
        """Set the cell running."""
        self._set(step, node, Cell(State.RUNNING, at), at)

    def finished(self, step: str, node: str, result: str, seconds: float, at: float) -> None:
        """Set the cell's result."""
        self._set(step, node, Cell(_STATES.get(result, State.DONE), at - seconds, seconds), at)

    def said(self, text: str) -> None:
        """Remember the latest line."""
        with self._lock:
            self._latest = text

    def lane(self, figures: LaneFigures, at: float) -> None:
        """Note what a registry's part came to."""
        with self._lock:
            self._lanes.add(figures, at)

    def stop(self, at: float) -> None:
        """Mark what runs as stopped: nothing works on it any more."""
        with self._lock:
            for node, row in self._rows.items():
                cells = {step: _stopped(cell, at) for step, cell in row.cells.items()}
                self._rows[node] = replace(row, cells=cells)

    def view(self, at: float) -> View:
        """Give the state of this moment."""
        with self._lock:
            rows = tuple(self._rows.values())
            lanes = self._lanes.view(at)
            latest = self._latest
        seen = list(dict.fromkeys(step for row in rows for step in row.cells))
        steps = sorted(seen, key=lambda step: STEPS.index(step) if step in STEPS else len(STEPS))
        current = tuple(
            replace(row, cells={s: _current(c, at) for s, c in row.cells.items()}) for row in rows
        )
        return View(tuple(steps), current, lanes, latest, at - self._began)

    def _set(self, step: str, node: str, cell: Cell, at: float) -> None:
        with self._lock:
            row = self._rows.get(node)
            self._rows[node] = Row(node, {**(row.cells if row else {}), step: cell}, at)


def choose_rows(rows: tuple[Row, ...], room: int) -> tuple[Row, ...]:
    """Pick the rows that fit: running, failed, then those that changed last; in their own order."""
    if len(rows) <= room:
        return rows
    ranked = sorted(range(len(rows)), key=lambda index: rows[index].urgency)
    return tuple(rows[index] for index in sorted(ranked[: max(room, 0)]))


def _current(cell: Cell, at: float) -> Cell:
    return replace(cell, seconds=at - cell.began) if cell.state is State.RUNNING else cell


def _stopped(cell: Cell, at: float) -> Cell:
    running = cell.state is State.RUNNING
    return replace(cell, state=State.STOPPED, seconds=at - cell.began) if running else cell
