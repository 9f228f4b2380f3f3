"""Read from staging what is to be copied, exactly as the records name it."""

from __future__ import annotations

from collections.abc import Iterable

from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository
from publisher.plan.figures import Contents
from publisher.ports.registry import Registry
from publisher.records.evidence import Evidence
from publisher.records.image import AttestedImage
from publisher.transfer.inventory import Shipment, Subject


def shipment(registry: Registry, source: Repository, image: AttestedImage) -> Shipment:
    """Read an index, its platform manifests and the referrers of all of them.

    Raises:
        RegistryError: staging failed, or lacks something that a record names.
    """
    children = tuple(_subject(registry, source, item.digest, item.referrers) for item in image.platforms)
    root = _subject(registry, source, image.digest, image.referrers)
    return Shipment(source, root, image.digest.permanent_tag, children)


def contents_of(parcel: Shipment) -> Contents:
    """Count what a destination holds of a shipment; a blob that several platforms share counts once."""
    manifests = [subject.manifest for subject in parcel.subjects]
    referrers = [referrer for subject in parcel.subjects for referrer in subject.referrers]
    blobs = {blob.digest: blob.size for manifest in manifests for blob in manifest.blobs}
    evidence = {blob.digest: blob.size for referrer in referrers for blob in referrer.blobs}
    return Contents(
        manifests=len(manifests),
        blobs=len(blobs),
        bytes=sum(blobs.values()) + sum(manifest.size for manifest in manifests),
        referrers=len(referrers),
        evidence_bytes=sum(evidence.values()) + sum(referrer.size for referrer in referrers),
    )


def record_shipment(
    registry: Registry, source: Repository, manifest: Manifest, tag: str, evidence: Iterable[Evidence]
) -> Shipment:
    """Read what is attached to a release record: its signature and outcomes."""
    return Shipment(source, Subject(manifest, _referrers(registry, source, evidence)), tag)


def _subject(registry: Registry, source: Repository, digest: Digest, evidence: Iterable[Evidence]) -> Subject:
    return Subject(registry.get_manifest(source.path, digest), _referrers(registry, source, evidence))


def _referrers(registry: Registry, source: Repository, evidence: Iterable[Evidence]) -> tuple[Manifest, ...]:
    return tuple(registry.get_manifest(source.path, item.digest) for item in evidence)
