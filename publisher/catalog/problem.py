"""What is wrong with a catalog, one value a finding."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum


class Severity(StrEnum):
    """How bad a problem is: errors stop the targets that a change touches."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True, slots=True, order=True)
class Position:
    """A place in a file of the repository; line and column count from 1, 0 for the whole file."""

    file: str
    line: int = 0
    column: int = 0

    def __str__(self) -> str:
        return ":".join([self.file, *(str(n) for n in (self.line, self.column) if n)])


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One finding; `rule` is a stable id such as `M004`; `target` the one it belongs to, if one."""

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    fix: str = ""
    target: str | None = None

    @property
    def position(self) -> Position:
        """Give the place as one value."""
        return Position(self.file, self.line, self.column)


Sources = Mapping[str, bytes]
"""Files of a catalog by path inside the repository."""
