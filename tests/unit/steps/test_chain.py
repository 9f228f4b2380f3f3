"""The chain of release records: who may extend it, and what a reader believes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher import codec
from publisher.errors import NotFound, RecordConflict
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.records.release import ReleaseOutcome, ReleaseRecord
from publisher.steps.chain import StoredRecord, is_complete
from tests.fakes.artifacts import FakeArtifacts
from tests.unit.steps.world import HUB, STAGING, World

RECORDS = "us/publisher-records"
PLACE = Repository(f"{STAGING}/{RECORDS}")


def newest(world: World) -> StoredRecord:
    found = world.runner().chain.head()
    assert found is not None
    return found


def following(world: World, **changes: object) -> ReleaseRecord:
    last = newest(world)
    return replace(last.record, sequence=2, previous=last.digest, **changes)  # type: ignore[arg-type]


def plant(
    world: World, record: ReleaseRecord, tag: str, *, host: str = STAGING, signed: bool = False
) -> None:
    place = Repository(f"{host}/{RECORDS}")
    pushed = FakeArtifacts(world.registries.__getitem__).push(
        place, tag, RELEASE_RECORD, codec.canonical(record), {}
    )
    if signed:
        world.runner().chain.desk.ensure_signature(pushed.digest)


def test_an_unsigned_record_is_refused_under_either_tag(world: World) -> None:
    for tag in ("r-2", "head"):
        twin = world.clone(world.directory)
        plant(twin, following(twin), tag)
        before = len(twin.writes())
        with pytest.raises(RecordConflict, match="record 2 is not signed"):
            twin.run()
        assert len(twin.writes()) == before


def test_a_signed_record_that_does_not_follow_is_a_fork(world: World) -> None:
    plant(world, replace(following(world), previous=None), "r-2", signed=True)
    with pytest.raises(RecordConflict, match="does not follow"):
        world.run()


def test_two_publishers_cannot_both_write_a_record(world: World) -> None:
    chain = world.runner().chain
    ours, theirs = following(world, why="ours"), following(world, why="theirs")
    chain.commit(theirs)
    with pytest.raises(RecordConflict, match="another publisher wrote release record 2") as caught:
        chain.commit(ours)
    assert caught.value.exit_code == 7
    assert newest(world).record.why == "theirs"


def test_committing_the_same_record_again_changes_nothing(world: World) -> None:
    chain, record = world.runner().chain, following(world)
    first = chain.commit(record)
    tags = dict(world.staging.tagged[RECORDS])
    assert chain.commit(record) == first
    assert world.staging.tagged[RECORDS] == tags


def test_a_record_is_read_by_tag_or_digest(world: World) -> None:
    chain, last = world.runner().chain, newest(world)
    assert chain.read("r-1") == chain.read(last.digest) == last
    with pytest.raises(NotFound, match="no release record r-9"):
        chain.read("r-9")


def test_a_higher_record_at_a_destination_stops_the_run_before_anything(world: World) -> None:
    world.change("mid/mid.txt", "mid 2\n")
    plant(world, replace(following(world), sequence=6), "head", host=HUB)
    before = len(world.writes())
    with pytest.raises(RecordConflict, match="holds release record 6"):
        world.run()
    assert len(world.writes()) == before


def test_an_outcome_of_another_record_does_not_end_this_one(world: World) -> None:
    chain = world.runner().chain
    first, second = newest(world), chain.commit(following(world))
    outcome = chain.outcome(first)
    assert isinstance(outcome, ReleaseOutcome)
    assert is_complete(outcome)
    assert chain.outcome(second) is None
    assert not is_complete(None)
    chain.desk.signer.attest(
        chain.desk.reference(second.digest), EvidenceKind.OUTCOME, codec.canonical(outcome)
    )
    assert chain.outcome(second) is None
