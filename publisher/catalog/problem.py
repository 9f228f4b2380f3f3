"""What is wrong with a catalog, one value a finding."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from publisher.errors import CatalogError


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
    """One finding; `rule` is a stable id such as `M004`; `target` the one it belongs to, if one.

    `combination` says which one of a matrix it is about, `os=ubuntu, python=3.9`; the message ends
    with it too (`publisher.catalog.matrix.combinations`).
    """

    rule: str
    severity: Severity
    file: str
    line: int
    column: int
    message: str
    fix: str = ""
    target: str | None = None
    combination: str = ""

    @property
    def position(self) -> Position:
        """Give the place as one value."""
        return Position(self.file, self.line, self.column)


Sources = Mapping[str, bytes]
"""Files of a catalog by path inside the repository."""


class UnusableFile(CatalogError):
    """A file that is used as a whole or not at all is wrong; `problems` are all that is wrong with it."""

    def __init__(self, what: str, problems: Iterable[Problem], *, where: str, hint: str) -> None:
        self.problems = tuple(problems)
        lines = [f"{p.position}: {p.message}" + (f" ({p.fix})" if p.fix else "") for p in self.problems]
        super().__init__(what, where=where, detail="\n".join(lines), hint=hint)
