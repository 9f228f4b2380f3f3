"""What is to be copied: a manifest or an index with all that it names, and the referrers of each."""

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
    """One image on its way: `root` is an index, or a single manifest without `children`.

    `source` is the repository to read from; `tag` the permanent tag that the root gets in the
    PUT that creates it, None where it is written under its digest.  `children` come children
    first, whatever their depth.  `attached` are referrers that have referrers themselves.
    """

    source: Repository
    root: Subject
    tag: str | None
    children: tuple[Subject, ...] = ()
    attached: tuple[Subject, ...] = ()

    @property
    def subjects(self) -> tuple[Subject, ...]:
        """Give children before the root."""
        return (*self.children, self.root)

    @property
    def expected(self) -> Mapping[Digest, frozenset[Digest]]:
        """Give the referrers that every subject must have at its destination."""
        subjects = (*self.subjects, *self.attached)
        return {s.manifest.digest: frozenset(r.digest for r in s.referrers) for s in subjects}


@dataclass(frozen=True, slots=True)
class Delivery:
    """A shipment for one repository of one registry.

    `registry` is the name that reports use.  Without `evidence` no referrers go along: the
    registry cannot hold them, another one does.
    """

    registry: str
    shipment: Shipment
    repository: Repository
    evidence: bool = True


@dataclass(frozen=True, slots=True)
class TagMove:
    """A tag that is to name `digest`; `previous` is what it named when somebody decided so.

    `manifest` has the bytes where they are known; else they are read at the destination.
    Moves that are `last` begin after all others, everywhere.
    """

    registry: str
    repository: Repository
    tag: str
    previous: Digest | None
    digest: Digest
    manifest: Manifest | None = None
    last: bool = False
