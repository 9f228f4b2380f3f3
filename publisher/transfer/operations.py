"""What can be done at one registry, and steps: operations that wait for one another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository


@dataclass(frozen=True, slots=True)
class PlaceBlob:
    """Bring a blob into `repository`: mount it from `mount_from`, else send what `source` holds.

    Where `mount_from` is the repository itself, mounting asks whether the blob is there.  To `look`
    is to ask by HEAD before: some registries rewrite what is mounted where it is already, and
    whoever pulls it in that moment does not find it.
    """

    source: Repository
    repository: Repository
    blob: Descriptor
    mount_from: Repository | None
    look: bool = False


@dataclass(frozen=True, slots=True)
class PutManifest:
    """Write a manifest under `reference`, a tag or its digest."""

    repository: Repository
    manifest: Manifest
    reference: str


@dataclass(frozen=True, slots=True)
class EnterReferrers:
    """Let the list of a subject's referrers name manifests that are written already.

    It is `fresh` where the repository had no tag at all before, so that nobody can have a list there.
    """

    repository: Repository
    subject: Digest
    referrers: tuple[Manifest, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class CheckContents:
    """Ask for a manifest, by the tag that keeps it or by its digest, and for its referrers.

    Without a `reference` for the referrers only: an index names the manifest, and no registry
    takes an index whose manifests it lacks.
    """

    repository: Repository
    digest: Digest
    reference: str | None
    referrers: frozenset[Digest]


Operation = PlaceBlob | PutManifest | EnterReferrers | CheckContents


@dataclass(frozen=True, slots=True)
class Step:
    """An operation that begins when the steps that it `needs` are done; they have lower numbers."""

    number: int
    operation: Operation
    needs: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class LanePlan:
    """Everything to be done at one registry.

    `goals` names, for the number of each delivery, the steps that must be done for it to count.
    A delivery without goals is complete already.
    """

    steps: tuple[Step, ...] = ()
    goals: Mapping[int, frozenset[int]] = field(default_factory=dict)
