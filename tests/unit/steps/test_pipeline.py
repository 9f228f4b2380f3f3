"""The middle of a run, step by step from JSON to JSON, and across platforms."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import AttestError, BuildError, Malformed
from publisher.errors import TestError as FailedTest
from publisher.oci.platform import Platform
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.records.release import Step
from publisher.steps.pipeline import Pipeline
from publisher.steps.plan import plan_change
from publisher.steps.results import BUILDS, Results
from tests.fakes.engine import FakeImage
from tests.unit.steps.world import FILES, LOCK, MID, OS, SETTINGS, SIDE, TOP, World

MIDDLE = (Step.BUILD, Step.TEST, Step.INDEX, Step.ATTEST)


class Stepping:
    """One plan, whose steps are run one by one as the verbs do it."""

    def __init__(self, world: World, directory: Path, base: str | None = "empty") -> None:
        self.world, self.directory = world, directory
        commit = world.git.resolve("HEAD")
        self.files = world.git.files(commit.oid)
        self.snapshot: Snapshot = load_snapshot(self.files, commit.oid)
        last = world.runner().chain.head()
        self.plan: Plan = plan_change(world.git, commit, base, last.record if last else None).plan

    def step(self, step: Step) -> list[type]:
        """Run a step from the files of those before; give the errors' classes."""
        from dataclasses import replace

        results = Results.load(self.directory)
        results.forget_others(self.snapshot.inputs)
        bench = replace(self.world.bench(), run_directory=self.directory)
        errors = Pipeline.of(bench, self.snapshot, self.files, self.plan, results).run((step,))
        return [type(error) for error in errors]

    @property
    def results(self) -> Results:
        return Results.load(self.directory)


@pytest.fixture
def stepping(tmp_path: Path) -> Stepping:
    return Stepping(World(tmp_path / "world"), tmp_path / "out")


def test_the_steps_one_by_one(stepping: Stepping) -> None:
    for step in MIDDLE:
        assert stepping.step(step) == []
        written = len(stepping.world.writes())
        assert stepping.step(step) == []
        assert len(stepping.world.writes()) == written, "the second time nothing is written"
    assert stepping.results.images.keys() == {OS, MID, SIDE, TOP}


def test_results_come_back_from_their_files(stepping: Stepping, tmp_path: Path) -> None:
    for step in MIDDLE:
        stepping.step(step)
    results = stepping.results
    results.save(tmp_path / "again")
    again = Results.load(tmp_path / "again")
    assert (again.builds, again.tests, again.indexes) == (results.builds, results.tests, results.indexes)
    assert (again.images, again.unfinished) == (results.images, results.unfinished)
    assert not list((tmp_path / "again").glob("*.partial"))
    assert Results.load(tmp_path / "nowhere").builds == {}


def test_a_step_that_failed_is_tried_again_and_later_ones_leave_it_out(stepping: Stepping) -> None:
    stepping.world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"speaks"}))
    assert stepping.step(Step.BUILD) == []
    for _ in range(2):
        assert stepping.step(Step.TEST) == [FailedTest]
    assert {target: item.step for target, item in stepping.results.unfinished.items()} == {
        MID: Step.TEST,
        TOP: Step.TEST,
    }
    assert stepping.step(Step.INDEX) == []
    assert stepping.results.indexes.keys() == {OS, SIDE}
    stepping.world.engine.otherwise = FakeImage(obliging=True)
    assert stepping.step(Step.TEST) == []
    assert stepping.results.unfinished == {}
    assert stepping.step(Step.INDEX) == []
    assert stepping.results.indexes.keys() == {OS, SIDE, MID, TOP}


@pytest.mark.parametrize("step", [Step.TEST, Step.INDEX])
def test_a_step_before_the_build_says_what_is_missing(stepping: Stepping, step: Step) -> None:
    assert set(stepping.step(step)) == {BuildError}


def test_attesting_what_is_not_tested_says_which_step_is_missing(stepping: Stepping) -> None:
    stepping.step(Step.BUILD)
    assert set(stepping.step(Step.ATTEST)) == {AttestError}


def test_what_an_older_plan_left_in_the_directory_is_not_taken_for_ours(stepping: Stepping) -> None:
    for step in MIDDLE:
        stepping.step(step)
    world = stepping.world
    world.change("mid/mid.txt", "mid 2\n")
    newer = Stepping(world, stepping.directory)
    results = newer.results
    results.forget_others(newer.snapshot.inputs)
    assert results.images.keys() == results.indexes.keys() == {OS, SIDE}
    assert {target for target, _ in results.builds} == {target for target, _ in results.tests} == {OS, SIDE}
    assert BuildError in newer.step(Step.TEST), "the new build is not there yet"


def test_a_broken_file_of_an_earlier_step_is_told(stepping: Stepping) -> None:
    stepping.directory.mkdir()
    (stepping.directory / BUILDS).write_text('{"builds": [{}]}')
    with pytest.raises(Malformed) as caught:
        stepping.step(Step.TEST)
    assert BUILDS in caught.value.where


CROSS = {
    "publisher.yml": SETTINGS.replace(
        "platforms: [linux/amd64]", "platforms: [linux/amd64, linux/arm64]"
    ).replace(
        "policy: {tests: {linux/amd64: untested}}",
        "builders: {linux/arm64: {driver: remote, endpoint: 'unix:///x', platform: linux/amd64}}\n"
        "policy: {tests: {linux/amd64: untested, linux/arm64: untested}}",
    ),
    "publisher.lock": LOCK + f'      "linux/arm64": "sha256:{"b" * 64}"\n',
    "top/Dockerfile": "ARG BASE\nFROM --platform=$BUILDPLATFORM $BASE AS tools\n"
    "FROM $BASE\nCOPY --from=tools /x /\n",
}


def test_a_parent_on_another_platform_is_passed_as_its_index_also_when_only_the_child_changes(
    tmp_path: Path,
) -> None:
    world = World(tmp_path, {**FILES, **CROSS})
    report = world.run("empty")
    assert report.exit_code == 0, [str(error) for error in report.errors]
    world.change("top/Dockerfile", CROSS["top/Dockerfile"] + "COPY top.txt /\n")
    built = len(world.builder.builds)
    report = world.run()
    assert report.exit_code == 0, [str(error) for error in report.errors]
    assert set(world.builder.builds[built:]) == {TOP}
    arm = [one for one in world.builder.inner.requests if one.platform == Platform("linux/arm64")][-1]
    index = world.registries["hub.test"].tagged["us/mid"]["v1"]
    assert [image.rpartition("@")[2] for image in arm.images.values()] == [index]
