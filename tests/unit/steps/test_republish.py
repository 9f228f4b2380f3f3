"""Bringing released versions back: what moves, what is left alone, what is recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import PlanError, RegistryUnreachable, TagMoved, UsageError
from publisher.records.release import RecordKind
from tests.unit.steps.amending import edit, rollback, version
from tests.unit.steps.looking import empty_out, republish, standings, strange
from tests.unit.steps.world import HUB, MID, QUAY, SETTINGS, Killed, World, moved

NEW = {"new/meta.yml": "v1: {path: Dockerfile}\n", "new/Dockerfile": "FROM debian:12\n"}


def add_third(world: World, options: str = "") -> None:
    """Route everything but `side` to another registry, and commit that."""
    settings = SETTINGS.replace("routes:", f"  third: {{prefix: third.test/us{options}}}\nroutes:")
    world.add_registry("third", "third.test")
    world.change("publisher.yml", settings.replace('["*"], to: [hub, quay]', '["*"], to: [hub, quay, third]'))


def test_what_is_in_place_is_left_and_nothing_is_recorded(world: World) -> None:
    records, written = len(world.records()), len(world.writes())
    report = republish(world, every=True)
    assert (report.exit_code, report.done.record, report.done.amendment.moves) == (0, None, ())
    assert (len(world.records()), len(world.writes())) == (records, written)


def test_a_tag_that_is_gone_comes_back_and_that_is_recorded(world: World) -> None:
    del world.registries[HUB].tagged["us/mid"]["v1"]
    report = republish(world, "mid:v1", registry="hub")
    assert report.exit_code == 0
    record = world.records()[-1]
    assert (record.kind, record.why) == (RecordKind.REPUBLISH, "Republish mid:v1 to hub")
    assert moved(record) == {("hub", "mid:v1")}
    assert (record.base, record.head) == (world.records()[0].base, world.records()[0].head)
    world.expect_published()
    assert republish(world, "mid:v1", registry="hub").done.record is None


def test_records_that_are_gone_come_back_too(world: World) -> None:
    world.registries[QUAY].tagged.clear()
    world.registries[QUAY].manifests.clear()
    assert republish(world, every=True, registry="quay").exit_code == 0
    world.expect_published()


@pytest.mark.parametrize("host", [HUB, QUAY])
def test_an_empty_registry_gets_everything_and_a_second_time_nothing(world: World, host: str) -> None:
    empty_out(world, host)
    name = host.partition(".")[0]
    report = republish(world, every=True, registry=name)
    assert report.exit_code == 0
    assert not standings(world)
    world.expect_published()
    written = len(world.writes())
    assert republish(world, every=True, registry=name).done.record is None
    assert len(world.writes()) == written


def test_a_registry_that_was_added_later_gets_everything_released(world: World) -> None:
    add_third(world)
    report = republish(world, every=True, registry="third")
    assert report.exit_code == 0
    assert not standings(world)
    assert set(world.tags("third.test")) == {"mid", "top"}
    assert {move.previous for move in world.records()[-1].moves} == {None}
    layers = world.registries["third.test"].tagged["us/layers"]
    assert any(tag.startswith("d-") for tag in layers)


def test_nothing_newer_than_what_was_released_comes_out(world: World) -> None:
    add_third(world)
    world.change("mid/mid.txt", "not released yet")
    republish(world, "mid", registry="third")
    assert world.tags("third.test")["mid"]["v1"] == world.tags(HUB)["mid"]["v1"] == version(world, MID, 1)
    assert world.run().exit_code == 0
    world.expect_published()


def test_layers_below_a_named_image_come_along(world: World) -> None:
    empty_out(world, QUAY)
    report = republish(world, "top", registry="quay")
    assert [item.image.target for item in report.done.amendment.images] == ["os:v1", "top:v1"]
    assert set(world.tags(QUAY)) == {"top"}
    assert any(tag.startswith("d-") for tag in world.registries[QUAY].tagged["us/layers"])


def test_what_is_held_comes_at_its_held_version(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    empty_out(world, QUAY)
    republish(world, "mid", registry="quay")
    assert set(world.tags(QUAY)["mid"].values()) == {version(world, MID, 1)}
    assert world.records()[-1].holds == world.records()[-2].holds != ()


def test_a_strangers_tag_is_left_alone_and_the_others_are_mended(world: World) -> None:
    theirs = strange(world, HUB, "mid", "v1")
    del world.registries[HUB].tagged["us/mid"]["latest"]
    report = republish(world, "mid", registry="hub")
    assert [type(error) for error in report.errors] == [TagMoved]
    assert report.exit_code == 7
    assert "hub.test/us/mid:v1 names" in report.errors[0].detail
    named = world.registries[HUB].tagged["us/mid"]
    assert (named["v1"], named["latest"]) == (theirs, version(world, MID, 1))
    forced = republish(world, "mid", registry="hub", force=True)
    assert forced.exit_code == 0
    assert world.records()[-1].moves[0].previous == theirs
    world.expect_published()


def test_evidence_that_is_gone_comes_back_without_a_move(world: World) -> None:
    registry = world.registries[QUAY]
    registry.tagged["us/mid"].pop(registry.tagged["us/mid"]["v1"].fallback_tag)
    report = republish(world, "mid:v1", registry="quay")
    assert report.done.amendment.moves == ()
    assert world.records()[-1].kind is RecordKind.REPUBLISH
    world.expect_published()


def test_a_blob_that_is_gone_comes_back_when_every_blob_is_asked_for(world: World) -> None:
    blobs = world.registries[HUB].blobs["us/mid"]
    lost = list(blobs)[:2]
    for digest in lost:
        del blobs[digest]
    assert republish(world, "mid").done.record is None
    assert not blobs.keys() & set(lost)
    assert republish(world, "mid", thorough=True).exit_code == 0
    assert set(lost) <= blobs.keys()
    written = len(world.writes())
    assert republish(world, "mid", thorough=True).done.record is None
    assert len(world.writes()) == written


def test_a_dry_run_shows_the_moves_and_the_cost_and_writes_nothing(world: World) -> None:
    empty_out(world, QUAY)
    written = len(world.writes())
    report = republish(world, every=True, registry="quay", dry_run=True)
    assert len(report.done.amendment.moves) == 4
    assert {name: cost.moves for name, cost in (report.done.amendment.costs or {}).items()} == {"quay": 4}
    assert len(world.writes()) == written


def test_a_registry_that_fails_moves_nothing_and_records_nothing(world: World) -> None:
    empty_out(world, QUAY)
    del world.registries[HUB].tagged["us/mid"]["v1"]
    world.registries[QUAY].fail_next("put_manifest", RegistryUnreachable("gone"), times=1000)
    records = len(world.records())
    report = republish(world, "mid")
    assert report.exit_code == 7
    assert "v1" not in world.registries[HUB].tagged["us/mid"]
    assert len(world.records()) == records


def test_a_silent_registry_ends_it_before_anything_is_done(world: World) -> None:
    del world.registries[HUB].tagged["us/mid"]["v1"]
    world.registries[QUAY].down = True
    written = len(world.writes())
    with pytest.raises(RegistryUnreachable, match="quay"):
        republish(world, "mid")
    assert len(world.writes()) == written
    assert republish(world, "mid", registry="hub", dry_run=True).exit_code == 0


def test_what_was_never_released_is_answered_with_what_releases_it(world: World) -> None:
    world.change_all(dict(NEW))
    with pytest.raises(UsageError, match="never released") as caught:
        republish(world, "new")
    assert "`publisher run`" in caught.value.hint
    assert republish(world, every=True).skipped == ("new:v1",)


@pytest.mark.parametrize(
    ("names", "registry", "said"),
    [
        (("nothing",), None, "the catalog declares no 'nothing'"),
        (("mid",), "hbu", "there is no registry 'hbu'"),
        (("side",), "quay", "side does not go to quay"),
    ],
)
def test_names_that_mean_nothing_here(
    world: World, names: tuple[str, ...], registry: str | None, said: str
) -> None:
    with pytest.raises(UsageError, match=said):
        republish(world, *names, registry=registry)


def test_before_the_first_release_there_is_nothing_to_bring(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was released yet"):
        republish(World(tmp_path), "mid")


def test_an_older_head_is_refused(world: World) -> None:
    first = world.git.resolve("HEAD")
    edit(world, "mid", "second")
    from publisher.steps.amendment import Amender
    from publisher.steps.republish import RepublishOptions, RepublishStep

    with pytest.raises(PlanError, match="does not descend"):
        RepublishStep(Amender(world.runner())).run(first, RepublishOptions(("mid",)))


def test_a_run_that_dies_after_the_commit_is_finished_by_whatever_comes_next(world: World) -> None:
    empty_out(world, QUAY)
    world.told.at_point = lambda point: world.die() if point == "publish:committed" else None
    with pytest.raises(Killed):
        republish(world, every=True, registry="quay")
    world.revive()
    assert set(world.tags(QUAY)) == set()
    assert republish(world, "mid", registry="quay").exit_code == 0
    world.expect_published()
