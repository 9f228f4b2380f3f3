"""Which problems a reader of a plan is shown first."""

from __future__ import annotations

from publisher.catalog.problem import Problem, Severity
from publisher.catalog.target import TargetId
from publisher.plan.concerns import concerns
from publisher.plan.plan import Plan, PlannedTest
from publisher.plan.render import as_markdown, as_table
from publisher.plan.rules import Rule
from tests.unit.plan.five_layers import CANN, FILES, OS, PYTORCH, plan, replaced

TESTED, STOPPED = PlannedTest(CANN.image, CANN.tag, ()), (OS,)


def problem(rule: str, severity: Severity, target: TargetId | None) -> Problem:
    return Problem(rule, severity, "meta.yml", 1, 1, f"{rule} {target}", "", target)


def test_errors_come_first_then_warnings_of_what_the_plan_touches() -> None:
    planned = problem("P014", Severity.WARNING, CANN)
    stopped = problem("P018", Severity.WARNING, OS)
    other = problem("P005", Severity.WARNING, PYTORCH)
    nobody = problem("M001", Severity.WARNING, None)
    error = problem("M002", Severity.ERROR, None)
    frozen = problem(Rule.NOT_BUILT_ANY_MORE.id, Severity.WARNING, PYTORCH)
    made = Plan(
        "a", "b", tests=(TESTED,), stopped=STOPPED, problems=(planned, other, stopped, nobody, frozen, error)
    )
    found = concerns(made)
    assert found.pressing == (error, planned, stopped, frozen)
    assert found.standing == (other, nobody)


def test_what_stands_elsewhere_is_folded_at_the_end() -> None:
    broken = {"mindspore/Dockerfile": None}
    made = plan(
        replaced("python/python.sh", "python3.9", "python3.10") | {"os/Dockerfile": FILES["os/Dockerfile"]},
        broken,
    )
    assert concerns(made).standing == ()
    made = plan(replaced("openmind/Dockerfile", "0.8.0", "0.8.1"), broken)
    [other] = concerns(made).standing
    assert "mindspore/Dockerfile" in other.message
    text = as_markdown(made)
    opened, _, folded = text.partition(
        "<summary>1 warning elsewhere in the catalog, which this plan does not touch"
    )
    assert other.message in folded
    assert other.message not in opened
    assert as_table(made, 120).endswith("\n1 warning elsewhere in the catalog: `publisher lint` shows them\n")
