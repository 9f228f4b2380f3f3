"""Showing a plan: the tree with reasons, its cost, and the problems as findings."""

from __future__ import annotations

import textwrap
from collections.abc import Callable
from dataclasses import replace

from publisher.catalog.settings import Settings
from publisher.cli.console import Console
from publisher.cli.pointers import elsewhere
from publisher.plan.concerns import concerns
from publisher.plan.cost import Cost, Routing, estimate
from publisher.plan.figures import History
from publisher.plan.plan import Plan
from publisher.plan.quota import limits_of
from publisher.plan.render import as_markdown, as_table
from publisher.plan.snapshot import Snapshot
from publisher.plan.wording import span, summary

UNCUT = 500
"""Columns of a plan that no terminal shows."""


def cost_of(plan: Plan, head: Snapshot, history: History, base: Snapshot | None = None) -> Cost:
    """Estimate what a plan costs at the registries of the head's routes; `base` says which are new."""
    before = _route(base.settings) if base else None
    return estimate(plan, history, Routing(_route(head.settings), before, limits_of(head.settings)))


def _route(settings: Settings) -> Callable[[str], tuple[str, ...]]:
    """Give the registries of an image, with those that only keep evidence of it."""
    return lambda image: tuple(
        dict.fromkeys(name for one in settings.route(image) for name in (one.name, one.evidence) if name)
    )


def show_plan(console: Console, plan: Plan, cost: str = "") -> None:
    """Print the plan, then the problems of what it touches; in CI it also goes to the step summary."""
    width = console.width if console.out.stream.isatty() else UNCUT
    found = concerns(plan)
    console.print("\n".join(_lines(plan, len(found.standing), width, cost)))
    for problem in found.pressing:
        console.problem(problem)
    console.summary(as_markdown(plan, cost))


def _lines(plan: Plan, left_out: int, width: int, cost: str) -> list[str]:
    """Give the table, its first line never cut, and what shows the problems that are left out."""
    _, *rest = as_table(replace(plan, problems=()), width, cost).rstrip("\n").split("\n")
    headline = f"plan {span(plan)}: {summary(plan)}"
    pointer = ["", *_broken(elsewhere(left_out, plan.head), width)] if left_out else []
    return [*_broken(headline, width), *rest, *pointer]


def _broken(text: str, width: int) -> list[str]:
    return textwrap.wrap(text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False)
