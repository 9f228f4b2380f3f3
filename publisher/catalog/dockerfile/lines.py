"""A Dockerfile as logical lines: continuations joined, comments dropped, heredocs attached.

https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from publisher.catalog.dockerfile.spaces import strip_left
from publisher.catalog.dockerfile.split import heredocs
from publisher.catalog.shown import shown
from publisher.errors import CatalogError, Malformed

MAX_LINE = 8 * 1024
"""Longest logical line outside of heredocs, in bytes."""
_DIRECTIVE = re.compile(r"([a-zA-Z][a-zA-Z0-9]*)[\t\n\f\r ]*=[\t\n\f\r ]*(.+?)[\t\n\f\r ]*")
_KNOWN_DIRECTIVES = ("syntax", "escape", "check")


@dataclass(frozen=True, slots=True)
class LogicalLine:
    """An instruction as text; `line` is its first, `heredocs` the bodies as they stand in the file."""

    text: str
    line: int
    heredocs: tuple[str, ...]


@dataclass(slots=True)
class Directives:
    """Parser directives: comments `# name=value` before everything else."""

    found: dict[str, str] = field(default_factory=dict)
    done: bool = False

    def offer(self, line: str) -> None:
        """Take a line as directive if it is one.

        Raises:
            Malformed: a directive stands twice.
        """
        if self.done:
            return
        match = _DIRECTIVE.fullmatch(strip_left(line[1:])) if line.startswith("#") else None
        if not match or match[1].lower() not in _KNOWN_DIRECTIVES:
            self.done = True
            return
        name = match[1].lower()
        if name in self.found:
            raise Malformed(f"only one {name} directive can be used")
        if name == "escape" and match[2] not in ("\\", "`"):
            raise Malformed("`escape` must be a backslash or a backtick")
        self.found[name] = match[2]

    @property
    def escape(self) -> str:
        """Give the character that escapes and continues lines."""
        return self.found.get("escape", "\\")


class LineReader:
    """Reads the logical lines of a text; `directives` is complete when they have been read."""

    def __init__(self, text: str, path: str) -> None:
        self.path = path
        self.lines = text.split("\n")
        self.number = 0
        self.directives = Directives()
        self.escape = self.directives.escape

    def read(self) -> Iterator[LogicalLine]:
        """Give the logical lines.

        Raises:
            CatalogError: a line is too long, a heredoc does not end, a directive is wrong.
        """
        while self.number < len(self.lines):
            if self.directives.done and self.lines[self.number][:1] in ("", "#"):
                self.number += 1
                continue
            first = self.number + 1
            try:
                text = self._join()
                bodies = self._bodies(text) if "<<" in text else ()
            except Malformed as error:
                raise CatalogError(str(error), where=f"{self.path}:{first}") from error
            if text:
                yield LogicalLine(text, first, bodies)

    def _join(self) -> str:
        """Read one line with its continuations; empty for a comment or an empty line."""
        line: str | None = strip_left(self._next())
        if not self.directives.done:
            self.directives.offer(line or "")
            self.escape = self.directives.escape
        if not line or line[0] == "#":
            return ""
        parts: list[str] = []
        size = 0
        while line is not None:
            end = line.rstrip(" \t")
            goes_on = end[-1:] == self.escape != end[-2:-1]  # of two in a row none continues
            part = end[:-1] if goes_on else line
            parts.append(part)
            size += len(part) if part.isascii() else len(part.encode())
            if size > MAX_LINE:
                raise Malformed(
                    f"a line is longer than {MAX_LINE} bytes; move the commands to a script or a heredoc"
                )
            line = self._continuation() if goes_on else None
        return "".join(parts)

    def _continuation(self) -> str | None:
        """Read the next line that is neither empty nor a comment; None at the end."""
        lines = self.lines
        for number in range(self.number, len(lines)):
            line = lines[number].rstrip("\r\n")
            if strip_left(line)[:1] not in ("", "#"):
                self.number = number + 1
                return line
        self.number = len(lines)
        return None

    def _next(self) -> str:
        self.number += 1
        return self.lines[self.number - 1].rstrip("\r\n")

    def _bodies(self, text: str) -> tuple[str, ...]:
        return tuple(self._body(word, tabs_go) for word, tabs_go in heredocs(text, self.escape))

    def _body(self, word: str, tabs_go: bool) -> str:
        first = self.number
        while self.number < len(self.lines):
            line = self._next()
            if (line.lstrip("\t") if tabs_go else line) == word:
                return "".join(f"{body}\n" for body in self.lines[first : self.number - 1])
        raise Malformed(f"the heredoc `{shown(word)}` does not end")
