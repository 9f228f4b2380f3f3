"""Operations at one destination, children before parents, evidence before tags.

The order is the guarantee: an index is written after everything that it names, its
referrers follow at once, the check comes after all of them, and version tags are not
operations of this list at all: they move after the release record is committed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository
from publisher.transfer.inventory import Shipment, Subject


@dataclass(frozen=True, slots=True)
class SendBlob:
    """Bring a blob into `repository`: mount it from `mount_from` where that is possible, else send it."""

    source: Repository
    repository: Repository
    blob: Descriptor
    mount_from: Repository | None = None


@dataclass(frozen=True, slots=True)
class PutManifest:
    """Write a manifest under `reference`, a tag or its digest."""

    repository: Repository
    manifest: Manifest
    reference: str


@dataclass(frozen=True, slots=True)
class AddReferrer:
    """Write a manifest that has a subject, and list it among the subject's referrers."""

    repository: Repository
    manifest: Manifest
    subject: Digest


@dataclass(frozen=True, slots=True)
class CheckContents:
    """Ask the destination for a digest (and the tag that keeps it) and for its referrers."""

    repository: Repository
    digest: Digest
    tag: str | None
    referrers: frozenset[Digest]


@dataclass(frozen=True, slots=True)
class ShipmentOperations:
    """All operations for one shipment; when `checks` hold already, `steps` can be skipped."""

    steps: tuple[SendBlob | PutManifest | AddReferrer, ...]
    checks: tuple[CheckContents, ...]


Operation = ShipmentOperations


@dataclass(slots=True)
class _Placed:
    """Where each blob was first put at this destination."""

    repositories: dict[Digest, Repository] = field(default_factory=dict)
    sent: set[tuple[Repository, Digest]] = field(default_factory=set)

    def send(self, source: Repository, repository: Repository, blob: Descriptor) -> Iterator[SendBlob]:
        if (repository, blob.digest) in self.sent:
            return
        self.sent.add((repository, blob.digest))
        first = self.repositories.setdefault(blob.digest, repository)
        yield SendBlob(source, repository, blob, first if first != repository else None)


def plan_transfer(shipments: Iterable[tuple[Shipment, Repository]]) -> tuple[ShipmentOperations, ...]:
    """Order everything that one registry needs; each blob is sent once and mounted elsewhere."""
    placed = _Placed()
    return tuple(_operations(placed, shipment, repository) for shipment, repository in shipments)


def _operations(placed: _Placed, shipment: Shipment, repository: Repository) -> ShipmentOperations:
    steps: list[SendBlob | PutManifest | AddReferrer] = []
    for subject in shipment.subjects:
        steps += _contents(placed, shipment, repository, subject)
    for subject in shipment.subjects:
        steps += _evidence(placed, shipment, repository, subject)
    return ShipmentOperations(tuple(steps), _checks(shipment, repository))


def _contents(
    placed: _Placed, shipment: Shipment, repository: Repository, subject: Subject
) -> Iterator[SendBlob | PutManifest]:
    manifest = subject.manifest
    for blob in manifest.blobs:
        yield from placed.send(shipment.source, repository, blob)
    yield PutManifest(repository, manifest, shipment.tag if subject is shipment.root else manifest.digest)


def _evidence(
    placed: _Placed, shipment: Shipment, repository: Repository, subject: Subject
) -> Iterator[SendBlob | AddReferrer]:
    for referrer in subject.referrers:
        for blob in referrer.blobs:
            yield from placed.send(shipment.source, repository, blob)
        yield AddReferrer(repository, referrer, subject.manifest.digest)


def _checks(shipment: Shipment, repository: Repository) -> tuple[CheckContents, ...]:
    expected = shipment.expected
    root = shipment.root.manifest.digest
    return tuple(
        CheckContents(repository, digest, shipment.tag if digest == root else None, referrers)
        for digest, referrers in expected.items()
    )
