"""Showing a plan: the tree with reasons, its cost, and the problems as findings."""

from __future__ import annotations

from dataclasses import replace

from publisher.cli.console import Console
from publisher.plan.concerns import concerns
from publisher.plan.cost import Cost, estimate
from publisher.plan.figures import History
from publisher.plan.plan import Plan
from publisher.plan.render import as_markdown, as_table
from publisher.plan.snapshot import Snapshot

UNCUT = 500
"""Columns of a plan that no terminal shows."""


def cost_of(plan: Plan, head: Snapshot, history: History) -> Cost:
    """Estimate what a plan costs at the registries of the head's routes."""
    return estimate(plan, history, lambda image: [one.name for one in head.settings.route(image)])


def show_plan(console: Console, plan: Plan, cost: str = "") -> None:
    """Print the plan, then the problems of what it touches; in CI it also goes to the step summary."""
    width = console.width if console.out.stream.isatty() else UNCUT
    found = concerns(plan)
    console.print(as_table(replace(plan, problems=found.standing), width, cost).rstrip("\n"))
    for problem in found.pressing:
        console.problem(problem)
    console.summary(as_markdown(plan, cost))
