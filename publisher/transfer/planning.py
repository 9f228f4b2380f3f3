"""From deliveries to ordered steps at one registry.

The order is the guarantee: a manifest is written after everything that it names, a referrer after
its subject, the list of referrers after them, and the check comes after all.  Version tags are
not part of it: they move when the contents of every registry are complete.

Each blob is sent once and mounted into the other repositories of its registry.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository
from publisher.transfer.inventory import Delivery, Subject
from publisher.transfer.operations import (
    CheckContents,
    EnterReferrers,
    LanePlan,
    Operation,
    PlaceBlob,
    PutManifest,
    Step,
)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the registry was asked before: deliveries that are complete there, manifests that it holds,
    and permanent tags that name what they should.

    A repository that holds a manifest holds what the manifest names: registries see to it.  One that
    is `bare` has no tags at all.
    """

    complete: frozenset[int] = frozenset()
    held: frozenset[tuple[Repository, str]] = frozenset()
    bare: frozenset[Repository] = frozenset()


def plan_lane(deliveries: Sequence[Delivery], facts: Facts | None = None) -> LanePlan:
    """Order everything that one registry lacks; `facts` by the deliveries' numbers."""
    known = facts or Facts()
    planner = _Planner(known)
    planner.look_around(deliveries)
    goals = {
        number: planner.deliver(delivery)
        for number, delivery in enumerate(deliveries)
        if number not in known.complete
    }
    return LanePlan(tuple(planner.steps), goals)


def checks(delivery: Delivery) -> tuple[CheckContents, ...]:
    """Give what must hold at the destination, once all is written, before a tag may name the root."""
    found = (_light(check, delivery) for check in thorough_checks(delivery))
    return tuple(check for check in found if check.reference or check.referrers)


def thorough_checks(delivery: Delivery) -> tuple[CheckContents, ...]:
    """Give what tells that a delivery is complete where nothing is known of how it came there."""
    shipment, repository = delivery.shipment, delivery.repository
    root = shipment.root.manifest.digest
    kept = {root: shipment.tag} if shipment.tag else {}
    subjects = (*shipment.subjects, *(shipment.attached if delivery.evidence else ()))
    return tuple(
        CheckContents(
            repository,
            subject.manifest.digest,
            kept.get(subject.manifest.digest) or subject.manifest.digest,
            frozenset(one.digest for one in subject.referrers) if delivery.evidence else frozenset(),
        )
        for subject in subjects
    )


def _light(check: CheckContents, delivery: Delivery) -> CheckContents:
    is_root = check.digest == delivery.shipment.root.manifest.digest
    return check if is_root else replace(check, reference=None)


@dataclass(slots=True)
class _Planner:
    """The steps so far, and which step brings what."""

    facts: Facts
    steps: list[Step] = field(default_factory=list)
    blobs: dict[tuple[Repository, Digest], int] = field(default_factory=dict)
    first: dict[Digest, tuple[Repository, int | None]] = field(default_factory=dict)
    manifests: dict[tuple[Repository, str], int] = field(default_factory=dict)
    entered: dict[tuple[Repository, Digest, frozenset[Digest]], int] = field(default_factory=dict)
    listed: dict[tuple[Repository, Digest], int] = field(default_factory=dict)
    checked: dict[CheckContents, int] = field(default_factory=dict)

    def look_around(self, deliveries: Sequence[Delivery]) -> None:
        """Note which blobs some repository holds already: others mount them from there."""
        for delivery in deliveries:
            for manifest in (subject.manifest for subject in delivery.shipment.subjects):
                if (delivery.repository, manifest.digest) in self.facts.held:
                    for blob in manifest.blobs:
                        self.first.setdefault(blob.digest, (delivery.repository, None))

    def deliver(self, delivery: Delivery) -> frozenset[int]:
        """Add the steps of one delivery; give its goals."""
        shipment = delivery.shipment
        for child in shipment.children:
            self._manifest(delivery, child.manifest, child.manifest.digest)
        root = shipment.root.manifest
        self._manifest(delivery, root, shipment.tag or root.digest)
        ready = {
            subject.manifest.digest: self._evidence(delivery, subject)
            for subject in (*shipment.subjects, *shipment.attached)
            if delivery.evidence and subject.referrers
        }
        return frozenset(self._check(check, ready.get(check.digest)) for check in checks(delivery))

    def _add(self, operation: Operation, needs: Iterable[int | None] = ()) -> int:
        waits = frozenset(need for need in needs if need is not None)
        self.steps.append(Step(len(self.steps), operation, waits))
        return len(self.steps) - 1

    def _blob(self, source: Repository, repository: Repository, blob: Descriptor) -> int:
        key = repository, blob.digest
        if key not in self.blobs:
            before = self.first.get(blob.digest)
            look = repository not in self.facts.bare
            here = source if source.host == repository.host else None if look else repository
            place = PlaceBlob(source, repository, blob, before[0] if before else here, look)
            self.blobs[key] = self._add(place, (before[1],) if before else ())
            self.first.setdefault(blob.digest, (repository, self.blobs[key]))
        return self.blobs[key]

    def _manifest(self, delivery: Delivery, manifest: Manifest, reference: str) -> int | None:
        """Write a manifest after all that it names; None where it is there already."""
        repository = delivery.repository
        if {(repository, manifest.digest), (repository, reference)} <= self.facts.held:
            return None
        key = repository, reference
        if key not in self.manifests:
            needs = [self.manifests.get((repository, child.digest)) for child in manifest.manifests]
            if (repository, manifest.digest) not in self.facts.held:
                needs += [self._blob(delivery.shipment.source, repository, blob) for blob in manifest.blobs]
            self.manifests[key] = self._add(PutManifest(repository, manifest, reference), needs)
        return self.manifests[key]

    def _written(self, delivery: Delivery, digest: Digest) -> int | None:
        """Give the step that writes a manifest of a delivery, under its digest or the permanent tag."""
        tag = delivery.shipment.tag
        found = self.manifests.get((delivery.repository, digest))
        if found is None and tag and digest == delivery.shipment.root.manifest.digest:
            return self.manifests.get((delivery.repository, tag))
        return found

    def _evidence(self, delivery: Delivery, subject: Subject) -> int:
        digest, repository = subject.manifest.digest, delivery.repository
        key = repository, digest, frozenset(one.digest for one in subject.referrers)
        if key not in self.entered:
            before = self._written(delivery, digest)
            puts = [self._referrer(delivery, referrer, before) for referrer in subject.referrers]
            other = self.listed.get((repository, digest))  # the same image from elsewhere, with others
            fresh = repository in self.facts.bare and other is None
            enter = EnterReferrers(repository, digest, subject.referrers, fresh)
            self.entered[key] = self._add(enter, (before, other, *puts))
            self.listed[repository, digest] = self.entered[key]
        return self.entered[key]

    def _referrer(self, delivery: Delivery, referrer: Manifest, subject: int | None) -> int | None:
        repository = delivery.repository
        key = repository, str(referrer.digest)
        if key not in self.manifests and (repository, referrer.digest) not in self.facts.held:
            needs = [self._blob(delivery.shipment.source, repository, blob) for blob in referrer.blobs]
            children = [self.manifests.get((repository, child.digest)) for child in referrer.manifests]
            put = PutManifest(repository, referrer, referrer.digest)
            self.manifests[key] = self._add(put, (subject, *needs, *children))
        return self.manifests.get(key)

    def _check(self, check: CheckContents, entered: int | None) -> int:
        if check not in self.checked:
            written = self.manifests.get((check.repository, check.reference or check.digest))
            self.checked[check] = self._add(check, (entered, written))
        return self.checked[check]
