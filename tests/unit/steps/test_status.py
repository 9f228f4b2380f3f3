"""How tags stand: every standing, its repair, and how little is asked."""

from __future__ import annotations

from collections import Counter

import pytest

from publisher.errors import AccessDenied
from publisher.steps.standing import Standing
from tests.fakes.registry import Asked
from tests.unit.steps.amending import edit, rollback, thaw
from tests.unit.steps.looking import look, standings, statuses, strange
from tests.unit.steps.world import HUB, MID, QUAY, SETTINGS, SIDE, TOP, World

NEW = {"new/meta.yml": "v1: {path: Dockerfile}\n", "new/Dockerfile": "FROM debian:12\n"}


def test_all_is_in_place_after_a_run(world: World) -> None:
    report = look(world)
    assert {tag.standing for tag in report.tags} == {Standing.IN_PLACE}
    assert report.is_good
    assert Counter(tag.tag.registry for tag in report.tags) == {"hub": 6, "quay": 5}
    assert {tag.tag.name for tag in report.tags} == {
        "os:v1", "mid:v1", "mid:latest", "side:v1", "top:v1", "top:one",
    }  # fmt: skip


def test_nothing_is_written_and_each_thing_is_asked_once(world: World) -> None:
    started = len(world.log)
    timeline = world.records()
    reading = len(world.log)
    look(world)
    during = world.log[reading + (reading - started) :]
    asked = [(host, one) for host, one in during if host in (HUB, QUAY)]
    assert timeline
    assert not [one for _, one in during if one.writes]
    assert max(Counter(asked).values()) == 1
    methods = Counter(one.method for host, one in asked if host == HUB)
    assert methods == {"head_manifest": 6 + 4, "referrers": 2 * 4}


def test_quickly_only_tags_are_asked_for(world: World) -> None:
    registry = world.registries[QUAY]
    registry.tagged["us/mid"].pop(registry.tagged["us/mid"]["v1"].fallback_tag)
    before = len(registry.requests)
    assert look(world, "quay", quick=True).is_good
    asked = [one for one in registry.requests[before:] if "records" not in one.repository]
    assert Counter(one.method for one in asked) == {"head_manifest": 5}


def test_a_tag_that_is_gone(world: World) -> None:
    del world.registries[HUB].tagged["us/mid"]["v1"]
    (status,) = statuses(world).values()
    assert status.standing is Standing.MISSING
    assert status.repair == "publisher republish mid:v1 --registry hub"
    assert "names nothing instead of" in status.said


def test_a_tag_at_an_older_version_is_behind_and_at_a_strange_one_has_drifted(world: World) -> None:
    tagged = world.registries[HUB].tagged
    older = tagged["us/mid"]["v1"]
    edit(world, "mid", "second")
    tagged["us/mid"]["v1"] = older
    strange(world, HUB, "top", "one")
    found = statuses(world)
    assert {place: one.standing for place, one in found.items()} == {
        ("hub", "mid:v1"): Standing.BEHIND,
        ("hub", "top:one"): Standing.DRIFTED,
    }
    assert found["hub", "top:one"].repair == "publisher republish top:v1 --registry hub --force"
    assert not look(world).is_good


def test_evidence_or_a_platform_that_is_gone_makes_it_incomplete(world: World) -> None:
    registry = world.registries[QUAY]
    registry.tagged["us/mid"].pop(registry.tagged["us/mid"]["v1"].fallback_tag)
    index = registry.manifests["us/top"][registry.tagged["us/top"]["v1"]]
    registry.manifests["us/top"].pop(index.manifests[0].digest)
    found = statuses(world)
    assert {place: one.standing for place, one in found.items()} == dict.fromkeys(
        [("quay", name) for name in ("mid:v1", "mid:latest", "top:v1", "top:one")], Standing.INCOMPLETE
    )
    assert found["quay", "mid:v1"].said == "3 of 7 referrers are not listed at quay.test"
    assert found["quay", "top:v1"].said.startswith("1 of 1 platforms is not there")


def test_an_internal_layer_stands_by_its_permanent_tag(world: World) -> None:
    registry = world.registries[HUB]
    registry.tagged["us/layers"].clear()
    (status,) = statuses(world).values()
    assert (status.tag.name, status.standing) == ("os:v1", Standing.MISSING)
    assert status.repair == "publisher republish os:v1 --registry hub"


def test_what_is_held_is_good_and_names_what_ends_it(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    report = look(world)
    held = [tag for tag in report.tags if tag.standing is Standing.HELD]
    assert {(one.tag.registry, one.tag.name) for one in held} == {
        (registry, name) for registry in ("hub", "quay") for name in ("mid:v1", "mid:latest")
    }
    assert {one.repair for one in held} == {"publisher thaw mid:v1"}
    assert report.is_good
    thaw(world, MID)
    assert {tag.standing for tag in look(world).tags} == {Standing.IN_PLACE}


def test_what_was_declared_and_never_released(world: World) -> None:
    world.change_all(dict(NEW))
    report = look(world)
    new = [tag for tag in report.tags if tag.tag.target == "new:v1"]
    assert [(one.standing, one.repair) for one in new] == [(Standing.UNPUBLISHED, "publisher run")] * 2
    assert report.is_good


def test_a_change_that_was_not_released_yet_is_no_fault(world: World) -> None:
    world.change("mid/mid.txt", "second")
    assert look(world).is_good


def test_a_registry_that_is_new_lacks_everything(world: World) -> None:
    settings = SETTINGS.replace("routes:", "  third: {prefix: third.test/us}\nroutes:")
    world.add_registry("third", "third.test")
    world.change("publisher.yml", settings.replace('["*"], to: [hub, quay]', '["*"], to: [hub, quay, third]'))
    assert set(standings(world)) == {
        ("third", name) for name in ("os:v1", "mid:v1", "mid:latest", "top:v1", "top:one")
    }
    assert set(standings(world).values()) == {Standing.MISSING}


def test_a_silent_registry_is_said_and_the_others_are_looked_at(world: World) -> None:
    world.registries[QUAY].down = True
    del world.registries[HUB].tagged["us/side"]["v1"]
    report = look(world)
    assert set(report.silent) == {"quay"}
    assert {tag.standing for tag in report.tags if tag.tag.registry == "quay"} == {Standing.UNKNOWN}
    assert standings(world)["hub", "side:v1"] is Standing.MISSING
    assert not report.is_good


def test_a_refusal_concerns_what_was_refused(world: World) -> None:
    def refuse(asked: Asked) -> None:
        if asked.repository == "us/side":
            raise AccessDenied("no")

    world.registries[HUB].on_request = refuse
    assert standings(world) == {("hub", "side:v1"): Standing.UNKNOWN}


def test_before_the_first_release_everything_is_unpublished(world: World) -> None:
    empty = World(world.directory)
    report = look(empty)
    assert report.release is None
    assert {tag.standing for tag in report.tags} == {Standing.UNPUBLISHED}


@pytest.mark.parametrize("target", [SIDE, TOP])
def test_only_some_targets_are_looked_at(world: World, target: str) -> None:
    from publisher.records.timeline import Timeline
    from publisher.steps.status import StatusStep

    step = StatusStep(world.bench(), world.snapshot(), Timeline.of(world.records()))
    assert {tag.tag.target for tag in step.run([target]).tags} == {target}  # type: ignore[list-item]
