"""Rolling back and thawing, on fakes: tags, holds, proofs, strangers, and runs that die on the way."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.catalog.target import TargetId
from publisher.errors import PlanError, RegistryError, TagMoved, UsageError, VerifyError
from publisher.oci.digest import Digest
from publisher.oci.reference import Reference, Repository
from publisher.records.evidence import INDEX_EVIDENCE, PLATFORM_EVIDENCE, EvidenceKind
from publisher.records.release import RecordKind
from publisher.steps.amendment import Amender, Amendment
from publisher.steps.rollback import RollbackOptions, RollbackStep
from tests.fakes.engine import FakeImage
from tests.unit.steps.amending import edit, names, rollback, thaw, version
from tests.unit.steps.world import AMD64, HUB, MID, OS, QUAY, SIDE, TOP, Killed, World, moved


def test_every_name_goes_back_everywhere_and_the_record_says_so(world: World) -> None:
    edit(world, "mid", "second")
    report = rollback(world, "mid:latest", "1", reason="the second hangs")
    assert report.exit_code == 0
    assert names(world, MID) == {version(world, MID, 1)}
    record = world.records()[-1]
    assert record.kind is RecordKind.ROLLBACK
    assert record.why == "the second hangs"
    assert moved(record) == {(r, f"mid:{tag}") for r in ("hub", "quay") for tag in ("v1", "latest")}
    (hold,) = record.holds
    assert (hold.target, hold.digest, hold.since) == (MID, version(world, MID, 1), 3)
    assert hold.build_ids == {AMD64: world.build_id(MID)}
    world.expect_whole()
    world.expect_chain()


def test_a_digest_or_its_begin_names_a_version_too(world: World) -> None:
    edit(world, "mid", "second")
    older = version(world, MID, 1)
    rollback(world, MID, older.hex[:12])
    assert names(world, MID) == {older}


def test_a_dry_run_writes_nothing_and_shows_it_all(world: World) -> None:
    edit(world, "mid", "second")
    written, shown = len(world.writes()), list[Amendment]()
    amender = Amender(world.runner(dry_run=True), shown.append)
    report = RollbackStep(amender).run(world.git.resolve("HEAD"), RollbackOptions(MID, "1"))
    assert len(world.writes()) == written
    assert report.record is None
    (amendment,) = shown
    assert len(amendment.moves) == 4
    assert {cost.moves for cost in (amendment.costs or {}).values()} == {2}


def test_a_later_merge_leaves_held_tags_alone_until_it_builds_something_else(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    older = version(world, MID, 1)
    edit(world, "side", "unrelated")
    assert names(world, MID) == {older}
    assert [hold.target for hold in world.records()[-1].holds] == [MID]
    assert world.run("empty").exit_code == 0, "even a run of everything"
    assert names(world, MID) == {older}
    edit(world, "mid", "third")
    assert names(world, MID) == {version(world, MID, len(world.records()))} != {older}
    assert not world.records()[-1].holds
    world.expect_published()


def test_the_first_edition_again_ends_the_hold_without_a_move(world: World) -> None:
    first = world.content["mid/mid.txt"]
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    edit(world, "mid", first)
    assert not world.records()[-1].holds
    assert names(world, MID) == {version(world, MID, 1)}
    world.expect_published()


def test_a_failed_build_ends_no_hold(world: World) -> None:
    """Else a merge that takes the change back would bring what was rolled back."""
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"speaks"}))
    world.change("mid/mid.txt", "third")
    assert world.run().exit_code == 5
    assert [hold.target for hold in world.records()[-1].holds] == [MID]
    world.engine.otherwise = FakeImage(obliging=True)
    edit(world, "mid", "second")
    assert names(world, MID) == {version(world, MID, 1)}
    assert [hold.target for hold in world.records()[-1].holds] == [MID]
    edit(world, "mid", "third")
    assert names(world, MID) == {version(world, MID, len(world.records()))}


def test_a_new_alias_of_a_held_target_waits_for_its_thaw(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    world.change("mid/meta.yml", world.content["mid/meta.yml"].replace("smoke:", "aliases: [more], smoke:"))
    report = world.run()
    assert report.plan is not None
    (held,) = report.plan.held
    assert {(move.registry, move.tag) for move in held.moves} == {("hub", "more"), ("quay", "more")}
    assert "more" not in world.tags(HUB)["mid"]
    edit(world, "side", "a release of something else")
    assert "more" not in world.tags(HUB)["mid"]
    thaw(world, MID)
    assert names(world, MID) == {version(world, MID, 2)}
    assert "more" in world.tags(HUB)["mid"]
    world.expect_published()


def test_a_thaw_moves_to_what_was_built_meanwhile(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1")
    report = thaw(world, "mid:latest")
    assert report.exit_code == 0
    assert world.records()[-1].kind is RecordKind.THAW
    assert not world.records()[-1].holds
    world.expect_published()
    assert thaw(world, MID).amendment.is_empty, "the same words again, as after a crash"
    edit(world, "side", "next")
    with pytest.raises(UsageError, match="not held"):
        thaw(world, MID)


def test_a_second_rollback_holds_back_the_same_builds(world: World) -> None:
    edit(world, "mid", "second")
    edit(world, "mid", "third")
    rollback(world, MID, "2")
    rollback(world, MID, "1")
    (hold,) = world.records()[-1].holds
    assert hold.build_ids == {AMD64: world.build_id(MID)}
    assert hold.since == 5
    assert world.run("empty").exit_code == 0
    assert names(world, MID) == {version(world, MID, 1)}
    rollback(world, MID, "2")
    assert names(world, MID) == {version(world, MID, 2)}, "a held target may go forward again"
    with pytest.raises(UsageError, match="newest version") as raised:
        rollback(world, MID, "3")
    assert "thaw mid:v1" in raised.value.hint


def test_descendants_go_to_what_was_built_on_the_older_version(world: World) -> None:
    edit(world, "mid", "second")
    edit(world, "top", "with the second")
    report = rollback(world, MID, "1", along=True)
    assert [switch.target for switch in report.amendment.switches] == [MID, TOP]
    assert names(world, TOP) == {version(world, TOP, 1)}
    assert [hold.target for hold in world.records()[-1].holds] == [MID, TOP]
    world.expect_whole()


def test_a_descendant_without_a_version_on_it_is_named_and_stays(world: World) -> None:
    edit(world, "mid", "second")
    world.change_all({
        "new/meta.yml": 'v1: {path: Dockerfile, base: "mid:v1"}\n',
        "new/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY new.txt /\n",
        "new/new.txt": "new\n",
    })  # fmt: skip
    assert world.run().exit_code == 0
    before = names(world, TargetId("new:v1"))
    report = rollback(world, MID, "1", along=True)
    assert [item.target for item in report.amendment.staying] == ["new:v1"]
    assert names(world, TargetId("new:v1")) == before


def test_an_internal_layer_has_no_tags_but_descendants(world: World) -> None:
    edit(world, "os", "second")
    with pytest.raises(UsageError, match="internal layer") as raised:
        rollback(world, OS, "1")
    assert "--with-descendants" in raised.value.hint
    report = rollback(world, OS, "1", along=True)
    assert {switch.target for switch in report.amendment.switches} == {MID, SIDE, TOP}
    for target in (MID, SIDE, TOP):
        assert names(world, target) == {version(world, target, 1)}
    world.expect_whole()


@pytest.mark.parametrize(
    ("name", "to", "said"),
    [
        ("mid:v1", "2", "names .* already"),
        ("mid:v1", "9", "no release record 9"),
        ("mid:v1", "0", "no release record 0"),
        ("mid:v1", "f" * 12, "no version of mid:v1"),
        ("mid:v1", "ffff", "neither"),
        ("mid:v1", "--force", "neither"),
        ("mid:v2", "1", "did you mean mid:v1"),
        ("nothing", "1", "no release record names"),
    ],
)
def test_what_cannot_be_is_said_before_anything_is_written(
    world: World, name: str, to: str, said: str
) -> None:
    edit(world, "mid", "second")
    written = len(world.writes())
    with pytest.raises(UsageError, match=said) as raised:
        rollback(world, name, to)
    assert len(world.writes()) == written
    if name == MID:
        assert "record    1" in raised.value.detail
        assert "(current)" in raised.value.detail


def test_an_older_head_is_refused(world: World) -> None:
    older = world.git.resolve("HEAD")
    edit(world, "mid", "second")
    with pytest.raises(PlanError, match="does not descend"):
        RollbackStep(Amender(world.runner())).run(older, RollbackOptions(MID, "1"))


@pytest.mark.parametrize(
    ("on_index", "kind"),
    [*((True, kind) for kind in INDEX_EVIDENCE), *((False, kind) for kind in PLATFORM_EVIDENCE)],
)
def test_a_version_that_does_not_verify_moves_nothing(
    world: World, on_index: bool, kind: EvidenceKind
) -> None:
    edit(world, "mid", "second")
    index = version(world, MID, 1)
    (platform,) = platforms(world, index)
    lose(world, index if on_index else platform, kind)
    written = len(world.writes())
    with pytest.raises(VerifyError, match="does not verify any more") as raised:
        rollback(world, MID, "1")
    assert kind.name.lower().replace("_", " ") in raised.value.detail
    assert len(world.writes()) == written


def test_another_proof_than_the_one_of_the_record_does_not_count(world: World) -> None:
    """Somebody with the key attached it later: what was released then is gone."""
    edit(world, "mid", "second")
    (platform,) = platforms(world, version(world, MID, 1))
    reference = Reference(Repository("staging.test/us/builds"), digest=platform)
    (sbom,) = world.signer.verified_predicates(reference, EvidenceKind.SBOM)
    lose(world, platform, EvidenceKind.SBOM)
    world.signer.attest(reference, EvidenceKind.SBOM, sbom + b" ")
    assert world.signer.verified_predicates(reference, EvidenceKind.SBOM)
    with pytest.raises(VerifyError, match="does not verify any more"):
        rollback(world, MID, "1")


def test_an_index_that_staging_lost_moves_nothing(world: World) -> None:
    edit(world, "mid", "second")
    del world.staging.manifests["us/builds"][version(world, MID, 1)]
    with pytest.raises(VerifyError) as raised:
        rollback(world, MID, "1")
    assert "staging lacks the index" in raised.value.detail


def test_what_an_earlier_run_committed_is_finished_first(world: World) -> None:
    def at_point(reached: str) -> None:
        if reached == "publish:committed":
            world.die()

    world.change("mid/mid.txt", "second")
    world.told.at_point = at_point
    with pytest.raises(Killed):
        world.run()
    world.revive()
    before, written = names(world, MID), len(world.writes())
    assert rollback(world, MID, "1", dry_run=True).exit_code == 0
    assert len(world.writes()) == written
    assert rollback(world, MID, "1").exit_code == 0
    assert names(world, MID) == before == {version(world, MID, 1)}
    assert world.records()[1].moves
    world.expect_chain()


def platforms(world: World, index: Digest) -> list[Digest]:
    return [item.digest for item in world.staging.manifests["us/builds"][index].manifests]


def lose(world: World, subject: Digest, kind: EvidenceKind) -> None:
    """Let staging lose a referrer."""
    held = world.staging.manifests["us/builds"]
    lost = [
        digest
        for digest, manifest in held.items()
        if manifest.subject
        and manifest.subject.digest == subject
        and manifest.annotations["dev.sigstore.bundle.predicateType"] == kind
    ]
    assert lost
    for digest in lost:
        del held[digest]
    listed = world.staging.tagged["us/builds"]
    listed.pop(subject.fallback_tag, None)


def test_contents_that_a_destination_lost_are_brought_back_first(world: World) -> None:
    edit(world, "mid", "second")
    older = version(world, MID, 1)
    path = world.registries[QUAY].manifests["us/mid"]
    for digest in (older, *platforms(world, older)):
        del path[digest]
    world.registries[QUAY].tagged["us/mid"].pop(older.permanent_tag)
    assert rollback(world, MID, "1").exit_code == 0
    world.expect_whole()


def test_a_stranger_stops_it_unless_forced(world: World) -> None:
    edit(world, "mid", "second")
    stranger = version(world, SIDE, 1)
    hub = world.registries[HUB]
    hub.manifests["us/mid"][stranger] = hub.manifests["us/side"][stranger]
    hub.tagged["us/mid"]["latest"] = stranger
    written = len(world.writes())
    with pytest.raises(TagMoved, match="somebody else moved") as raised:
        rollback(world, MID, "1")
    assert "hub.test/us/mid:latest names" in raised.value.detail
    assert len(world.writes()) == written
    assert rollback(world, MID, "1", force=True).exit_code == 0
    assert names(world, MID) == {version(world, MID, 1)}


def test_a_tag_that_somebody_rolled_back_by_hand_is_no_stranger(world: World) -> None:
    edit(world, "mid", "second")
    world.registries[HUB].tagged["us/mid"]["v1"] = version(world, MID, 1)
    assert rollback(world, MID, "1").exit_code == 0
    assert names(world, MID) == {version(world, MID, 1)}


POINTS = ("publish:contents", "publish:record-signed", "publish:committed", "publish:tags", "release:outcome")


@pytest.mark.parametrize("by_run", [True, False], ids=["run", "again"])
@pytest.mark.parametrize("point", POINTS)
def test_it_converges_wherever_it_died(world: World, point: str, by_run: bool) -> None:
    edit(world, "mid", "second")

    def at_point(reached: str) -> None:
        if reached == point:
            world.die()

    world.told.at_point = at_point
    with pytest.raises(Killed):
        rollback(world, MID, "1")
    world.revive()
    world.expect_whole()
    if by_run:
        assert world.run().exit_code == 0
        committed = len(world.records()) == 3
        assert committed is (POINTS.index(point) >= POINTS.index("publish:committed"))
        assert names(world, MID) == {version(world, MID, 1 if committed else 2)}
    assert rollback(world, MID, "1").exit_code == 0
    assert names(world, MID) == {version(world, MID, 1)}
    assert len(world.records()) == 3
    world.expect_whole()
    world.expect_chain()


def test_a_silent_required_registry_stops_it_before_anything_is_written(world: World) -> None:
    edit(world, "mid", "second")
    world.registries[QUAY].down = True
    written = len(world.writes())
    with pytest.raises(RegistryError, match="quay"):
        rollback(world, MID, "1")
    assert len(world.writes()) == written


def test_nothing_was_released(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing was released"):
        rollback(World(tmp_path), MID, "1")


def test_the_notes_tell_of_it(world: World) -> None:
    edit(world, "mid", "second")
    rollback(world, MID, "1", reason="it hangs")
    notes = world.forge.releases["r-3"].notes
    assert "rolled back to an older version" in notes
    assert "it hangs" in notes
    assert "## Held" in notes
