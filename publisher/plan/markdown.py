"""The plan as a pull request comment."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from publisher.catalog.problem import Problem, Severity
from publisher.plan.plan import Plan, PlannedBuild, PlannedMove, Reason
from publisher.plan.wording import count, span, summary, visible

MARKER = "<!-- publisher: plan -->"
"""First line of the comment, by which the next run finds it."""
MAX_ROWS = 200
"""Rows of one table; a comment may have 65,536 characters at GitHub."""


def markdown_lines(plan: Plan) -> Iterator[str]:
    """Give the lines of the comment: the sum first, then what is wrong, then the details folded."""
    yield MARKER
    yield from (f"### Plan: {summary(plan)}", "", code(span(plan)), "")
    if plan.problems:
        yield from _problems(plan.problems)
    if plan.stopped:
        yield from (
            "Stopped until that is mended: " + ", ".join(code(t) for t in plan.stopped[:MAX_ROWS]),
            "",
        )
    yield from _folded(
        count(len(plan.builds), "build"), ("wave", "target", "platforms", "why"), _builds(plan.builds)
    )
    yield from _folded(
        count(len(plan.copies), "copy", "copies"),
        ("target", "same as"),
        [(code(c.target), code(c.same_as)) for c in plan.copies],
    )
    yield from _folded(
        count(len(plan.tests), "test again", "tests again"),
        ("target", "platforms"),
        [(code(t.target), ", ".join(t.platforms)) for t in plan.tests],
    )
    yield from _folded(
        count(len(plan.moves), "tag moves", "tags move"), ("tag", "target", "registries"), _moves(plan.moves)
    )
    yield from _folded(
        count(len(plan.retired), "tag retired", "tags retired"),
        ("tag",),
        [(code(f"{r.image}:{r.tag}"),) for r in plan.retired],
    )


def code(text: str) -> str:
    """Quote a text so that nothing in it is markup: no backtick, pipe, mention or control character acts.

    https://github.github.com/gfm/#code-spans
    """
    shown = visible(text).replace("|", "\\|")
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}" if shown else ""


def _folded(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    if not rows:
        return
    yield from (f"<details><summary>{title}</summary>", "")
    yield "| " + " | ".join(heads) + " |"
    yield "|" + " --- |" * len(heads)
    yield from ("| " + " | ".join(row) + " |" for row in rows[:MAX_ROWS])
    if len(rows) > MAX_ROWS:
        yield from ("", f"… and {len(rows) - MAX_ROWS} more.")
    yield from ("", "</details>", "")


def _builds(builds: Iterable[PlannedBuild]) -> list[tuple[str, ...]]:
    return [(str(b.wave), code(b.target), ", ".join(b.platforms), _why(b.reasons)) for b in builds]


def _why(reasons: Sequence[Reason], most: int = 4) -> str:
    said = [f"{reason.code} {code(reason.cause)}" for reason in reasons[:most]]
    more = len(reasons) - len(said)
    return "<br>".join([*said, *([f"{more} more"] if more else [])])


def _moves(moves: Iterable[PlannedMove]) -> list[tuple[str, ...]]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for move in moves:
        grouped.setdefault((f"{move.image}:{move.tag}", move.target), []).append(move.registry)
    return [
        (code(tag), code(target), ", ".join(code(r) for r in where))
        for (tag, target), where in grouped.items()
    ]


def _problems(problems: Sequence[Problem]) -> Iterator[str]:
    errors = sum(problem.severity is Severity.ERROR for problem in problems)
    yield f"**{count(errors, 'error')}, {count(len(problems) - errors, 'warning')}**"
    yield ""
    for problem in sorted(problems, key=lambda p: p.severity is not Severity.ERROR)[:MAX_ROWS]:
        fix = f" → {code(problem.fix)}" if problem.fix else ""
        place, message = code(str(problem.position)), code(problem.message)
        yield f"- {problem.severity} {place} {problem.rule}: {message}{fix}"
    yield ""
