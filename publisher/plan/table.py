"""The plan as plain text, to be read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.plan.concerns import concerns
from publisher.plan.plan import Plan, PlannedMove, ReasonCode
from publisher.plan.tree import Branch, branches
from publisher.plan.wording import (
    count,
    held_text,
    listed,
    reason_text,
    shorten,
    span,
    summary,
    visible,
    wrapped,
)

_NOTE_WIDTH = 36
"""Least room for a note beside the names; with less it gets a line of its own."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A name with a note, which stands beside it, or below it after `margin`."""

    name: str
    note: str = ""
    margin: str = "    "


def table_lines(plan: Plan, width: int, cost: str = "") -> Iterator[str]:
    """Give the lines of the table; none is wider than `width`, but for problems, which are never cut."""
    yield shorten(f"plan {span(plan)}: {summary(plan)}", width)
    if cost and not plan.is_empty:
        yield from wrapped(f"cost: {visible(cost)}", width, "      ")
    sections: tuple[tuple[str, Iterable[_Row]], ...] = (
        ("build", _build_rows(plan)),
        ("copy", (_Row(copy.target, f"same as {copy.same_as}") for copy in plan.copies)),
        ("test again", (_Row(test.target, "smoke test or policy changed") for test in plan.tests)),
        ("move", _move_rows(plan.moves)),
        ("held by a rollback", (_Row(one.target, held_text(one)) for one in plan.held)),
        ("retired, never deleted by a merge", (_Row(f"{r.image}:{r.tag}") for r in plan.retired)),
        ("stopped", (_Row(target) for target in plan.stopped)),
    )
    for title, rows in sections:
        yield from _section(title, list(rows), width)
    yield from _problems(plan, width)


def _problems(plan: Plan, width: int) -> Iterator[str]:
    found = concerns(plan)
    if found.pressing:
        yield from ("", "problems", *(line for problem in found.pressing for line in problem_lines(problem)))
    if found.standing:
        warnings = count(len(found.standing), "warning")
        said = f"{warnings} elsewhere in the catalog: `publisher lint` shows them"
        yield from ("", *wrapped(said, width, "  "))


def _section(title: str, rows: list[_Row], width: int) -> Iterator[str]:
    if not rows:
        return
    yield from ("", title)
    column = max(len(row.name) for row in rows)
    needed = min(_NOTE_WIDTH, max(len(row.note) for row in rows))
    beside = column + 4 + needed <= width
    for row in rows:
        if beside:
            yield shorten(f"  {row.name:<{column}}  {row.note}".rstrip(), width)
        else:
            yield shorten(f"  {row.name}", width)
            yield from [shorten(f"  {row.margin}  {row.note}", width)] if row.note else []


def _build_rows(plan: Plan) -> Iterator[_Row]:
    several = len({build.platforms for build in plan.builds}) > 1
    for branch in branches(plan.builds):
        platforms = f" [{', '.join(branch.build.platforms)}]" if several else ""
        yield _Row(f"{branch.stem}{branch.target}", _why(branch) + platforms, branch.margin)


def _why(branch: Branch) -> str:
    """Give the reasons; that the parent right above is rebuilt goes without its name, and last."""
    own = [reason_text(branch.own_reasons)] if branch.own_reasons else []
    return "; ".join([*own, *([ReasonCode.PARENT_REBUILT] if branch.follows else [])])


def _move_rows(moves: Iterable[PlannedMove]) -> Iterator[_Row]:
    """Give one row for each target: its tags, and where they move."""
    grouped: dict[TargetId, list[PlannedMove]] = {}
    for move in moves:
        grouped.setdefault(move.target, []).append(move)
    for target, own in grouped.items():
        names = [f"{move.image}:{move.tag}" for move in own]
        extra = listed(name.partition(":")[2] for name in names if name != target)
        where = f"at {listed(move.registry for move in own)}"
        also = "also" if target in names else "only"
        yield _Row(target, f"{where}; {also} {extra}" if extra else where)


def problem_lines(problem: Problem) -> Iterator[str]:
    """Give a problem as its place and message, and what to do."""
    yield f"  {problem.severity} {visible(str(problem.position))} {problem.rule} {visible(problem.message)}"
    if problem.fix:
        yield f"    → {visible(problem.fix)}"
