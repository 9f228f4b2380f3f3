"""What is to be copied: an index, its platform manifests, and the exact referrers of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository


@dataclass(frozen=True, slots=True)
class Subject:
    """A manifest together with the referrers that go along with it."""

    manifest: Manifest
    referrers: tuple[Manifest, ...] = ()


@dataclass(frozen=True, slots=True)
class Shipment:
    """One image on its way: `root` is an index, or a single artifact without `children`.

    `source` is the repository to read from; `tag` the permanent tag that the root gets in
    the PUT that creates it.
    """

    source: Repository
    root: Subject
    tag: str
    children: tuple[Subject, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Give children before the root."""
        return (*self.children, self.root)

    @property
    def expected(self) -> Mapping[Digest, frozenset[Digest]]:
        """Give the referrers that every subject must have at its destination."""
        return {s.manifest.digest: frozenset(r.digest for r in s.referrers) for s in self.subjects}
