"""Problems of entries that a matrix made: which combination each is about, and many of a kind as one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from publisher.catalog.problem import Problem

MOST_ALIKE = 5
"""Different messages of one rule at one place that are shown; the last of them counts the rest."""
_WIDEST = 240
"""Longest text for a combination, in characters."""


def describe(combination: Mapping[str, str]) -> str:
    """Give a combination as people write it: `os=ubuntu, python=3.9`."""
    text = ", ".join(f"{axis}={value}" for axis, value in combination.items())
    return text if len(text) <= _WIDEST else f"{text[: _WIDEST - 1]}…"


def for_combination(problem: Problem, combination: Mapping[str, str]) -> Problem:
    """Say in a problem's message which combination it is about; nothing changes where it says so already."""
    if not combination or problem.combination:
        return problem
    text = describe(combination)
    return replace(problem, message=f"{problem.message} (for {text})", combination=text)


def condensed(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Make one of the problems that say the same of many combinations, and few of those that nearly do.

    Only for people's eyes: what is left out names its target nowhere else.  The order stays.
    """
    kinds: dict[tuple[object, ...], dict[str, list[Problem]]] = {}
    for number, problem in enumerate(problems):
        alike = kinds.setdefault(_kind(problem, number), {})
        alike.setdefault(_bare(problem), []).append(problem)
    return tuple(problem for alike in kinds.values() for problem in _few(list(alike.values())))


def _kind(problem: Problem, number: int) -> tuple[object, ...]:
    """Give what problems share that are one fault; a problem without a combination is its own."""
    if not problem.combination:
        return (number,)
    return problem.rule, problem.severity, problem.position


def _bare(problem: Problem) -> str:
    return problem.message.removesuffix(f" (for {problem.combination})")


def _few(alike: list[list[Problem]]) -> Iterator[Problem]:
    for group in alike[: MOST_ALIKE - 1]:
        yield _counted(group)
    if rest := [problem for group in alike[MOST_ALIKE - 1 :] for problem in group]:
        yield _counted(rest)


def _counted(group: list[Problem]) -> Problem:
    """Give the first of a group, saying how many more combinations it stands for."""
    first, more = group[0], len(group) - 1
    if not more:
        return first
    others = f"{first.combination} and {more} more combination{'s' * (more > 1)}"
    return replace(first, message=f"{_bare(first)} (for {others})")


def with_combinations(
    problems: Iterable[Problem], combinations: Mapping[str, Mapping[str, str]]
) -> Iterator[Problem]:
    """Say in each problem of a target which combination made it; `combinations` are by target."""
    for problem in problems:
        yield for_combination(problem, combinations.get(problem.target or "", {}))
