"""Taking tags over: what is found, what is left out, and what later plans make of it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog.lock import Lock
from publisher.catalog.lock_file import read_lock, write_lock
from publisher.catalog.target import TargetId
from publisher.errors import AccessDenied
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.plan import Plan, Reason, ReasonCode
from publisher.records.release import RecordKind
from publisher.records.timeline import Timeline
from publisher.steps.adopt import AdoptStep, Looked, asked_of, lock_with, plan_after
from publisher.steps.adoption import Doubt
from publisher.steps.chain import StoredRecord
from publisher.steps.refresh import with_generations
from publisher.steps.standing import Standing
from publisher.steps.worktree import Worktree
from tests.fakes.registry import Asked
from tests.unit.steps.foreign import push_foreign, push_single
from tests.unit.steps.looking import look, standings
from tests.unit.steps.world import FILES, HUB, MID, OS, QUAY, SETTINGS, SIDE, STAGING, TOP, World

ARM64 = Platform("linux/arm64")
PUBLIC = {**FILES, "os/meta.yml": "v1: {path: Dockerfile}\n"}
TAGS = [("os", "v1"), ("mid", "v1"), ("mid", "latest"), ("top", "v1"), ("top", "one")]


@pytest.fixture
def old(tmp_path: Path) -> World:
    """A catalog whose tags somebody else published at both registries; `side` never was."""
    world = World(tmp_path, PUBLIC)
    for registry in (world.registries[HUB], world.registries[QUAY]):
        for image, tag in TAGS:
            push_foreign(registry, f"us/{image}", tag, image)
    return world


def step_of(world: World, registry: str | None = None) -> AdoptStep:
    runner = world.runner()
    timeline = Timeline.of(stored.record for stored in runner.chain.walk())
    return AdoptStep(runner.bench, world.snapshot(), timeline, world.snapshot().lock.adopted, registry)


def found_in(world: World, registry: str | None = None) -> Looked:
    step = step_of(world, registry)
    return step.look(step.places())


def worktree(world: World) -> Worktree:
    snapshot = world.snapshot()
    return Worktree(world.git.files(snapshot.commit), snapshot, snapshot)


def adopt(world: World, registry: str | None = None) -> tuple[StoredRecord, Lock]:
    """Adopt HEAD, and commit the lock."""
    step, runner = step_of(world, registry), world.runner()
    looked = step.look(step.places())
    assert not looked.errors
    lock = lock_with(step.snapshot, worktree(world), looked.adoption.locked)
    last = runner.chain.head()
    stored, _ = step.commit(runner, last, looked.adoption)
    world.change("publisher.lock", write_lock(lock).decode())
    return stored, lock


def doubts(looked: Looked) -> dict[tuple[TargetId, str], Doubt]:
    return {(one.target, one.registry): one.doubt for one in looked.adoption.findings}


def moves(plan: Plan | None) -> Mapping[tuple[str, str], Digest | None]:
    assert plan is not None
    return {(move.registry, f"{move.image}:{move.tag}"): move.expected for move in plan.moves}


class TestLooking:
    """What registries say."""

    def test_tags_are_asked_once_and_each_image_is_read_once(self, old: World) -> None:
        step = step_of(old)
        places = step.places()
        assert asked_of(places) == {"hub": 6, "quay": 5}
        before = len(old.log)
        looked = step.look(places)
        asked = Counter(one.method for _, one in old.log[before:])
        assert asked == {"head_manifest": 11, "get_manifest": 3}
        assert set(looked.adoption.locked) == {OS, MID, TOP}
        assert len(looked.adoption.tags) == 10
        assert doubts(looked) == {(SIDE, ""): Doubt.ABSENT}

    def test_the_lock_has_the_platforms_the_index_and_where_to_fetch_from(self, old: World) -> None:
        locked = found_in(old).adoption.locked[MID]
        index = old.registries[HUB].tagged["us/mid"]["v1"]
        assert (locked.source, locked.index) == ("hub.test/us/mid", index)
        listed = old.registries[HUB].manifests["us/mid"][index].manifests
        assert locked.digests == {item.platform: item.digest for item in listed}

    def test_docker_hub_is_read_only_where_nobody_else_has_it(self, tmp_path: Path) -> None:
        files = {**PUBLIC, "publisher.yml": SETTINGS.replace("prefix: hub.test/us", "prefix: docker.io/us")}
        world = World(tmp_path, files)
        world.add_registry("hub", "docker.io")
        for host in ("docker.io", QUAY):
            push_foreign(world.registries[host], "us/mid", "v1", "mid")
        push_foreign(world.registries["docker.io"], "us/side", "v1", "side")
        before = len(world.log)
        looked = found_in(world)
        read = [(host, one.repository) for host, one in world.log[before:] if one.method == "get_manifest"]
        assert {place for place in read if place[0] != STAGING} == {
            (QUAY, "us/mid"),
            ("docker.io", "us/side"),
        }
        assert looked.adoption.locked[MID].source == "docker.io/us/mid"

    def test_an_image_without_an_index_is_read_by_its_configuration(self, old: World) -> None:
        digest = push_single(old.registries[HUB], "us/side", "v1")
        locked = found_in(old).adoption.locked[SIDE]
        assert (dict(locked.digests), locked.index) == ({Platform("linux/amd64"): digest}, None)

    def test_other_manifests_at_another_registry_are_a_conflict_that_a_person_decides(
        self, old: World
    ) -> None:
        push_foreign(old.registries[QUAY], "us/mid", "v1", "another")
        looked = found_in(old)
        assert doubts(looked)[MID, ""] is Doubt.CONFLICT
        assert MID not in looked.adoption.locked
        assert not [tag for tag in looked.adoption.tags if tag.target == MID]
        assert MID in found_in(old, "quay").adoption.locked

    def test_other_platforms_than_those_declared(self, old: World) -> None:
        for registry in (old.registries[HUB], old.registries[QUAY]):
            push_foreign(registry, "us/mid", "v1", "mid", ARM64)
        assert doubts(found_in(old))[MID, ""] is Doubt.PLATFORMS
        old.change("publisher.yml", SETTINGS.replace("[linux/amd64]", "[linux/amd64, linux/arm64]"))
        looked = found_in(old)
        assert doubts(looked)[MID, ""] is Doubt.INCOMPLETE
        assert set(looked.adoption.locked[MID].digests) == {ARM64}

    def test_an_alias_is_taken_as_it_is(self, old: World) -> None:
        theirs = push_foreign(old.registries[HUB], "us/top", "one", "another")
        del old.registries[QUAY].tagged["us/top"]["one"]
        looked = found_in(old)
        assert doubts(looked)[TOP, "hub"] is Doubt.DIFFERS
        assert doubts(looked)[TOP, "quay"] is Doubt.MISSING
        named = {(tag.registry, tag.tag): tag.digest for tag in looked.adoption.tags if tag.target == TOP}
        assert named["hub", "one"] == theirs
        assert ("quay", "one") not in named

    def test_what_could_not_be_asked_is_told_and_not_adopted(self, old: World) -> None:
        def refuse(asked: Asked) -> None:
            if asked.repository == "us/mid":
                raise AccessDenied("no")

        old.registries[QUAY].on_request = refuse
        looked = found_in(old)
        assert {place.image for place in looked.errors} == {"mid"}
        assert set(looked.adoption.locked) == {OS, TOP}

    def test_an_optional_registry_that_is_silent_is_as_if_nobody_had_asked_it(self, old: World) -> None:
        optional = SETTINGS.replace("quay.test/us}", "quay.test/us, required: false}")
        old.change("publisher.yml", optional)
        old.registries[QUAY].down = True
        looked = found_in(old)
        assert {place.registry for place in looked.errors} == {"quay"}
        assert set(looked.adoption.locked) == {OS, MID, TOP}


class TestRecord:
    """What is written, and where it goes on from there."""

    def test_the_chain_begins_at_the_adopted_commit(self, old: World) -> None:
        commit = old.git.resolve("HEAD").oid
        stored, _ = adopt(old)
        record = stored.record
        assert (record.sequence, record.kind, record.head, record.base) == (
            1,
            RecordKind.ADOPT,
            commit,
            commit,
        )
        assert (record.images, record.moves, len(record.adopted)) == ((), (), 10)
        old.expect_chain()

    def test_nothing_is_copied_moved_or_deleted_where_images_are(self, old: World) -> None:
        before, written = old.all_tags(), len(old.writes())
        adopt(old)
        assert old.all_tags() == before
        assert {one.repository for _, one in old.writes()[written:]} == {"us/publisher-records"}

    def test_a_second_time_there_is_nothing_to_do_and_the_lock_keeps_its_dates(self, old: World) -> None:
        _, lock = adopt(old)
        step = step_of(old)
        assert set(step.places().values()) == {SIDE}
        looked = step.look(step.places())
        assert looked.adoption.tags == ()
        assert lock_with(step.snapshot, worktree(old), looked.adoption.locked) == lock

    def test_another_registry_is_added_later_and_must_agree_with_the_lock(self, old: World) -> None:
        push_foreign(old.registries[QUAY], "us/mid", "v1", "another")
        first, lock = adopt(old, "hub")
        assert {tag.registry for tag in first.record.adopted} == {"hub"}
        looked = found_in(old)
        assert doubts(looked)[MID, ""] is Doubt.CONFLICT
        assert "publisher.lock" in next(one.said for one in looked.adoption.findings if one.target == MID)
        second, after = adopt(old)
        assert {(tag.registry, tag.target) for tag in second.record.adopted} == {("quay", OS), ("quay", TOP)}
        assert (second.record.sequence, second.record.head) == (2, first.record.head)
        assert after == lock

    def test_what_was_released_is_never_adopted(self, world: World) -> None:
        assert step_of(world).places() == {}

    def test_status_knows_them(self, old: World) -> None:
        adopt(old)
        report = look(old)
        assert report.is_good
        assert Counter(tag.standing for tag in report.tags) == {Standing.ADOPTED: 10, Standing.UNPUBLISHED: 1}
        push_foreign(old.registries[HUB], "us/mid", "v1", "drifted")
        assert standings(old)["hub", "mid:v1"] is Standing.DRIFTED

    def test_a_change_between_the_adopted_commit_and_the_working_tree_is_built(self, old: World) -> None:
        step = step_of(old)
        looked = step.look(step.places())
        old.change("mid/mid.txt", "newer")
        lock = lock_with(step.snapshot, worktree(old), looked.adoption.locked)
        assert set(lock.adopted) == {OS}
        plan = plan_after(step.snapshot, worktree(old), lock)
        assert {build.target for build in plan.builds} == {MID, TOP, SIDE}

    def test_the_lock_that_is_written_can_be_read(self, old: World) -> None:
        _, lock = adopt(old)
        assert read_lock("publisher.lock", write_lock(lock)) == lock


class TestLaterPlans:
    """What a merge does to what was adopted."""

    @pytest.fixture
    def adopted(self, old: World) -> World:
        push_foreign(old.registries[HUB], "us/side", "v1", "side")
        adopt(old)
        return old

    def test_a_merge_that_does_not_touch_it_leaves_it(self, adopted: World) -> None:
        before = adopted.all_tags()
        adopted.change("README.md", "# More\n")
        report = adopted.run()
        assert (report.exit_code, report.record) == (0, None)
        assert report.plan is not None
        assert report.plan.is_empty
        assert not report.plan.problems
        assert adopted.all_tags() == before

    def test_its_change_is_not_built_while_the_lock_says_adopted_and_somebody_hears_of_it(
        self, adopted: World
    ) -> None:
        adopted.change("top/top.txt", "newer")
        report = adopted.run()
        assert report.plan is not None
        assert report.plan.is_empty
        assert [problem.rule for problem in report.plan.problems] == ["P019"]

    def test_what_is_built_on_it_is_built_on_the_adopted_digest(self, adopted: World) -> None:
        lock = adopted.snapshot().lock
        without = replace(lock, adopted={t: entry for t, entry in lock.adopted.items() if t != MID})
        adopted.change("publisher.lock", write_lock(without).decode())
        report = adopted.run()
        assert report.exit_code == 0, [str(error) for error in report.errors]
        assert report.plan is not None
        (build,) = report.plan.builds
        assert build.target == MID
        assert build.reasons == (Reason(ReasonCode.PARENT_CHANGED, OS),)
        inputs = adopted.snapshot().inputs[MID][Platform("linux/amd64")]
        assert [base.locked for base in inputs.bases] == [lock.adopted[OS]]

    def test_when_it_is_asked_for_it_is_built_and_moves_from_the_adopted_digest(self, adopted: World) -> None:
        theirs = {place: adopted.tags(place)["top"]["v1"] for place in (HUB, QUAY)}
        lock = adopted.snapshot().lock
        raised = with_generations(lock, [TOP], "openssl", adopted.bench().now())
        assert TOP not in raised.adopted
        adopted.change("publisher.lock", write_lock(raised).decode())
        report = adopted.run()
        assert report.exit_code == 0
        assert moves(report.plan)["hub", "top:v1"] == theirs[HUB]
        assert moves(report.plan)["quay", "top:v1"] == theirs[QUAY]
        assert {tag.standing for tag in look(adopted).tags if tag.tag.target == TOP} == {Standing.IN_PLACE}
        adopted.expect_chain()

    def test_a_new_registry_or_a_changed_test_does_not_touch_it(self, adopted: World) -> None:
        settings = SETTINGS.replace("routes:", "  third: {prefix: third.test/us}\nroutes:")
        adopted.add_registry("third", "third.test")
        routed = settings.replace('["*"], to: [hub, quay]', '["*"], to: [hub, quay, third]')
        smoke = adopted.content["top/smoke.yml"].replace("sings", "sings louder")
        adopted.change_all({"publisher.yml": routed, "top/smoke.yml": smoke})
        report = adopted.run()
        assert report.exit_code == 0
        assert report.plan is not None
        assert report.plan.is_empty
        assert not adopted.tags("third.test")


def test_what_was_adopted_already_is_not_called_absent_where_another_registry_lacks_it(old: World) -> None:
    for image, tag in TAGS:
        del old.registries[QUAY].tagged[f"us/{image}"][tag]
    first, _ = adopt(old)
    assert first.record.adopted
    again = found_in(old).adoption
    taken = {state.target for state in first.record.adopted}
    assert not again.tags
    assert not again.locked
    assert {one.doubt for one in again.findings if one.target in taken} == {Doubt.MISSING}
