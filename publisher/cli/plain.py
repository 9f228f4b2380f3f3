"""Progress as lines: in a pipe, on a dumb terminal, and when little is wanted."""

from __future__ import annotations

import shlex
from collections.abc import Callable, Sequence
from datetime import datetime
from threading import Lock

from publisher.cli.lane_text import ended_line, lane_line
from publisher.cli.lanes import Lane, Lanes
from publisher.cli.output import Output
from publisher.cli.style import Style, paint
from publisher.cli.text import printable
from publisher.cli.units import duration
from publisher.ports.progress import Progress
from publisher.transfer.figures import LaneFigures

BETWEEN_UPDATES = 1.0
"""Seconds between two lines of the same node in verbose mode: a build says thousands."""
BETWEEN_LANES = 10.0
"""Seconds between two lines of the same registry."""
SHORT_LANE = 1.0
"""Seconds of a registry's part below which its end is worth a line in verbose mode only: the table at
the end has it, and each release record is such a part."""
LONGEST_LINE = 2000
"""Characters of one foreign line that are shown."""
STYLES = {
    "done": Style.GOOD,
    "reused": Style.FAINT,
    "failed": Style.BAD,
    "blocked": Style.WARN,
    "untested": Style.WARN,
    "skipped": Style.FAINT,
}


class PlainProgress(Progress):
    """Writes one line per event: time, step, node, what happened."""

    def __init__(self, output: Output, now: Callable[[], datetime], *, verbose: bool = False) -> None:
        self._output = output
        self._now = now
        self._verbose = verbose
        self._lock = Lock()
        self._next: dict[tuple[str, str], float] = {}
        self._lanes = Lanes()

    def started(self, step: str, node: str) -> None:
        """Write that work began."""
        self._line(step, node, "started")

    def update(self, step: str, node: str, text: str) -> None:
        """Write the newest line of a node in verbose mode, at most one a second."""
        if self._verbose and self._due(step, node):
            self._line(step, node, f"| {printable(text[:LONGEST_LINE])}")

    def lane(self, figures: LaneFigures) -> None:
        """Write every ten seconds how far a registry is, and at its end what it came to."""
        name, lane = figures.registry, self._follow(figures)
        if figures.ended:
            if self._verbose or figures.seconds >= SHORT_LANE:
                self._lane_ended(name, ended_line(figures))
        elif self._due("lane", name, BETWEEN_LANES, at_once=False):
            self._lane_went_on(name, lane_line(lane))

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        """Write how it ended and how long it took."""
        self._line(step, node, outcome(self._result(result), seconds))

    def command(self, argv: Sequence[str]) -> None:
        """Write the command as it would be typed, in verbose mode."""
        if self._verbose:
            self._output.say(f"{self._time()} $ {as_typed(argv)}")

    def note(self, text: str) -> None:
        """Write it."""
        self._output.say(f"{self._time()} {printable(text)}")

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Write it with its place."""
        self._output.say(f"{self._time()} {warning_text(text, file, line, colour=self._output.colour)}")

    def close(self) -> None:
        """Do nothing: every line is written when it is due."""

    def _follow(self, figures: LaneFigures) -> Lane:
        now = self._now().timestamp()
        with self._lock:
            self._lanes.add(figures, now)
            return self._lanes.of(figures.registry, now)

    def _lane_went_on(self, registry: str, text: str) -> None:
        self._line("publish", registry, text)

    def _lane_ended(self, registry: str, text: str) -> None:
        self._line("publish", registry, text)

    def _line(self, step: str, node: str, text: str) -> None:
        self._output.say(self._event(step, node, text))

    def _event(self, step: str, node: str, text: str) -> str:
        return f"{self._time()} {printable(step):<7} {printable(node)}  {text}"

    def _result(self, result: str) -> str:
        return paint(result, STYLES.get(result, Style.FAINT)) if self._output.colour else printable(result)

    def _time(self) -> str:
        return f"{self._now():%H:%M:%S}"

    def _due(self, step: str, node: str, seconds: float = BETWEEN_UPDATES, *, at_once: bool = True) -> bool:
        """Tell whether a line is due, the first one at once or after the time between two."""
        now = self._now().timestamp()
        with self._lock:
            due = now >= self._next.setdefault((step, node), now if at_once else now + seconds)
            if due:
                self._next[step, node] = now + seconds
        return due


class QuietProgress(Progress):
    """Writes warnings and failures only."""

    def __init__(self, output: Output) -> None:
        self._output = output

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:  # noqa: ARG002
        """Write failures; the rest is what was expected."""
        if result == "failed":
            self._output.say(f"{step} failed: {printable(node)}")

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Write it with its place."""
        self._output.say(warning_text(text, file, line, colour=self._output.colour))

    def close(self) -> None:
        """Do nothing: nothing is open."""


def outcome(result: str, seconds: float) -> str:
    """Add the time to a result, where time was spent."""
    return f"{result} {duration(seconds)}" if seconds else result


def as_typed(argv: Sequence[str]) -> str:
    """Give a command line that a shell would split into the same words."""
    return printable(shlex.join(argv))


def warning_text(text: str, file: str, line: int, *, colour: bool) -> str:
    """Give `file:line: warning: text`, as compilers do, so that editors find the place."""
    place = f"{printable(file)}:{line}: " if file and line else f"{printable(file)}: " if file else ""
    word = paint("warning:", Style.WARN) if colour else "warning:"
    return f"{place}{word} {printable(text)}"
