"""Which attached test results a later run takes over, and which it replaces by a new test."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.records.test import Outcome
from publisher.records.test import TestMode as Mode
from publisher.steps.pipeline import Pipeline
from publisher.steps.plan import plan_change
from publisher.steps.results import Results
from tests.unit.steps.world import AMD64, FILES, MID, SETTINGS, SIDE, World

OTHER_TEST = FILES["mid/smoke.yml"].replace("--version", "--help")


def policy(level: str) -> str:
    return SETTINGS.replace(
        "policy: {tests: {linux/amd64: untested}}", f"policy: {{tests: {{linux/amd64: {level}}}}}"
    )


def retest(world: World, target: str = MID) -> tuple[bool, Outcome, Mode | None]:
    """Test a build that staging holds; tell whether a test was run, and what counts."""
    commit = world.git.resolve("HEAD")
    planned = plan_change(world.git, commit, "empty", None)
    before = len(world.engine.ran)
    tests = Pipeline.of(world.bench(), planned.head, planned.files, planned.plan, Results()).tests
    record = tests.run(next(t for t in planned.head.inputs if t == target), AMD64)
    assert record.reused is (len(world.engine.ran) == before)
    return len(world.engine.ran) > before, record.outcome, record.mode


@pytest.mark.parametrize(
    ("attached", "level", "now", "again"),
    [
        (Mode.NATIVE, "emulated", Mode.NATIVE, False),
        (Mode.NATIVE, "native", Mode.NATIVE, False),
        (Mode.NATIVE, "emulated", Mode.EMULATED, False),
        (Mode.EMULATED, "emulated", Mode.NATIVE, False),
        (Mode.EMULATED, "native", Mode.NATIVE, True),
        (None, "emulated", Mode.EMULATED, True),
        (None, "untested", Mode.NATIVE, True),
        (None, "untested", None, False),
    ],
)
def test_a_result_is_kept_where_the_policy_still_takes_it(
    tmp_path: Path, attached: Mode | None, level: str, now: Mode | None, again: bool
) -> None:
    world = World(tmp_path)
    world.engine.modes = {AMD64: attached} if attached else {}
    world.first()
    world.change("publisher.yml", policy(level))
    world.engine.modes = {AMD64: now} if now else {}
    was_run, outcome, mode = retest(world)
    assert was_run is again
    assert outcome is (Outcome.UNTESTED if now is attached is None else Outcome.PASSED)
    assert mode is (now if again else attached)


def test_another_test_is_run(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first()
    world.change("mid/smoke.yml", OTHER_TEST)
    assert retest(world) == (True, Outcome.PASSED, Mode.NATIVE)


def test_that_there_is_no_test_stays_so(tmp_path: Path) -> None:
    world = World(tmp_path)
    world.first()
    assert retest(world, SIDE) == (False, Outcome.UNTESTED, None)
