"""Whole runs on fakes: what is built, moved and recorded, and in which order registries hear of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from publisher.attestation.provenance import read_build_statement
from publisher.errors import (
    AttestError,
    BuildError,
    CatalogError,
    PlanError,
    RecordConflict,
    RegistryError,
    RegistryUnreachable,
    ReleaseError,
    TagMoved,
    UsageError,
)
from publisher.errors import (
    TestError as FailedTest,
)
from publisher.oci.manifest import parse_manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository, is_reserved_tag
from publisher.records.evidence import EvidenceKind
from publisher.records.release import DestinationState
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.run import RunReport
from tests.fakes.engine import FakeImage
from tests.fakes.registry import Asked
from tests.unit.steps.world import (
    FILES,
    HUB,
    LOCK,
    MID,
    OS,
    QUAY,
    SETTINGS,
    SIDE,
    STAGING,
    TOP,
    Killed,
    World,
    left,
    moved,
    references,
)

RECORDS = "us/publisher-records"
GENERATION = """\
generations:
  "side:v1": {{number: {0}, date: "2025-01-01T00:00:00Z", reason: again}}
"""


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A published catalog; nobody goes on with it."""
    world = World(tmp_path_factory.mktemp("published"))
    world.first()
    return world


@pytest.fixture
def world(published: World, tmp_path: Path) -> World:
    """The published catalog, to go on with."""
    return published.clone(tmp_path)


def kinds_of(report: RunReport) -> list[type]:
    return [type(error) for error in report.errors]


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
        if host == QUAY and asked.method == "add_referrer":
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


def move_tag(world: World, host: str, path: str, tag: str) -> str:
    registry = world.registries[host]
    foreign = parse_manifest(registry.manifests[path][registry.tagged[path][tag]].raw + b"\n")
    registry.manifests[path][foreign.digest] = foreign
    registry.tagged[path][tag] = foreign.digest
    return foreign.digest


def test_a_strangers_tag_stays_until_force(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    foreign: list[str] = []

    def at_point(point: str) -> None:
        if point == "publish:committed" and not foreign:
            foreign.append(move_tag(world, QUAY, "us/mid", "v1"))

    world.told.at_point = at_point
    report = world.run()
    assert kinds_of(report) == [TagMoved]
    assert report.exit_code == 7
    assert "us/mid:v1" in report.errors[0].detail
    assert world.tags(QUAY)["mid"]["v1"] == foreign[0]
    for _ in range(2):
        again = world.run()
        assert (again.exit_code, again.nothing_to_do) == (7, False)
    written = len(world.writes())
    assert world.run().exit_code == 7
    assert len(world.writes()) == written
    assert world.tags(QUAY)["mid"]["v1"] == foreign[0]
    assert world.run(force=True).exit_code == 0
    world.expect_published()
    assert world.run().nothing_to_do


def test_a_tag_that_was_moved_before_the_plan_is_moved_on(world: World) -> None:
    foreign = move_tag(world, HUB, "us/mid", "latest")
    world.change("mid/mid.txt", "mid 2\n")
    report = world.run()
    assert report.record is not None
    assert {m.previous for m in report.record.moves if (m.registry, m.tag) == ("hub", "latest")} == {foreign}
    world.expect_published()


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


def test_a_changed_smoke_test_that_fails_is_left_and_moves_nothing(world: World) -> None:
    world.engine.otherwise = FakeImage(obliging=True, failing=frozenset({"talks"}))
    world.change("mid/smoke.yml", FILES["mid/smoke.yml"].replace("speaks", "talks"))
    report = world.run()
    assert report.exit_code == 5
    assert report.record is not None
    assert left(report.record) == {MID: "test"}


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


def test_a_broken_file_of_the_catalog_is_left_and_fails_the_run(world: World) -> None:
    world.change_all({"top/meta.yml": "v1: [\n", "side/side.txt": "side 2\n"})
    report = world.run()
    assert kinds_of(report) == [CatalogError]
    assert report.exit_code == 2
    assert report.record is not None
    assert left(report.record) == {TOP: "plan"}
    assert moved(report.record) == {("hub", "side:v1")}
    world.change("top/meta.yml", FILES["top/meta.yml"])
    assert world.run().exit_code == 0
    world.expect_published()


def test_a_base_that_is_not_locked_is_refused_at_the_build(world: World) -> None:
    world.change("publisher.lock", LOCK.replace("linux/amd64", "linux/arm64"))
    report = world.run()
    assert report.exit_code == 4
    assert "publisher refresh bases" in report.errors[0].hint


def test_a_planted_build_is_replaced_with_a_warning(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    tag = world.build_id(MID).staging_tag
    registry = world.staging
    builds = next(path for path in registry.tagged if path.endswith("/builds"))
    known = next(one for one in registry.manifests[builds].values() if one.layers and not one.subject)
    registry.tagged[builds][tag] = known.digest
    assert world.run().exit_code == 0
    assert registry.tagged[builds][tag] != known.digest
    assert any(tag in warning for warning in world.told.warnings)
    world.expect_published()


def test_bytes_that_two_builds_share_are_published_with_the_statement_of_each(tmp_path: Path) -> None:
    """Another BuildId may give the same digest; the record names the statement of its own build."""
    world = World(tmp_path)
    world.builder.drifts = False
    world.change("publisher.lock", LOCK + GENERATION.format(1))
    world.first()
    before = world.all_tags()
    for number in range(2, 6):
        world.change("publisher.lock", LOCK + GENERATION.format(number))
        world.told.at_point = lambda point: world.die() if point == "build:tagged" else None
        with pytest.raises(Killed):  # so that the next run has to find the statement in staging
            world.run()
        world.revive()
        report = world.run()
        assert report.exit_code == 0
        assert world.all_tags() == before, "the bytes are the same"
        assert report.record is not None
        (image,) = (item.image for item in report.record.images)
        (platform,) = image.platforms
        statements = [one.digest for one in platform.referrers if one.kind is EvidenceKind.PROVENANCE]
        assert len(statements) == 1
        hub = EvidenceDesk(world.registries[HUB], world.signer, Repository(f"{HUB}/us/side"))
        assert read_build_statement(hub.predicate(statements[0])).build_id == world.build_id(SIDE)


def test_a_chain_that_lost_a_record_is_not_taken_for_whole(world: World) -> None:
    for number in (2, 3):
        world.change("mid/mid.txt", f"mid {number}\n")
        world.run()
    second = world.staging.tagged[RECORDS].pop("r-2")
    del world.staging.manifests[RECORDS][second]
    with pytest.raises(RecordConflict, match="release record 2 is missing"):
        world.records()


def test_a_rewound_head_is_seen_through(world: World) -> None:
    """Whoever moves `head` back to an older signed record does not rewind the chain."""
    for number in (2, 3, 4):
        world.change("mid/mid.txt", f"mid {number}\n")
        world.run()
    tags = world.staging.tagged[RECORDS]
    tags["head"] = tags["r-1"]
    found = world.runner().chain.head()
    assert found is not None
    assert found.record.sequence == 4


@pytest.mark.parametrize("raw", [b'{"sequence":7}', b"[]", b"nonsense"])
def test_a_head_that_is_no_record_is_a_conflict_of_records(world: World, raw: bytes) -> None:
    for host in (HUB, STAGING):
        store = world.bench().artifacts
        before = world.registries[host].tagged[RECORDS]["head"]
        store.push(
            Repository(f"{host}/{RECORDS}"), "head", "application/vnd.publisher.release.v1+json", raw, {}
        )
        written = len(world.writes())
        with pytest.raises(RecordConflict) as caught:
            world.run()
        assert caught.value.exit_code == 7
        assert len(world.writes()) == written
        world.registries[host].tagged[RECORDS]["head"] = before


def test_staging_that_lost_its_chain_is_noticed_before_anything_moves(world: World) -> None:
    world.staging.tagged[RECORDS].clear()
    world.staging.manifests[RECORDS].clear()
    world.change("mid/mid.txt", "mid 2\n")
    with pytest.raises(RecordConflict):
        world.run("empty")
    assert world.writes() == []


def test_a_destination_without_records_receives_those_that_it_missed(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    world.run()
    quay = world.registries[QUAY]
    quay.tagged[RECORDS].clear()
    quay.manifests[RECORDS].clear()
    assert world.run().nothing_to_do
    world.expect_chain()


def test_internal_layers_that_reached_one_registry_only_are_not_called_done(world: World) -> None:
    """No tag moves in such a release, but its record must still come to every destination."""
    world.change("os/meta.yml", FILES["os/meta.yml"].replace("}", ", smoke: smoke.yml}"))
    world.change("os/smoke.yml", FILES["mid/smoke.yml"])

    def no_records(host: str, asked: Asked) -> None:
        if host == QUAY and asked.repository == RECORDS:
            raise RegistryError("no records today", where=QUAY)

    world.on_write = no_records
    with pytest.raises(RegistryError, match="no records today"):
        world.run()
    report = world.run()
    assert (report.exit_code, report.nothing_to_do) == (7, False)
    world.revive()
    assert world.run().nothing_to_do
    world.expect_chain()


def test_several_jobs_give_the_same_tags(tmp_path: Path) -> None:
    worlds = [World(tmp_path / str(jobs)) for jobs in (1, 4)]
    for world, jobs in zip(worlds, (1, 4), strict=True):
        world.builder.drifts = False
        assert world.run("empty", jobs=jobs).exit_code == 0
        world.expect_published()
    assert worlds[0].all_tags() == worlds[1].all_tags()


class TestOrderOfRequests:
    """Contents and evidence, the record in staging, version tags, `latest`, record copies."""

    def positions(self, world: World, host: str) -> dict[tuple[str, str], int]:
        """Give the place of the last write of each repository and tag or digest."""
        return {(path, reference): place for place, path, reference in references(world.writes(), host)}

    def test_tags_follow_all_evidence_everywhere_and_the_commit(self, published: World) -> None:
        writes = published.writes()
        (committed,) = [
            place for place, path, ref in references(writes, STAGING) if (path, ref) == (RECORDS, "r-1")
        ]
        for host in (HUB, QUAY):
            for place, path, reference in references(writes, host):
                if path == RECORDS or reference in ("v1", "one", "latest"):
                    assert place > committed
                else:
                    assert place < committed, (path, reference)

    def test_latest_comes_after_every_version_tag(self, published: World) -> None:
        writes = published.writes()
        found = [
            (place, ref)
            for host in (HUB, QUAY)
            for place, path, ref in references(writes, host)
            if path != RECORDS
        ]
        versions = [place for place, reference in found if reference in ("v1", "one")]
        assert max(versions) < min(place for place, reference in found if reference == "latest")

    def test_an_index_is_born_with_its_permanent_tag_after_its_platforms(self, published: World) -> None:
        for host in (HUB, QUAY):
            registry = published.registries[host]
            at = self.positions(published, host)
            for path, named in registry.tagged.items():
                for tag, digest in named.items():
                    if tag.startswith("d-"):
                        children = registry.manifests[path][digest].manifests
                        assert all(at[path, child.digest] < at[path, tag] for child in children)
                        assert (path, digest) not in at

    def test_a_staged_build_gets_its_tag_after_its_statement(self, published: World) -> None:
        at = self.positions(published, STAGING)
        registry = published.staging
        for path, named in registry.tagged.items():
            for tag, digest in named.items():
                if tag.startswith("b-"):
                    statements = [
                        one.digest for one in registry.manifests[path].values()
                        if one.subject and one.subject.digest == digest
                        and one.annotations["dev.sigstore.bundle.predicateType"] == EvidenceKind.PROVENANCE
                    ]  # fmt: skip
                    assert all(at[path, digest] < at[path, one] < at[path, tag] for one in statements)

    def test_the_record_is_signed_before_it_is_committed(self, published: World) -> None:
        at = self.positions(published, STAGING)
        registry = published.staging
        signature = next(
            one.digest for one in registry.manifests[RECORDS].values()
            if one.subject and one.annotations["dev.sigstore.bundle.predicateType"] == EvidenceKind.SIGNATURE
        )  # fmt: skip
        assert at[RECORDS, "pending"] < at[RECORDS, signature] < at[RECORDS, "r-1"] < at[RECORDS, "head"]

    def test_no_blob_is_sent_twice_to_a_registry(self, published: World) -> None:
        for host in (HUB, QUAY):
            sent = [
                asked.reference
                for where, asked in published.writes()
                if where == host and asked.method == "put_blob"
            ]
            images = [digest for digest in sent if not is_small(published, digest)]
            assert len(images) == len(set(images))


def is_small(world: World, digest: str) -> bool:
    """Tell whether a blob belongs to evidence or records, which each delivery asks for by itself."""
    return not any(
        digest in {str(blob.digest) for blob in manifest.blobs}
        for path, found in world.staging.manifests.items()
        if path.endswith("/builds")
        for manifest in found.values()
        if not manifest.subject
    )
