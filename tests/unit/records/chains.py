"""Chains of release records in few words: a layer, an image on it, and one on that."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.image import AttestedImage, PlatformEvidence
from publisher.records.release import (
    AdoptedTag,
    Destination,
    Hold,
    Move,
    RecordKind,
    ReleasedImage,
    ReleaseRecord,
)
from publisher.records.test import Outcome

AMD64 = Platform("linux/amd64")
OS, MID, TOP = TargetId("os:v1"), TargetId("mid:v1"), TargetId("top:v1")
PARENTS = {OS: (), MID: (OS,), TOP: (MID,)}


def digest(name: str) -> Digest:
    """Give the digest of an index called so."""
    return Digest.of(name.encode())


def build_id(name: str) -> BuildId:
    """Give the BuildId of what is called so."""
    return BuildId(Digest.of(f"build {name}".encode()))


def repository(target: TargetId) -> Repository:
    """Give where it lies at the one registry."""
    return Repository(f"hub.test/us/{target.image}")


def image(target: TargetId, name: str) -> ReleasedImage:
    """Give a released index called `name`."""
    platform = PlatformEvidence(AMD64, digest(f"{name} amd64"), build_id(name), Outcome.PASSED, None, ())
    attested = AttestedImage(target, digest(name), (platform,), ())
    return ReleasedImage(
        attested,
        (Destination("hub", repository(target)),),
        (),
        "Dockerfile",
        PARENTS.get(target, ()),
        target == OS,
    )


def move(target: TargetId, name: str, tag: str | None = None) -> Move:
    """Give a move of a target's own tag, or of another one, to the index called `name`."""
    chosen = tag or target.tag
    return Move("hub", repository(target), chosen, None, digest(name), target, chosen == "latest")


def adopted(target: TargetId, name: str) -> AdoptedTag:
    """Give a tag that was there before."""
    return AdoptedTag("hub", repository(target), target.tag, digest(name), target)


def hold(target: TargetId, name: str, newest: str, since: int) -> Hold:
    """Give a hold at the index called `name` that keeps the build `newest` back."""
    return Hold(target, digest(name), {AMD64: build_id(newest)}, "", since)


def record(
    sequence: int,
    *images: tuple[TargetId, str],
    moves: tuple[Move, ...] | None = None,
    kind: RecordKind = RecordKind.MERGE,
    holds: tuple[Hold, ...] = (),
    retired: tuple[TargetId, ...] = (),
    taken: tuple[AdoptedTag, ...] = (),
) -> ReleaseRecord:
    """Give a record; by default the own tag of every image that is not internal moves to it."""
    own = tuple(move(target, name) for target, name in images if target != OS)
    return ReleaseRecord(
        sequence=sequence,
        previous=digest(f"record {sequence - 1}") if sequence > 1 else None,
        source="https://example.com",
        base="1" * 40,
        head="2" * 40,
        time=datetime(2026, 1, 1, tzinfo=UTC),
        who="A",
        why="",
        images=tuple(image(*item) for item in images),
        moves=own if moves is None else moves,
        kind=kind,
        holds=holds,
        retired=retired,
        adopted=taken,
    )


def rollback(sequence: int, target: TargetId, name: str, newest: str) -> ReleaseRecord:
    """Give the record of a rollback."""
    held = (hold(target, name, newest, sequence),)
    return record(sequence, (target, name), kind=RecordKind.ROLLBACK, holds=held)
