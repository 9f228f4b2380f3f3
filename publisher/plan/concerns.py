"""Which problems a reader of a plan must see: those of what it touches.  A catalog may have many others."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.matrix.combinations import condensed
from publisher.catalog.problem import Problem, Severity
from publisher.plan.plan import Plan
from publisher.plan.rules import Rule

_OF_THE_CHANGE = (Rule.NOT_BUILT_ANY_MORE.id, Rule.ADOPTED.id, Rule.NO_LOCK.id)
"""Warnings about the change itself, whose target no list of the plan names."""


@dataclass(frozen=True, slots=True)
class Concerns:
    """`pressing`: errors first, then warnings of planned targets; `standing`: warnings of all others."""

    pressing: tuple[Problem, ...]
    standing: tuple[Problem, ...]


def concerns(plan: Plan) -> Concerns:
    """Sort the problems of a plan; those that say the same of many combinations are one."""
    touched = frozenset((*plan.targets, *plan.stopped))
    pressing: list[Problem] = []
    standing: list[Problem] = []
    for problem in plan.problems:
        named = problem.target in touched or problem.rule in _OF_THE_CHANGE
        (pressing if named or problem.severity is Severity.ERROR else standing).append(problem)
    pressing.sort(key=lambda problem: problem.severity is not Severity.ERROR)
    return Concerns(condensed(pressing), condensed(standing))
