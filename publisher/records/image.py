"""An index with its platforms and the evidence of all of them."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.records.evidence import Evidence
from publisher.records.test import Outcome, TestMode


@dataclass(frozen=True, slots=True)
class IndexRecord:
    """The index of a target in staging and the platform manifests that it lists, in canonical order."""

    target: TargetId
    digest: Digest
    size: int
    media_type: str
    platforms: tuple[IndexedPlatform, ...]


@dataclass(frozen=True, slots=True)
class IndexedPlatform:
    """One platform of an index."""

    platform: Platform
    digest: Digest
    build_id: BuildId


@dataclass(frozen=True, slots=True)
class PlatformEvidence:
    """A platform manifest, what was tested on it, and its exact referrers.

    `seconds` is what building it took; None where an earlier run had built it.
    """

    platform: Platform
    digest: Digest
    build_id: BuildId
    outcome: Outcome
    mode: TestMode | None
    referrers: tuple[Evidence, ...]
    seconds: float | None = None


@dataclass(frozen=True, slots=True)
class AttestedImage:
    """A target whose evidence is complete in staging; ready to be published."""

    target: TargetId
    digest: Digest
    platforms: tuple[PlatformEvidence, ...]
    referrers: tuple[Evidence, ...]
