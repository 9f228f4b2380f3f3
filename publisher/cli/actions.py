"""Progress in GitHub Actions: folds, annotations, step summary."""

from __future__ import annotations

import posixpath
from collections import deque
from collections.abc import Callable, Sequence
from datetime import datetime

from publisher.cli.commands import END_GROUP, annotation, group
from publisher.cli.output import Output
from publisher.cli.plain import LONGEST_LINE, PlainProgress, as_typed, outcome
from publisher.cli.summary import StepSummary
from publisher.cli.text import printable

KEPT_LINES = 2000
"""Last lines of a node that its fold shows; the whole log is a file of the run."""
BETWEEN_OPEN_LINES = 60.0
"""Seconds between two lines of the same registry outside of its fold, for those who watch."""


class ActionsProgress(PlainProgress):
    """Writes one fold per node and step when it ends, since folds of parallel work cannot interleave.

    What failed is not folded away, and is annotated.
    """

    def __init__(
        self,
        output: Output,
        now: Callable[[], datetime],
        *,
        verbose: bool = False,
        root: str = "",
        summary: StepSummary | None = None,
    ) -> None:
        super().__init__(output, now, verbose=verbose)
        self._root = root
        self._summary = summary
        self._said: dict[tuple[str, str], deque[str]] = {}

    def update(self, step: str, node: str, text: str) -> None:
        """Keep the line for the fold."""
        with self._lock:
            lines = self._said.setdefault((step, node), deque(maxlen=KEPT_LINES))
            lines.append(f"  {printable(text[:LONGEST_LINE])}")

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        """Write the fold, or, when it failed, its lines openly and an annotation."""
        lines = self._taken(step, node)
        event = self._event(step, node, outcome(printable(result), seconds))
        if result == "failed":
            self._output.say(*lines, event, annotation("error", node, title=f"{step} failed"))
        elif lines:
            self._output.say(group(event), *lines, END_GROUP)
        else:
            self._output.say(event)

    def command(self, argv: Sequence[str]) -> None:
        """Write the command as it would be typed, in verbose mode; the log colours this prefix."""
        if self._verbose:
            self._output.say(f"[command]{as_typed(argv)}")

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        """Annotate the place, or the run."""
        place = posixpath.join(self._root, file) if file else ""
        self._output.say(annotation("warning", text, file=place, line=line))

    def summary(self, text: str) -> None:
        """Append Markdown to the page of this run."""
        if self._summary is not None:
            self._summary.add(text)

    def close(self) -> None:
        """Write the folds of what did not end."""
        for step, node in list(self._said):
            lines = self._taken(step, node)
            self._output.say(group(self._event(step, node, "not finished")), *lines, END_GROUP)

    def _lane_went_on(self, registry: str, text: str) -> None:
        """Keep the line for the fold, and show one a minute."""
        line = self._event("publish", registry, text)
        with self._lock:
            self._said.setdefault(("publish", registry), deque(maxlen=KEPT_LINES)).append(f"  {line}")
        if self._due("open lane", registry, BETWEEN_OPEN_LINES, at_once=False):
            self._output.say(line)

    def _lane_ended(self, registry: str, text: str) -> None:
        lines, event = self._taken("publish", registry), self._event("publish", registry, text)
        self._output.say(*([group(event), *lines, END_GROUP] if lines else [event]))

    def _taken(self, step: str, node: str) -> list[str]:
        with self._lock:
            return list(self._said.pop((step, node), ()))
