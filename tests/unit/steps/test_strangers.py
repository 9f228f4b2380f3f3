"""Tags, builds and records that somebody else wrote, moved or lost."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from publisher.attestation.provenance import read_build_statement
from publisher.errors import (
    RecordConflict,
    RegistryError,
    TagMoved,
)
from publisher.oci.manifest import parse_manifest
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.run import RunReport
from tests.fakes.registry import Asked
from tests.unit.steps.world import (
    FILES,
    HUB,
    LOCK,
    MID,
    QUAY,
    SIDE,
    STAGING,
    Killed,
    World,
)

RECORDS = "us/publisher-records"
GENERATION = """\
generations:
  "side:v1": {{number: {0}, date: "2025-01-01T00:00:00Z", reason: again}}
"""


def kinds_of(report: RunReport) -> list[type]:
    return [type(error) for error in report.errors]


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


def test_a_record_that_another_publisher_writes_meanwhile_stops_the_run(world: World) -> None:
    """The lock file keeps a second publisher of this machine away; one elsewhere is seen at the commit."""
    world.change("mid/mid.txt", "mid 2\n")
    before = world.all_tags()

    def at_point(point: str) -> None:
        if point == "publish:contents":
            chain, last = world.runner().chain, world.chain()[-1]
            world.told.at_point = lambda _point: None
            chain.commit(replace(last.record, sequence=2, previous=last.digest, why="theirs", moves=()))

    world.told.at_point = at_point
    with pytest.raises(RecordConflict, match="another publisher wrote release record 2"):
        world.run()
    assert world.all_tags() == before
    assert world.records()[-1].why == "theirs"


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
