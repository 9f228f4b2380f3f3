"""An optional registry that fails: the others go on, nothing is forgotten, nobody builds or writes again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from publisher.catalog.target import TargetId
from publisher.errors import RecordConflict, RegistryError, RegistryUnreachable, TagMoved
from publisher.oci.manifest import parse_manifest
from publisher.records.release import DestinationState, ReleaseRecord, Unfinished
from publisher.steps.run import RunReport
from tests.fakes.registry import Asked
from tests.unit.steps.world import FILES, HUB, MID, OS, QUAY, SETTINGS, SIDE, TOP, Killed, World, moved

MODELERS = "modelers.test"
RECORDS = "us/publisher-records"
WITH_MODELERS = SETTINGS.replace(
    "routes:", "  modelers: {prefix: modelers.test/us, required: false}\nroutes:"
).replace('["*"], to: [hub, quay]', '["*"], to: [hub, quay, modelers]')
TAGS = ("v1", "one", "latest")


@pytest.fixture(scope="module")
def released(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A catalog that is published at three registries; nobody goes on with it."""
    world = World(tmp_path_factory.mktemp("three"), {**FILES, "publisher.yml": WITH_MODELERS})
    world.add_registry("modelers", MODELERS)
    world.first()
    return world


@pytest.fixture
def world(released: World, tmp_path: Path) -> World:
    twin = World(tmp_path, dict(released.content))
    twin.add_registry("modelers", MODELERS)
    released.copy_to(twin)
    return twin


@pytest.fixture
def empty(tmp_path: Path) -> World:
    world = World(tmp_path, {**FILES, "publisher.yml": WITH_MODELERS})
    world.add_registry("modelers", MODELERS)
    return world


def waits(record: ReleaseRecord) -> set[tuple[TargetId, str | None]]:
    return {(item.target, item.registry) for item in record.unfinished}


def newest(world: World) -> ReleaseRecord:
    return world.records()[-1]


def states(world: World) -> dict[str, DestinationState]:
    outcome = world.runner().chain.outcome(world.chain()[-1])
    assert outcome is not None
    return {item.registry: item.state for item in outcome.registries}


def refuse(world: World, when: Callable[[Asked], bool]) -> None:
    """Let modelers fail at the writes that are named, and at nothing else."""

    def on_write(host: str, asked: Asked) -> None:
        if host == MODELERS and when(asked):
            raise RegistryError("not today", where=MODELERS)

    world.on_write = on_write


def is_tag_move(asked: Asked) -> bool:
    return asked.method == "put_manifest" and asked.reference in TAGS


def expect_others(world: World) -> None:
    """Require hub and quay as the catalog says; modelers is looked at from behind."""
    registry = world.registries[MODELERS]
    was, registry.down = registry.down, False
    desired = {key: value for key, value in world.desired_builds().items() if key[0] != MODELERS}
    assert {key: v for key, v in world.published_builds().items() if key[0] != MODELERS} == desired
    world.expect_whole()
    registry.down = was


def expect_idle(world: World, times: int = 3) -> None:
    """Require runs that write no record and build nothing."""
    written, built = len(world.records()), list(world.builder.builds)
    for _ in range(times):
        report = world.run()
        assert (report.exit_code, report.record) == (0, None)
    assert len(world.records()) == written
    assert world.builder.builds == built


def expect_all(world: World) -> None:
    """Require everything everywhere, nothing left, and nothing to do."""
    world.expect_published()
    assert newest(world).unfinished == ()
    assert world.run().nothing_to_do


def catches_up(world: World) -> RunReport:
    """Require that one more run gives modelers what it lacks, and builds nothing."""
    world.revive()
    world.registries[MODELERS].down = False
    built = list(world.builder.builds)
    report = world.run()
    assert report.exit_code == 0, [str(error) for error in report.errors]
    assert world.builder.builds == built
    expect_all(world)
    return report


def test_all_three_are_published(released: World) -> None:
    released.expect_published()


def test_the_first_release_goes_on_without_it(empty: World) -> None:
    empty.registries[MODELERS].down = True
    report = empty.run("empty")
    assert report.exit_code == 0, [str(error) for error in report.errors]
    expect_others(empty)
    record = newest(empty)
    assert waits(record) == {(target, "modelers") for target in (OS, MID, TOP)}
    assert not {name for name, _ in moved(record)} & {"modelers"}
    assert {place.registry for item in record.images for place in item.destinations} == {"hub", "quay"}
    assert states(empty)["modelers"] is DestinationState.LAGGING
    assert any("modelers" in warning for warning in empty.told.warnings)
    assert "is not at `modelers` yet" in empty.forge.releases["r-1"].notes
    expect_idle(empty)
    assert empty.run().nothing_to_do
    report = catches_up(empty)
    assert report.record is not None
    assert {name for name, _ in moved(report.record)} == {"modelers"}
    assert {place.registry for item in report.record.images if item.image.target in (MID, TOP)
            for place in item.destinations} == {"modelers"}  # fmt: skip


def test_a_registry_that_answers_and_refuses_contents(world: World) -> None:
    before = world.tags(MODELERS)
    refuse(world, lambda asked: asked.method in ("place_blob", "put_blob"))
    world.change("mid/mid.txt", "mid 2\n")
    assert world.run().exit_code == 0
    expect_others(world)
    assert world.tags(MODELERS) == before
    assert waits(newest(world)) == {(MID, "modelers"), (TOP, "modelers")}
    expect_idle(world)
    catches_up(world)


def test_what_arrived_may_move(world: World) -> None:
    """An image that the registry refuses keeps no other one back."""
    refuse(world, lambda asked: asked.repository == "us/mid" and asked.method == "put_manifest")
    world.change_all({"mid/mid.txt": "mid 2\n", "top/top.txt": "top 2\n"})
    report = world.run()
    assert report.exit_code == 0
    assert waits(newest(world)) == {(MID, "modelers")}
    assert report.record is not None
    assert {name for registry, name in moved(report.record) if registry == "modelers"} == {
        "top:v1",
        "top:one",
    }
    expect_idle(world)
    catches_up(world)


def test_tags_that_fail_after_the_commit_lag(world: World) -> None:
    before = world.tags(MODELERS)
    refuse(world, is_tag_move)
    world.change("mid/mid.txt", "mid 2\n")
    report = world.run()
    assert report.exit_code == 0
    assert states(world) == {
        "hub": DestinationState.COMPLETE, "quay": DestinationState.COMPLETE,
        "modelers": DestinationState.LAGGING,
    }  # fmt: skip
    expect_others(world)
    assert world.tags(MODELERS) == before
    expect_idle(world)
    records = len(world.records())
    catches_up(world)
    assert len(world.records()) == records, "the record says already what moves"
    assert set(states(world).values()) == {DestinationState.COMPLETE}


def test_moves_that_were_not_made_are_carried_into_the_next_record(world: World) -> None:
    refuse(world, is_tag_move)
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    world.change("side/side.txt", "side 2\n")
    assert world.run().exit_code == 0
    record = newest(world)
    assert {item.image.target for item in record.images} >= {SIDE}
    moves = {name for registry, name in moved(record) if registry == "modelers"}
    assert moves == {"mid:v1", "mid:latest", "top:v1", "top:one"}, "they are tried again, and still recorded"
    world.registries[MODELERS].down = True
    world.change("side/side.txt", "side 3\n")
    assert world.run().exit_code == 0
    assert waits(newest(world)) == {(MID, "modelers"), (TOP, "modelers")}
    world.change("side/side.txt", "side 4\n")
    assert world.run().exit_code == 0
    assert waits(newest(world)) == {(MID, "modelers"), (TOP, "modelers")}
    catches_up(world)


def test_a_merge_that_changes_nothing_writes_no_record_for_a_dead_registry(world: World) -> None:
    world.registries[MODELERS].down = True
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    records, built = len(world.records()), list(world.builder.builds)
    for number in range(3):
        world.change("README.md", f"# Images {number}\n")
        assert world.run().exit_code == 0
    assert len(world.records()) == records
    assert world.builder.builds == built
    world.registries[MODELERS].down = False
    refuse(world, lambda asked: asked.method in ("place_blob", "put_blob"))
    world.change("README.md", "# Images, it answers\n")
    assert world.run().exit_code == 0
    assert len(world.records()) == records
    catches_up(world)


def test_a_newer_build_replaces_what_waits(world: World) -> None:
    world.registries[MODELERS].down = True
    for number in (2, 3):
        world.change("mid/mid.txt", f"mid {number}\n")
        assert world.run().exit_code == 0
    catches_up(world)


def test_a_target_that_goes_waits_no_longer(world: World) -> None:
    world.registries[MODELERS].down = True
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    world.change_all({"top/meta.yml": None, "top/Dockerfile": None, "top/smoke.yml": None})
    assert world.run().exit_code == 0
    assert waits(newest(world)) == {(MID, "modelers")}


def test_a_registry_that_becomes_required_stops_everything(world: World) -> None:
    world.registries[MODELERS].down = True
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    before = world.all_tags()
    world.change("publisher.yml", WITH_MODELERS.replace("required: false", "required: true"))
    with pytest.raises(RegistryUnreachable):
        world.run()
    assert world.all_tags() == before
    catches_up(world)


def test_a_required_registry_still_stops_every_tag(world: World) -> None:
    before = world.all_tags()
    world.change("mid/mid.txt", "mid 2\n")

    def quay_fails(host: str, asked: Asked) -> None:
        if host == QUAY and asked.method in ("put_manifest", "enter_referrers"):
            raise RegistryError("not today", where=QUAY)

    world.on_write = quay_fails
    report = world.run()
    assert report.exit_code == 7
    assert world.all_tags() == before
    world.revive()
    assert world.run().exit_code == 0
    expect_all(world)


def test_a_strangers_tag_stays_there_too(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    registry = world.registries[MODELERS]
    foreign = parse_manifest(registry.manifests["us/mid"][registry.tagged["us/mid"]["v1"]].raw + b"\n")

    def at_point(point: str) -> None:
        if point == "publish:committed":
            registry.manifests["us/mid"][foreign.digest] = foreign
            registry.tagged["us/mid"]["v1"] = foreign.digest

    world.told.at_point = at_point
    report = world.run()
    assert [type(error) for error in report.errors] == [TagMoved]
    assert world.tags(MODELERS)["mid"]["v1"] == foreign.digest
    world.revive()
    assert world.run(force=True).exit_code == 0
    expect_all(world)


def test_records_that_it_refuses_follow_later(world: World) -> None:
    refuse(world, lambda asked: asked.repository == RECORDS)
    world.change("mid/mid.txt", "mid 2\n")
    assert world.run().exit_code == 0
    assert world.published_builds() == world.desired_builds()
    assert "r-2" not in world.registries[MODELERS].tagged[RECORDS]
    expect_idle(world, 1)
    catches_up(world)


def test_a_forked_chain_there_stops_the_run(world: World) -> None:
    last = world.chain()[-1]
    head = world.registries[MODELERS].tagged[RECORDS]
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    head["head"] = world.registries[MODELERS].tagged[RECORDS]["r-2"]
    for name in ("head", "r-2"):
        world.staging.tagged[RECORDS][name] = last.digest
    del world.staging.tagged[RECORDS]["r-2"]
    with pytest.raises(RecordConflict):
        world.run()


def test_a_dry_run_asks_and_writes_nothing(world: World) -> None:
    world.registries[MODELERS].down = True
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    written = len(world.writes())
    world.registries[MODELERS].down = False
    report = world.run(dry_run=True)
    assert report.plan is not None
    assert not report.plan.builds
    assert {move.registry for move in report.plan.moves} == {"modelers"}
    assert len(world.writes()) == written
    assert isinstance(newest(world).unfinished[0], Unfinished)


@pytest.mark.parametrize("point", ["publish:contents", "publish:committed", "publish:tag", "release:outcome"])
def test_a_run_that_dies_beside_a_dead_registry(world: World, point: str) -> None:
    world.registries[MODELERS].down = True
    world.change("mid/mid.txt", "mid 2\n")
    world.told.at_point = lambda passed: world.die() if passed == point else None
    with pytest.raises(Killed):
        world.run()
    world.revive()
    assert world.run().exit_code == 0
    expect_others(world)
    assert waits(newest(world)) == {(MID, "modelers"), (TOP, "modelers")}
    assert states(world)["modelers"] is DestinationState.LAGGING
    expect_idle(world, 1)
    catches_up(world)


def test_several_optional_registries_do_not_wait_for_each_other(world: World) -> None:
    second = WITH_MODELERS.replace(
        "  modelers:", "  spare: {prefix: spare.test/us, required: false}\n  modelers:"
    ).replace("quay, modelers]", "quay, spare, modelers]")
    world.add_registry("spare", "spare.test")
    world.change_all({"publisher.yml": second, "mid/mid.txt": "mid 2\n"})

    def both_fail(host: str, asked: Asked) -> None:
        if host in (MODELERS, "spare.test") and is_tag_move(asked):
            raise RegistryError("not today", where=host)

    world.on_write = both_fail
    assert world.run().exit_code == 0
    assert states(world)["spare"] is states(world)["modelers"] is DestinationState.LAGGING
    for host in (HUB, QUAY):
        assert world.tags(host)["mid"]["latest"] == world.tags(host)["mid"]["v1"]
    world.revive()
    assert world.run().exit_code == 0
    assert set(states(world).values()) == {DestinationState.COMPLETE}
