"""The plan as plain text, to be read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan, PlannedMove, Reason, ReasonCode
from publisher.plan.tree import Branch, branches
from publisher.plan.wording import listed, reason_text, shorten, span, summary, visible

_REASON_WIDTH = 36
"""Least room for reasons beside the names; with less they get a line of their own."""


def table_lines(plan: Plan, width: int) -> Iterator[str]:
    """Give the lines of the table; none is wider than `width`, but for problems, which are never cut."""
    yield shorten(f"plan {span(plan)}: {summary(plan)}", width)
    sections = (
        ("build", _build_rows(plan)),
        ("copy", ((f"{c.target}", f"same as {c.same_as}") for c in plan.copies)),
        ("test again", ((f"{t.target}", "smoke test changed") for t in plan.tests)),
        ("move", _move_rows(plan.moves)),
        ("retired, never deleted by a merge", ((f"{r.image}:{r.tag}", "") for r in plan.retired)),
        ("stopped", ((target, "") for target in plan.stopped)),
    )
    for title, rows in sections:
        yield from _section(title, list(rows), width)
    if plan.problems:
        yield from ("", "problems", *(line for p in plan.problems for line in problem_lines(p)))


def _section(title: str, rows: list[tuple[str, str]], width: int) -> Iterator[str]:
    if not rows:
        return
    yield from ("", title)
    column = max(len(name) for name, _ in rows)
    beside = column + 4 + _REASON_WIDTH <= width
    for name, note in rows:
        if not note:
            yield shorten(f"  {name}", width)
        elif beside:
            yield shorten(f"  {name:<{column}}  {note}", width)
        else:
            yield shorten(f"  {name}", width)
            yield shorten(f"        {note}", width)


def _build_rows(plan: Plan) -> Iterator[tuple[str, str]]:
    several = len({build.platforms for build in plan.builds}) > 1
    for branch in branches(plan.builds):
        note = reason_text(_shown(branch))
        platforms = f" [{', '.join(branch.build.platforms)}]" if several else ""
        yield f"{branch.stem}{branch.build.target}", note + platforms


def _shown(branch: Branch) -> tuple[Reason, ...]:
    """Give the reasons, the file that a person changed before the parents that follow from it."""
    return tuple(sorted(branch.build.reasons, key=lambda reason: reason.code is ReasonCode.PARENT_REBUILT))


def _move_rows(moves: Iterable[PlannedMove]) -> Iterator[tuple[str, str]]:
    """Give one row for each target: its tags, and where they move."""
    grouped: dict[TargetId, list[PlannedMove]] = {}
    for move in moves:
        grouped.setdefault(move.target, []).append(move)
    for target, own in grouped.items():
        extra = listed(move.tag for move in own if f"{move.image}:{move.tag}" != target)
        where = f"at {listed(move.registry for move in own)}"
        yield target, f"{where}; also {extra}" if extra else where


def problem_lines(problem: Problem) -> Iterator[str]:
    """Give a problem as its place and message, and what to do."""
    yield f"  {problem.severity} {visible(str(problem.position))} {problem.rule} {visible(problem.message)}"
    if problem.fix:
        yield f"    → {visible(problem.fix)}"
