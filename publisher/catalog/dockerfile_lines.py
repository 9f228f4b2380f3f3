"""A Dockerfile as logical lines: continuations joined, comments dropped, heredocs attached.

https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/parser.go
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from publisher.catalog.dockerfile_spaces import strip_left
from publisher.catalog.dockerfile_split import heredocs
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

    def read(self) -> Iterator[LogicalLine]:
        """Give the logical lines.

        Raises:
            CatalogError: a line is too long, a heredoc does not end, a directive is wrong.
        """
        while self.number < len(self.lines):
            first = self.number + 1
            try:
                text = self._join()
                bodies = self._bodies(text) if text else ()
            except Malformed as error:
                raise CatalogError(str(error), where=f"{self.path}:{first}") from error
            if text:
                yield LogicalLine(text, first, bodies)

    def _join(self) -> str:
        """Read one line with its continuations; empty for a comment or an empty line."""
        line = strip_left(self._next())
        self.directives.offer(line)
        if _is_comment(line):
            return ""
        text, goes_on = self._continued(line)
        parts, size = [text], len(text.encode())
        while goes_on and self.number < len(self.lines):
            line = self._next()
            if _is_comment(line) or not strip_left(line):
                continue
            text, goes_on = self._continued(line)
            size += len(text.encode())
            parts.append(text)
            if size > MAX_LINE:
                break
        if size > MAX_LINE:
            raise Malformed(
                f"a line is longer than {MAX_LINE} bytes; move the commands to a script or a heredoc"
            )
        return "".join(parts)

    def _next(self) -> str:
        self.number += 1
        return self.lines[self.number - 1].rstrip("\r\n")

    def _continued(self, line: str) -> tuple[str, bool]:
        """Remove a continuation character; one that follows another of its kind is none."""
        escape = self.directives.escape
        end = line.rstrip(" \t")
        if end.endswith(escape) and not end.endswith(escape * 2):
            return end[:-1], True
        return line, False

    def _bodies(self, text: str) -> tuple[str, ...]:
        return tuple(self._body(word, tabs_go) for word, tabs_go in heredocs(text, self.directives.escape))

    def _body(self, word: str, tabs_go: bool) -> str:
        first = self.number
        while self.number < len(self.lines):
            line = self._next()
            if (line.lstrip("\t") if tabs_go else line) == word:
                return "".join(f"{body}\n" for body in self.lines[first : self.number - 1])
        raise Malformed(f"the heredoc `{word[:80]}` does not end")


def _is_comment(line: str) -> bool:
    return strip_left(line).startswith("#")
