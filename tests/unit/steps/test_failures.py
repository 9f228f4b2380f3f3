"""Builds, tests, evidence and registries that fail: what is blocked, left, told, and done later."""

from __future__ import annotations

import pytest

from publisher.errors import (
    AttestError,
    BuildError,
    CatalogError,
    RegistryError,
    RegistryUnreachable,
    ReleaseError,
)
from publisher.errors import (
    TestError as FailedTest,
)
from publisher.oci.platform import Platform
from publisher.records.release import DestinationState
from publisher.steps.run import RunReport
from tests.fakes.engine import FakeImage
from tests.fakes.registry import Asked
from tests.unit.steps.world import (
    FILES,
    HUB,
    LOCK,
    MID,
    QUAY,
    STAGING,
    TOP,
    World,
    left,
    moved,
)

RECORDS = "us/publisher-records"


def kinds_of(report: RunReport) -> list[type]:
    return [type(error) for error in report.errors]


def test_a_failing_build_blocks_its_descendants_only(world: World) -> None:
    before = world.all_tags()
    world.builder.inner.failing.add("mid:v1")
    world.change_all({"mid/mid.txt": "mid 2\n", "side/side.txt": "side 2\n"})
    report = world.run()
    assert kinds_of(report) == [BuildError]
    assert report.exit_code == 4
    assert report.record is not None
    assert left(report.record) == {MID: "build", TOP: "build"}
    assert {item.target: item.blocked_by for item in report.record.unfinished} == {MID: None, TOP: MID}
    assert moved(report.record) == {("hub", "side:v1")}
    assert world.all_tags()[QUAY] == before[QUAY]
    world.expect_whole()
    world.expect_chain()


def test_a_failing_test_leaves_its_tags_and_the_fix_publishes_what_was_left(world: World) -> None:
    before = world.all_tags()
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"speaks"}))
    world.change_all({"mid/mid.txt": "mid 2\n", "side/side.txt": "side 2\n"})
    report = world.run()
    assert kinds_of(report) == [FailedTest]
    assert report.exit_code == 5
    assert report.record is not None
    assert left(report.record) == {MID: "test", TOP: "build"}
    assert world.all_tags()[HUB]["mid"] == before[HUB]["mid"]
    assert world.all_tags()[HUB]["side"] != before[HUB]["side"]
    assert "publisher try mid:v1" in report.errors[0].hint

    again = world.run()
    assert (again.exit_code, again.record) == (5, None), "the same is left: no second record"

    world.engine.otherwise = FakeImage(obliging=True)
    world.change("top/top.txt", "top 2\n")
    fixed = world.run()
    assert fixed.exit_code == 0
    assert fixed.record is not None
    assert {item.image.target for item in fixed.record.images} == {MID, TOP}
    assert world.builder.builds.count(MID) == 2, "what was built is not built again"
    world.expect_published()


def test_a_failing_sbom_blocks_the_publication_of_what_is_built_on_it(world: World) -> None:
    """A child is built while its parent's evidence is made; if that fails neither is published."""
    before = world.all_tags()
    world.change("mid/mid.txt", "mid 2\n")
    world.sbom.otherwise = None
    report = world.run()
    assert set(kinds_of(report)) == {AttestError}
    assert report.exit_code == 6
    assert world.all_tags() == before
    world.sbom.otherwise = ()
    world.sbom.packages = {}
    assert world.run().exit_code == 0
    world.expect_published()


def test_a_child_is_not_published_without_its_parent(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    failed: list[str] = []

    def generate(reference: object, platform: Platform) -> bytes:
        if not failed:
            failed.append(str(reference))
            raise AttestError("syft failed")
        return original(reference, platform)  # type: ignore[arg-type]

    original = world.sbom.generate
    world.sbom.generate = generate  # type: ignore[method-assign]
    report = world.run()
    assert report.record is not None
    assert left(report.record) == {MID: "attest", TOP: "attest"}
    assert not report.record.moves
    assert world.run().exit_code == 0
    world.expect_published()


def test_an_engine_that_is_gone_fails_the_tests(world: World) -> None:
    world.engine.gone = True
    world.change("mid/mid.txt", "mid 2\n")
    assert world.run().exit_code == 5


@pytest.mark.parametrize("host", [STAGING, HUB, QUAY])
def test_a_registry_that_is_down_before_the_run(world: World, host: str) -> None:
    before = world.all_tags()
    world.change("mid/mid.txt", "mid 2\n")
    world.registries[host].down = True
    with pytest.raises(RegistryUnreachable) as caught:
        world.run()
    assert caught.value.exit_code == 7
    assert world.writes() == []
    world.registries[host].down = False
    assert world.all_tags() == before
    assert world.run().exit_code == 0
    world.expect_published()


def test_a_registry_that_goes_down_among_the_contents_stops_every_tag(world: World) -> None:
    before = world.all_tags()
    world.change("mid/mid.txt", "mid 2\n")

    def quay_fails(host: str, asked: Asked) -> None:
        if host == QUAY and asked.method == "enter_referrers":
            world.registries[QUAY].down = True

    world.on_write = quay_fails
    report = world.run()
    assert kinds_of(report) == [RegistryUnreachable]
    assert "the required registry quay could not be completed" in report.errors[0].what
    assert world.all_tags() == before
    assert report.record is not None
    assert left(report.record) == {MID: "publish", TOP: "publish"}
    assert not report.record.images
    assert not report.record.moves

    still = pytest.raises(RegistryUnreachable)
    with still:
        world.run()
    world.revive()
    world.registries[QUAY].down = False
    hub = len([1 for host, asked in world.writes() if host == HUB])
    again = world.run()
    assert again.exit_code == 0, [str(error) for error in again.errors]
    world.expect_published()
    later = [asked for host, asked in world.writes() if host == HUB][hub:]
    assert {asked.reference for asked in later if asked.repository in ("us/mid", "us/top")} == {
        "v1", "one", "latest",
    }, "hub had all contents before"  # fmt: skip


def test_a_failing_test_is_told_even_when_publishing_fails_afterwards(world: World) -> None:
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"speaks"}))
    world.change_all({"mid/mid.txt": "mid 2\n", "side/side.txt": "side 2\n"})

    def staging_fails(host: str, asked: Asked) -> None:
        if host == STAGING and asked.repository == RECORDS:
            raise RegistryError("the disk is full", where=STAGING)

    world.on_write = staging_fails
    report = world.run()
    assert set(kinds_of(report)) == {FailedTest, RegistryError}
    assert report.exit_code == 5


def test_a_registry_that_refuses_a_tag_after_the_commit_is_rolled_forward(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    before = world.all_tags()

    def no_version_tags(host: str, asked: Asked) -> None:
        if host == QUAY and asked.method == "put_manifest" and asked.reference in ("v1", "one", "latest"):
            raise RegistryError("no tags today", where=QUAY)

    world.on_write = no_version_tags
    with pytest.raises(RegistryError, match="no tags today"):
        world.run()
    assert world.all_tags()[HUB]["mid"]["latest"] == before[HUB]["mid"]["latest"], (
        "latest waits for all others"
    )
    assert world.all_tags()[HUB]["mid"]["v1"] != before[HUB]["mid"]["v1"]
    world.expect_whole()
    with pytest.raises(RegistryError, match="no tags today"):
        world.run()
    world.revive()
    built = len(world.builder.builds)
    assert world.run().nothing_to_do
    assert len(world.builder.builds) == built
    world.expect_published()


def test_a_committed_record_is_finished_before_a_newer_head_is_planned(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    world.forge.down = True
    with pytest.raises(ReleaseError):
        world.run()
    world.forge.down = False
    world.change("side/side.txt", "side 2\n")
    assert world.run().exit_code == 0
    assert {"r-2", "r-3"} <= world.forge.releases.keys()
    for stored in world.chain():
        outcome = world.runner().chain.outcome(stored)
        assert outcome is not None
        assert {item.state for item in outcome.registries} == {DestinationState.COMPLETE}


def test_a_changed_smoke_test_that_fails_is_left_and_moves_nothing(world: World) -> None:
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"talks"}))
    world.change("mid/smoke.yml", FILES["mid/smoke.yml"].replace("speaks", "talks"))
    report = world.run()
    assert report.exit_code == 5
    assert report.record is not None
    assert left(report.record) == {MID: "test"}


def test_a_broken_file_of_the_catalog_is_left_and_fails_the_run(world: World) -> None:
    world.change_all({"top/meta.yml": "v1: [\n", "side/side.txt": "side 2\n", "top/top.txt": "top 2\n"})
    report = world.run()
    assert kinds_of(report) == [CatalogError]
    assert report.exit_code == 2
    assert report.record is not None
    assert left(report.record) == {TOP: "plan"}
    assert moved(report.record) == {("hub", "side:v1")}
    world.change("top/meta.yml", FILES["top/meta.yml"])
    assert world.run().exit_code == 0
    world.expect_published()


def test_a_broken_file_whose_targets_did_not_change_leaves_nothing(world: World) -> None:
    world.change_all({"top/meta.yml": "v1: [\n", "side/side.txt": "side 2\n"})
    report = world.run()
    assert report.exit_code == 2
    assert report.record is not None
    assert not report.record.unfinished
    assert not report.record.retired
    for _ in range(2):
        again = world.run()
        assert (again.exit_code, again.record, again.nothing_to_do) == (2, None, False), "it is still broken"
    built = list(world.builder.builds)
    world.change_all({"top/meta.yml": FILES["top/meta.yml"].replace("[one]", "[one, two]")})
    repaired = world.run()
    assert repaired.exit_code == 0
    assert repaired.plan is not None
    assert {move.tag for move in repaired.plan.moves} == {"two"}, "the repair is planned for what it changed"
    assert not repaired.plan.builds
    assert world.builder.builds == built
    world.expect_published()


def test_a_file_that_stays_broken_for_many_commits_keeps_its_entries(world: World) -> None:
    world.change_all({"top/meta.yml": "v1: [\n"})
    for number in range(3):
        world.change_all({"side/side.txt": f"side {number}\n", "top/meta.yml": f"v1: [{number}\n"})
        report = world.run()
        assert report.exit_code == 2
        assert report.record is not None
        assert not report.record.retired
        assert moved(report.record) == {("hub", "side:v1")}
    world.change("top/meta.yml", FILES["top/meta.yml"])
    repaired = world.run()
    assert repaired.exit_code == 0
    assert repaired.plan is not None
    assert repaired.plan.is_empty
    assert not repaired.plan.retired
    world.expect_published()


@pytest.mark.parametrize("more", [{}, {"mid/mid.txt": "mid 2\n"}], ids=["alone", "beside work"])
def test_a_broken_new_file_is_told_at_every_run_of_its_commit(world: World, more: dict[str, str]) -> None:
    world.change_all({"new/meta.yml": "v1: [\n", **more})
    for _ in range(3):
        report = world.run()
        assert (report.exit_code, report.nothing_to_do) == (2, False)
        assert kinds_of(report) == [CatalogError]
        assert "new/meta.yml:2:1" in report.errors[0].detail
    world.change("README.md", "# Later\n")
    expected = 0 if more else 2
    assert world.run().exit_code == expected, "what was released last decides whether it is touched"


def test_what_is_left_of_an_older_commit_is_told_at_every_run(world: World) -> None:
    world.change("top/Dockerfile")
    assert world.run().exit_code == 2
    world.change("side/side.txt", "side 2\n")
    for _ in range(3):
        report = world.run()
        assert report.exit_code == 2
        assert "top/Dockerfile" in report.errors[0].detail
    assert left(world.records()[-1]) == {TOP: "plan"}
    world.change("top/Dockerfile", FILES["top/Dockerfile"])
    assert world.run().exit_code == 0
    world.expect_published()


def test_a_broken_new_file_is_told_also_when_the_run_only_finishes_what_was_left(world: World) -> None:
    world.change_all({"new/meta.yml": "v1: [\n", "side/side.txt": "side 2\n"})
    world.builder.inner.failing.add("side:v1")
    assert world.run().exit_code == 2
    world.builder.inner.failing.clear()
    finished = world.run()
    assert finished.record is not None
    assert finished.exit_code == 2
    again = world.run()
    assert (again.exit_code, again.record) == (2, None)


def test_a_base_that_is_not_locked_is_refused_at_the_build(world: World) -> None:
    world.change("publisher.lock", LOCK.replace("linux/amd64", "linux/arm64"))
    report = world.run()
    assert report.exit_code == 4
    assert "publisher refresh bases" in report.errors[0].hint
