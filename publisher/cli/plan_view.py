"""Showing a plan: the tree with reasons, and the problems as findings."""

from __future__ import annotations

from publisher.cli.console import Console
from publisher.plan.plan import Plan
from publisher.plan.render import as_markdown, as_table

UNCUT = 500
"""Columns of a plan that no terminal shows."""


def show_plan(console: Console, plan: Plan) -> None:
    """Print problems, then the plan; in CI the plan also goes to the step summary."""
    for problem in plan.problems:
        console.problem(problem)
    console.print(as_table(plan, console.width if console.out.stream.isatty() else UNCUT).rstrip("\n"))
    console.summary(as_markdown(plan))
