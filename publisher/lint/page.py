"""What every rule has: an id that never changes, a severity, what mends it, and a page about it.

The page is the docstring of the rule's class: its first line is the title; then what is meant,
why it matters, and an example under `Wrong:` and under `Right:`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from inspect import cleandoc
from typing import ClassVar

from publisher.catalog.problem import Position, Problem, Severity
from publisher.lint.state import State
from publisher.plan.rules import Rule as PlanRule


class Page:
    """The page of a rule that a reader of the catalog's files checks."""

    id: ClassVar[str]
    severity: ClassVar[Severity] = Severity.ERROR
    fix: ClassVar[str] = ""
    """What usually mends it; a problem may name something closer."""

    @classmethod
    def title(cls) -> str:
        """Give the first line of the page."""
        return cleandoc(cls.__doc__ or "").partition("\n")[0]

    @classmethod
    def text(cls) -> str:
        """Give the page without its first line."""
        return cleandoc(cls.__doc__ or "").partition("\n")[2].strip("\n")


class PlanPage(Page):
    """The page of a rule of the planner, whose table says how bad it is and what mends it."""

    def __init_subclass__(cls) -> None:
        row = next(rule.value for rule in PlanRule if rule.id == cls.id)
        cls.severity, cls.fix = row.severity, row.fix


class LintRule(Page):
    """A rule that only `publisher lint` checks."""

    @abstractmethod
    def check(self, state: State) -> Iterable[Problem]:
        """Give what is wrong in a state of the catalog."""

    def problem(self, message: str, at: Position, *, target: str | None = None, fix: str = "") -> Problem:
        """Report the rule at a place; `fix` replaces that of the rule."""
        return Problem(self.id, self.severity, at.file, at.line, at.column, message, fix or self.fix, target)
