"""How a run talks to a person or a log: chosen once, from the streams and the environment.

Results go to standard output, everything about how work goes to standard error,
so that `publisher plan --format json > plan.json` stays clean.
"""

from __future__ import annotations

import os
import posixpath
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from publisher.catalog.problem import Problem, Severity
from publisher.cli.commands import annotation
from publisher.cli.output import Output
from publisher.cli.style import Style, paint
from publisher.cli.summary import StepSummary
from publisher.cli.table import table_lines
from publisher.cli.text import printable
from publisher.errors import CatalogError, PublisherError
from publisher.ports.progress import Progress

if TYPE_CHECKING:
    from publisher.cli.plain import PlainProgress, QuietProgress

_PLACE = re.compile(r"(?P<file>[^:\s][^:\n]*):(?P<line>[1-9]\d{0,8})(?::(?P<column>\d{1,9}))?")
_LEAST_COLUMNS = 20
_COLUMNS = 80
"""Width where nobody knows: some terminals say 0."""


class Display(StrEnum):
    """The ways in which progress is shown."""

    LIVE = "live"
    PLAIN = "plain"
    ACTIONS = "actions"
    QUIET = "quiet"


@dataclass(frozen=True, slots=True)
class Console:
    """Both streams and the way they are used; `root` is the catalog's folder inside the CI workspace."""

    out: Output
    err: Output
    display: Display
    environment: Mapping[str, str]
    verbose: bool
    now: Callable[[], datetime]
    root: str = ""

    @contextmanager
    def progress(self) -> Iterator[Progress]:
        """Give what the work reports to; the terminal is as before when the block ends, whatever happened."""
        if self.display is Display.LIVE:
            with self._live() as live:
                yield live
            return
        lines = self._lines()
        try:
            yield lines
        finally:
            lines.close()

    def print(self, text: str) -> None:
        """Write a result: lines, painted with `style` where wanted, anything else neutralised."""
        self.out.say(text)

    def document(self, text: str) -> None:
        """Write JSON or another document for a program, unchanged unless a terminal shows it."""
        self.out.document(text)

    def table(self, headers: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
        """Write an aligned table, shortened to the terminal's width; in a pipe nothing is cut."""
        width = self.width if self.out.stream.isatty() else None
        head, *body = table_lines([printable(header) for header in headers], rows, width)
        self.out.say(self.style(head, Style.TITLE), *body)

    def style(self, text: str, kind: Style) -> str:
        """Colour text for `print` or a cell of `table`, where standard output shows colours."""
        return paint(text, kind) if self.out.colour else printable(text)

    def error(self, error: PublisherError) -> None:
        """Write the four-part message, and in CI an annotation at the place that it names."""
        first, *rest = [line for part in error.lines() for line in part.split("\n")]
        first = f"error: {first}"
        self.err.say(paint(first, Style.BAD) if self.err.colour else first, *rest)
        if self.actions:
            self.err.say(self._annotated(error))

    def warning(self, text: str) -> None:
        """Write something that a person should look at; in CI it is an annotation."""
        word = paint("warning:", Style.WARN) if self.err.colour else "warning:"
        self.err.say(annotation("warning", text) if self.actions else f"{word} {printable(text)}")

    def problem(self, problem: Problem) -> None:
        """Write a finding as compilers do, with its fix; in CI as an annotation too."""
        kind = Style.BAD if problem.severity is Severity.ERROR else Style.WARN
        word = self.style(problem.severity, kind)
        place = printable(str(problem.position))
        text = f"{place}: {word}: {printable(problem.message)} [{printable(problem.rule)}]"
        fix = [f"  → {printable(problem.fix)}"] if problem.fix else []
        self.out.say(text, *fix)
        if self.actions:
            self.err.say(self._marked(problem))

    def summary(self, markdown: str) -> None:
        """Append to the page that CI shows for the run; elsewhere there is none."""
        if page := self._page():
            page.add(markdown)

    @property
    def actions(self) -> bool:
        """Tell whether GitHub Actions reads the streams."""
        return self.environment.get("GITHUB_ACTIONS") == "true"

    @property
    def width(self) -> int:
        """Measure the terminal; COLUMNS goes before, and 0 says nothing."""
        named = self.environment.get("COLUMNS", "")
        columns = int(named) if named.isascii() and named.isdigit() and len(named) < 6 else 0
        if not columns:
            try:
                columns = os.get_terminal_size(self.out.stream.fileno()).columns
            except OSError:
                columns = 0
        return max(columns, _LEAST_COLUMNS) if columns else _COLUMNS

    @contextmanager
    def _live(self) -> Iterator[Progress]:
        from publisher.cli.live import LiveProgress

        live = LiveProgress(self.err.stream, self.environment, colour=self.err.colour, verbose=self.verbose)
        with live, self.err.diverted(live.above), self._beside(live.above):
            yield live

    def _beside(self, above: Callable[[str], None]) -> AbstractContextManager[None]:
        """Results appear above the view when they share its terminal."""
        return self.out.diverted(above) if self.out.stream.isatty() else nullcontext()

    def _lines(self) -> PlainProgress | QuietProgress:
        from publisher.cli.plain import PlainProgress, QuietProgress

        if self.display is Display.QUIET:
            return QuietProgress(self.err)
        if self.display is Display.PLAIN:
            return PlainProgress(self.err, self.now, verbose=self.verbose)
        from publisher.cli.actions import ActionsProgress

        return ActionsProgress(self.err, self.now, verbose=self.verbose, root=self.root, summary=self._page())

    def _page(self) -> StepSummary | None:
        path = self.environment.get("GITHUB_STEP_SUMMARY")
        return StepSummary(Path(path)) if self.actions and path else None

    def _annotated(self, error: PublisherError) -> str:
        place = _place(error)
        message = "\n".join(part for part in (error.what, error.detail.rstrip(), error.hint) if part)
        if place is None:
            return annotation("error", f"{error.where}: {message}" if error.where else message)
        return annotation(
            "error",
            message,
            file=posixpath.join(self.root, place["file"]),
            line=int(place["line"]),
            column=int(place["column"] or 0),
        )

    def _marked(self, problem: Problem) -> str:
        return annotation(
            problem.severity,
            "\n".join(filter(None, (problem.message, problem.fix))),
            file=posixpath.join(self.root, problem.file),
            line=problem.line,
            column=problem.column,
            title=problem.rule,
        )


def make_console(
    environment: Mapping[str, str],
    stdout: TextIO,
    stderr: TextIO,
    *,
    quiet: bool = False,
    verbose: bool = False,
    no_color: bool = False,
    now: Callable[[], datetime] = lambda: datetime.now().astimezone(),
) -> Console:
    """Choose how to show things: what was asked for, then where the streams lead."""
    actions = environment.get("GITHUB_ACTIONS") == "true"
    wanted = not no_color and not environment.get("NO_COLOR") and not actions
    out, err = (
        Output(stream, colour=wanted and is_terminal(stream, environment), actions=actions)
        for stream in (stdout, stderr)
    )
    display = _display(quiet=quiet, actions=actions, terminal=is_terminal(stderr, environment))
    return Console(out, err, display, environment, verbose, now)


def is_terminal(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Tell whether a stream is a terminal that can move its cursor and show colours."""
    return stream.isatty() and environment.get("TERM", "dumb") != "dumb"


def _display(*, quiet: bool, actions: bool, terminal: bool) -> Display:
    if quiet:
        return Display.QUIET
    if actions:
        return Display.ACTIONS
    return Display.LIVE if terminal else Display.PLAIN


def _place(error: PublisherError) -> re.Match[str] | None:
    """Find `file:line:column`; without a column it could be `host:port`, so only a catalog's errors count."""
    place = _PLACE.fullmatch(error.where)
    return place if place and (place["column"] or isinstance(error, CatalogError)) else None
