"""Whole runs on fakes: what is built, moved and recorded."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.errors import (
    PlanError,
    UsageError,
)
from publisher.oci.reference import Repository, is_reserved_tag
from publisher.records.evidence import EvidenceKind
from tests.unit.steps.world import (
    FILES,
    HUB,
    MID,
    OS,
    QUAY,
    SETTINGS,
    SIDE,
    TOP,
    World,
    moved,
)


def test_the_first_release_publishes_everything(published: World) -> None:
    published.expect_published()
    (record,) = published.records()
    assert {item.image.target for item in record.images} == {OS, MID, SIDE, TOP}
    assert moved(record) == {
        ("hub", "mid:v1"), ("hub", "mid:latest"), ("hub", "side:v1"), ("hub", "top:v1"), ("hub", "top:one"),
        ("quay", "mid:v1"), ("quay", "mid:latest"), ("quay", "top:v1"), ("quay", "top:one"),
    }  # fmt: skip
    assert all(move.previous is None for move in record.moves)
    assert not record.unfinished
    assert "r-1" in published.forge.releases


def test_internal_layers_have_permanent_tags_only(published: World) -> None:
    for host in (HUB, QUAY):
        names = published.registries[host].tagged["us/layers"]
        (permanent,) = [tag for tag in names if tag.startswith("d-")]
        assert all(is_reserved_tag(tag) for tag in names)
        published.expect_evidence(Repository(f"{host}/us/layers"), names[permanent])
        assert "us/os" not in published.registries[host].manifests


def test_the_same_head_again_does_nothing(world: World) -> None:
    assert world.run().nothing_to_do
    assert world.writes() == []


def test_a_readme_changes_nothing_and_writes_nothing(world: World) -> None:
    world.change("README.md", "# New\n")
    report = world.run()
    assert (report.exit_code, report.record) == (0, None)
    assert report.plan is not None
    assert report.plan.is_empty
    assert world.writes() == []


def test_exactly_what_changed_and_its_descendants_are_built(world: World) -> None:
    before = world.all_tags()
    world.change("mid/mid.txt", "mid 2\n")
    report = world.run()
    assert sorted(world.builder.builds[-2:]) == [MID, TOP]
    assert len(world.builder.builds) == 6
    assert report.record is not None
    assert {item.image.target for item in report.record.images} == {MID, TOP}
    assert world.all_tags()[HUB]["side"] == before[HUB]["side"]
    assert {move.previous for move in report.record.moves if move.tag == "one"} == {before[HUB]["top"]["one"]}
    world.expect_published()


def test_a_dry_run_shows_the_plan_and_writes_nothing(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    report = world.run(dry_run=True)
    assert report.plan is not None
    assert [build.target for build in report.plan.builds] == [MID, TOP]
    assert report.record is None
    assert world.writes() == []


def test_without_a_record_a_base_is_required(tmp_path: Path) -> None:
    world = World(tmp_path)
    with pytest.raises(UsageError, match="no base"):
        world.run()
    assert world.writes() == []


def test_a_head_beside_the_released_one_is_refused(world: World) -> None:
    released = world.git.newest
    assert released is not None
    world.git.newest = None
    world.change("mid/mid.txt", "beside\n")
    with pytest.raises(PlanError, match="does not descend"):
        world.run("empty")
    assert world.writes() == []


def test_an_older_head_is_refused(world: World) -> None:
    """A run that was started late must not put tags back to what its commit says."""
    older = world.git.resolve("HEAD")
    world.change("mid/mid.txt", "mid 2\n")
    assert world.run().exit_code == 0
    before, written = world.all_tags(), len(world.writes())
    for base in (None, "empty"):
        with pytest.raises(PlanError, match="does not descend"):
            world.runner(base=base).run(older)
    assert len(world.writes()) == written
    assert world.all_tags() == before


def test_a_changed_smoke_test_tests_again_without_building(world: World) -> None:
    built, before = len(world.builder.builds), world.all_tags()
    world.change("mid/smoke.yml", FILES["mid/smoke.yml"].replace("speaks", "talks"))
    report = world.run()
    assert report.exit_code == 0
    assert len(world.builder.builds) == built
    assert len(world.engine.ran) == 1
    assert report.record is not None
    assert [item.image.target for item in report.record.images] == [MID]
    assert report.record.moves == ()
    assert world.all_tags() == before
    index = world.tags(HUB)["mid"]["v1"]
    for item in report.record.images[0].image.referrers:
        assert item.digest in world.registries[HUB].manifests["us/mid"]
    results = [one for one in report.record.images[0].image.referrers if one.kind is EvidenceKind.TEST_RESULT]
    assert len(results) == 1, "the record names the new result, not the old one beside it"
    assert report.record.images[0].image.digest == index
    assert world.run().nothing_to_do


def test_a_policy_that_asks_for_more_tests_again_without_building(world: World) -> None:
    built, before = len(world.builder.builds), world.all_tags()
    tested = len(world.engine.ran)
    world.change("publisher.yml", SETTINGS.replace("untested", "emulated"))
    report = world.run()
    assert report.plan is not None
    assert {test.target for test in report.plan.tests} == {OS, MID, SIDE, TOP}
    assert (report.plan.builds, report.plan.moves) == ((), ())
    assert report.exit_code == 5, "os and side have no smoke test, which the policy does not allow any more"
    assert report.record is not None
    assert {item.target for item in report.record.unfinished} >= {OS, SIDE}
    assert len(world.builder.builds) == built
    assert len(world.engine.ran) == tested, "what was tested as well as that counts"
    assert world.all_tags() == before


def test_an_added_alias_is_a_move_without_a_build(world: World) -> None:
    built = len(world.builder.builds)
    world.change("top/meta.yml", FILES["top/meta.yml"].replace("[one]", "[one, two]"))
    report = world.run()
    assert report.record is not None
    assert moved(report.record) == {("hub", "top:two"), ("quay", "top:two")}
    assert len(world.builder.builds) == built
    world.expect_published()


def test_an_added_registry_receives_everything_and_the_whole_chain(world: World) -> None:
    built = len(world.builder.builds)
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    world.change("publisher.yml", SETTINGS.replace("[side], to: [hub]", "[side], to: [hub, quay]"))
    report = world.run()
    assert report.record is not None
    assert moved(report.record) == {("quay", "side:v1")}
    assert len(world.builder.builds) == built + 2
    world.expect_published()


def test_a_removed_tag_is_retired_and_stays(world: World) -> None:
    world.change("top/meta.yml", FILES["top/meta.yml"].replace(", aliases: [one]", ""))
    report = world.run()
    assert report.plan is not None
    assert [item.tag for item in report.plan.retired] == ["one"]
    assert "one" in world.tags(HUB)["top"]


def test_several_jobs_give_the_same_tags(tmp_path: Path) -> None:
    worlds = [World(tmp_path / str(jobs)) for jobs in (1, 4)]
    for world, jobs in zip(worlds, (1, 4), strict=True):
        world.builder.drifts = False
        assert world.run("empty", jobs=jobs).exit_code == 0
        world.expect_published()
    assert worlds[0].all_tags() == worlds[1].all_tags()
