"""What registries hold in the end, asked of them directly."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager, closing

from publisher.oci.digest import Digest
from publisher.registry.client import RegistryClient
from publisher.transfer.inventory import Shipment
from tests.faults.laws import Place
from tests.faults.proxy import FaultProxy


def upstream_path(proxy: FaultProxy, repository: str) -> str:
    """Give the name that the registry itself has for a repository."""
    return proxy.renaming.there(f"/v2/{repository}").removeprefix("/v2/")


def asking(proxy: FaultProxy) -> AbstractContextManager[RegistryClient]:
    """Ask a registry itself, past its proxy."""
    return closing(RegistryClient(proxy.upstream))


def named(proxy: FaultProxy, repository: str, tag: str) -> Digest | None:
    """Give what a tag names."""
    with asking(proxy) as client:
        found = client.head_manifest(upstream_path(proxy, repository), tag)
    return found.digest if found else None


def missing(proxy: FaultProxy, repository: str, shipment: Shipment) -> list[str]:
    """Name what a repository lacks of an image and its evidence."""
    path = upstream_path(proxy, repository)
    found: list[str] = []
    with asking(proxy) as client:
        for subject in (*shipment.subjects, *shipment.attached):
            for manifest in (subject.manifest, *subject.referrers):
                if client.head_manifest(path, manifest.digest) is None:
                    found.append(f"manifest {manifest.digest}")
                blobs = [blob.digest for blob in manifest.blobs if not client.has_blob(path, blob.digest)]
                found += [f"blob {digest}" for digest in blobs]
            listed = {item.digest for item in client.referrers(path, subject.manifest.digest)}
            lost = {item.digest for item in subject.referrers} - listed
            found += [f"referrer {digest} of {subject.manifest.digest}" for digest in sorted(lost)]
    return [f"{proxy.name}/{repository} lacks {item}" for item in found]


def blobs_there(proxy: FaultProxy, places: Sequence[Place]) -> frozenset[str]:
    """Give the blobs that a registry holds in any of its repositories."""
    with asking(proxy) as client:
        return frozenset(
            blob.digest
            for place in places
            if place.registry == proxy.name
            for subject in (*place.shipment.subjects, *place.shipment.attached)
            for manifest in (subject.manifest, *subject.referrers)
            for blob in manifest.blobs
            if client.has_blob(upstream_path(proxy, place.repository), blob.digest)
        )


def wrong_tags(
    proxies: Sequence[FaultProxy], places: Sequence[Place], before: Digest | None = None
) -> list[str]:
    """Name tags that are neither unmoved nor name a complete image."""
    by_name = {proxy.name: proxy for proxy in proxies}
    found: list[str] = []
    for place in places:
        proxy = by_name[place.registry]
        digests = {tag: named(proxy, place.repository, tag) for tag in place.tags}
        right = place.shipment.root.manifest.digest
        found += [
            f"{place.registry}/{place.repository}:{tag} names {digest}"
            for tag, digest in digests.items()
            if digest not in (right, before)
        ]
        if right in digests.values():
            found += missing(proxy, place.repository, place.shipment)
    return found


def unfinished(proxies: Sequence[FaultProxy], places: Sequence[Place]) -> list[str]:
    """Name everything that is not as it must be in the end."""
    by_name = {proxy.name: proxy for proxy in proxies}
    found: list[str] = []
    for place in places:
        proxy, right = by_name[place.registry], place.shipment.root.manifest.digest
        found += missing(proxy, place.repository, place.shipment)
        found += [
            f"{place.registry}/{place.repository}:{tag} names {digest} instead of {right}"
            for tag in place.tags
            if (digest := named(proxy, place.repository, tag)) != right
        ]
    return found
