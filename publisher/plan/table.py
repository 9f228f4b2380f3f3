"""The plan as plain text, to be read in ten seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan, PlannedMove, Reason, ReasonCode
from publisher.plan.tree import Branch, branches
from publisher.plan.wording import listed, reason_text, shorten, span, summary, visible

_NOTE_WIDTH = 36
"""Least room for a note beside the names; with less it gets a line of its own."""


@dataclass(frozen=True, slots=True)
class _Row:
    """A name with a note, which stands beside it, or below it after `margin`."""

    name: str
    note: str = ""
    margin: str = "    "


def table_lines(plan: Plan, width: int) -> Iterator[str]:
    """Give the lines of the table; none is wider than `width`, but for problems, which are never cut."""
    yield shorten(f"plan {span(plan)}: {summary(plan)}", width)
    sections: tuple[tuple[str, Iterable[_Row]], ...] = (
        ("build", _build_rows(plan)),
        ("copy", (_Row(copy.target, f"same as {copy.same_as}") for copy in plan.copies)),
        ("test again", (_Row(test.target, "smoke test changed") for test in plan.tests)),
        ("move", _move_rows(plan.moves)),
        ("retired, never deleted by a merge", (_Row(f"{r.image}:{r.tag}") for r in plan.retired)),
        ("stopped", (_Row(target) for target in plan.stopped)),
    )
    for title, rows in sections:
        yield from _section(title, list(rows), width)
    if plan.problems:
        yield from ("", "problems", *(line for p in plan.problems for line in problem_lines(p)))


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
        yield _Row(f"{branch.stem}{branch.build.target}", _why(branch) + platforms, branch.margin)


def _why(branch: Branch) -> str:
    """Give the reasons; that the parent right above is rebuilt goes without its name, and last."""
    follows = Reason(ReasonCode.PARENT_REBUILT, branch.parent or "")
    own = [reason for reason in branch.build.reasons if reason != follows]
    return "; ".join(
        ([reason_text(own)] if own else []) + ([follows.code] if len(own) < len(branch.build.reasons) else [])
    )


def _move_rows(moves: Iterable[PlannedMove]) -> Iterator[_Row]:
    """Give one row for each target: its tags, and where they move."""
    grouped: dict[TargetId, list[PlannedMove]] = {}
    for move in moves:
        grouped.setdefault(move.target, []).append(move)
    for target, own in grouped.items():
        extra = listed(move.tag for move in own if f"{move.image}:{move.tag}" != target)
        where = f"at {listed(move.registry for move in own)}"
        yield _Row(target, f"{where}; also {extra}" if extra else where)


def problem_lines(problem: Problem) -> Iterator[str]:
    """Give a problem as its place and message, and what to do."""
    yield f"  {problem.severity} {visible(str(problem.position))} {problem.rule} {visible(problem.message)}"
    if problem.fix:
        yield f"    → {visible(problem.fix)}"
