"""A rollback while an optional registry is away: nobody waits for it, and it follows when it is back."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.records.timeline import Timeline
from tests.unit.steps.amending import edit, names, rollback, thaw, version
from tests.unit.steps.world import FILES, HUB, MID, QUAY, SETTINGS, World

MODELERS = "modelers.test"
WITH_MODELERS = SETTINGS.replace(
    "routes:", "  modelers: {prefix: modelers.test/us, required: false}\nroutes:"
).replace('["*"], to: [hub, quay]', '["*"], to: [hub, quay, modelers]')


@pytest.fixture
def world(tmp_path: Path) -> World:
    """Two releases at three registries; then one goes away."""
    made = World(tmp_path, {**FILES, "publisher.yml": WITH_MODELERS})
    made.add_registry("modelers", MODELERS)
    made.first()
    edit(made, "mid", "second")
    made.registries[MODELERS].down = True
    return made


def there(world: World) -> set[str]:
    return set(world.tags(MODELERS)["mid"].values())


def test_it_follows_with_the_held_version(world: World) -> None:
    older, newer = version(world, MID, 1), version(world, MID, 2)
    assert rollback(world, MID, "1").exit_code == 0
    assert {(one.target, one.registry) for one in world.records()[-1].unfinished} == {(MID, "modelers")}
    assert world.run("empty").exit_code == 0, "while it is away"
    world.registries[MODELERS].down = False
    assert there(world) == {newer}
    assert world.run().exit_code == 0
    assert names(world, MID) == {older}
    assert there(world) == {older}
    assert not world.records()[-1].unfinished
    assert [hold.target for hold in world.records()[-1].holds] == [MID]
    newest = Timeline.of(world.records()).newest(MID)
    assert newest is not None
    assert newest.digest == newer
    written = len(world.writes())
    assert world.run().nothing_to_do
    assert len(world.writes()) == written
    thaw(world, MID)
    assert names(world, MID) == {newer}
    world.expect_whole()
    world.expect_chain()


def test_a_merge_that_arrives_nowhere_ends_no_hold(tmp_path: Path) -> None:
    only = WITH_MODELERS.replace("to: [hub, quay, modelers]", "to: [modelers]")
    world = World(tmp_path, {**FILES, "publisher.yml": only})
    world.add_registry("modelers", MODELERS)
    world.first()
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    held = there(world)
    world.registries[MODELERS].down = True
    edit(world, "mid", "third")
    assert [hold.target for hold in world.records()[-1].holds] == [MID]
    edit(world, "mid", "second")
    world.registries[MODELERS].down = False
    assert world.run().exit_code == 0
    assert there(world) == held, "what was rolled back does not come back"


def test_a_new_name_of_it_waits_for_the_thaw_there_too(world: World) -> None:
    rollback(world, MID, "1")
    world.change("mid/meta.yml", world.content["mid/meta.yml"].replace("smoke:", "aliases: [more], smoke:"))
    world.registries[MODELERS].down = False
    assert world.run().exit_code == 0
    assert set(world.tags(MODELERS)["mid"]) == {"v1", "latest"}
    assert there(world) == {version(world, MID, 1)}
    thaw(world, MID)
    assert "more" in world.tags(HUB)["mid"]
    assert "more" in world.tags(MODELERS)["mid"]


def test_a_thaw_and_another_rollback_while_it_is_away(world: World) -> None:
    rollback(world, MID, "1")
    thaw(world, MID)
    assert set(world.tags(QUAY)["mid"].values()) == {version(world, MID, 2)}
    rollback(world, MID, "1")
    world.registries[MODELERS].down = False
    assert world.run().exit_code == 0
    assert there(world) == {version(world, MID, 1)}
