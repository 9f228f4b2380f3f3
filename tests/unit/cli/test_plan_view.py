"""A plan as a person sees it: its headline, and where the other problems are shown."""

from __future__ import annotations

import io

import pytest

from publisher.catalog.problem import Problem, Severity
from publisher.cli.console import make_console
from publisher.cli.plan_view import show_plan
from publisher.plan.plan import Plan

COMMIT = "1a2b3c4d5e6f" + "0" * 28
OTHER = Problem("M001", Severity.WARNING, "meta.yml", 1, 1, "elsewhere", "", None)


class Terminal(io.StringIO):
    """Standard output on a terminal."""

    def isatty(self) -> bool:
        return True


def shown(plan: Plan, columns: str = "80") -> list[str]:
    out = Terminal()
    show_plan(make_console({"COLUMNS": columns}, out, io.StringIO()), plan)
    return out.getvalue().splitlines()


@pytest.mark.parametrize(
    ("head", "command"),
    [(COMMIT, "publisher lint --head 1a2b3c4d5e6f"), ("WORKTREE", "publisher lint")],
)
def test_problems_elsewhere_are_shown_by_the_lint_of_that_state(head: str, command: str) -> None:
    assert shown(Plan("empty", head, problems=(OTHER,)), "120")[-2:] == [
        "",
        f"1 warning elsewhere in the catalog: `{command}` shows them",
    ]
    assert not any("elsewhere" in line for line in shown(Plan("empty", head)))


@pytest.mark.parametrize("columns", ["20", "40"])
def test_the_headline_is_never_cut(columns: str) -> None:
    text = " ".join(" ".join(shown(Plan(COMMIT[::-1], COMMIT), columns)).split())
    assert text == f"plan {COMMIT[::-1][:12]} → 1a2b3c4d5e6f: nothing to do"
