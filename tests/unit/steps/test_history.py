"""What a chain tells of earlier releases."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.cli.plan_view import cost_of
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.plan.figures import History
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import empty_snapshot
from publisher.records import history
from publisher.steps.history import read_history
from tests.unit.steps.world import AMD64, MID, OS, SIDE, TOP, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    made = World(tmp_path)
    made.first()
    return made


def read(world: World) -> History:
    chain = world.runner().chain
    return read_history(chain, chain.head())


def test_before_the_first_release_there_is_nothing(tmp_path: Path) -> None:
    assert read(World(tmp_path)) == History()


def test_a_run_records_what_it_took_and_what_a_registry_holds(world: World) -> None:
    found = read(world)
    for target in (OS, MID, SIDE, TOP):
        contents = found.contents(target)
        assert contents is not None
        assert (contents.manifests, contents.referrers) == (2, 4 + 3)
        assert contents.blobs > 0
        assert contents.bytes > 0
        assert contents.evidence_bytes > 0
        seconds = found.seconds(target, AMD64)
        assert seconds is not None
        assert seconds >= 0
    small, large = found.contents(OS), found.contents(TOP)
    assert small is not None
    assert large is not None
    assert small.bytes < large.bytes, "a child holds its parent's layers too"


def test_older_records_are_read_as_far_back_as_allowed(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        world.change("side/side.txt", f"side {number}\n")
        assert world.run().exit_code == 0
    assert read(world).contents(TOP) is not None
    monkeypatch.setattr("publisher.steps.history.MOST_RECORDS", 3)  # the fourth is the first
    assert read(world).contents(TOP) is None
    assert read(world).contents(SIDE) is not None
    assert history.MOST_RECORDS == 50


def test_a_record_that_is_gone_or_garbage_is_passed_over(world: World) -> None:
    for number in range(2):
        world.change("side/side.txt", f"side {number}\n")
        assert world.run().exit_code == 0
    chain = world.runner().chain
    newest = chain.head()
    del world.staging.tagged[chain.repository.path]["r-1"]
    chain.bench.artifacts.push(chain.repository, "r-2", RELEASE_RECORD, b"{}", {})
    found = read_history(chain, newest)
    assert found.contents(SIDE) is not None
    assert found.contents(TOP) is None


def test_the_estimate_of_everything_again_writes_nothing(world: World) -> None:
    before, head = len(world.writes()), world.snapshot()
    made = cost_of(make_plan(empty_snapshot(head.settings), head), head, read(world))
    assert (made.builds, made.unknown) == (4, 0)
    assert [(one.registry, one.images, one.unknown) for one in made.registries] == [
        ("hub", 4, 0), ("quay", 3, 0),
    ]  # fmt: skip
    assert len(world.writes()) == before
