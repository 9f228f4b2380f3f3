"""Builds in staging: what counts as already built, and how a new one becomes known.

A build is pushed by digest, its signed statement is attached to that digest, and only
then the same bytes get the tag `b-<BuildId>`.  So the tag resolves only to stated
builds, unless somebody planted it: then it is replaced with a warning.
"""

from __future__ import annotations

from dataclasses import dataclass

from publisher.attestation.provenance import read_build_statement
from publisher.errors import Malformed
from publisher.oci.build_id import BuildId
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.records.evidence import EvidenceKind
from publisher.steps.evidence import EvidenceDesk


@dataclass(frozen=True, slots=True)
class StagedBuild:
    """A build that staging holds, with the digest of the referrer that states it."""

    descriptor: Descriptor
    statement: Digest


@dataclass(frozen=True, slots=True)
class StagedBuilds:
    """The builds in staging."""

    registry: Registry
    desk: EvidenceDesk
    progress: Progress

    @property
    def _path(self) -> str:
        return self.desk.repository.path

    def find(self, build_id: BuildId, platform: Platform) -> StagedBuild | None:
        """Find a build that carries a valid statement by our identity."""
        found = self.registry.head_manifest(self._path, build_id.staging_tag)
        if found is None:
            return None
        statement = self._statement(found.digest, build_id, platform)
        if statement is None:
            self.progress.warning(
                f"{self.desk.repository}:{build_id.staging_tag} lacks a valid build statement; it is replaced"
            )
            return None
        return StagedBuild(found, statement)

    def add(self, build_id: BuildId, platform: Platform, digest: Digest, predicate: bytes) -> StagedBuild:
        """State a pushed build and give it its tag."""
        evidence = self.desk.ensure_predicate(
            digest,
            EvidenceKind.PROVENANCE,
            lambda raw: states_build(raw, build_id, platform),
            lambda: predicate,
        )
        self.progress.reached("build:stated")
        manifest = self.registry.get_manifest(self._path, digest)
        self.registry.put_manifest(self._path, build_id.staging_tag, manifest)
        self.progress.reached("build:tagged")
        return StagedBuild(Descriptor(manifest.media_type, digest, manifest.size), evidence[0].digest)

    def _statement(self, digest: Digest, build_id: BuildId, platform: Platform) -> Digest | None:
        found = self.desk.counting(
            digest, EvidenceKind.PROVENANCE, lambda raw: states_build(raw, build_id, platform)
        )
        return found[0].digest if found else None


def states_build(raw: bytes, build_id: BuildId, platform: Platform) -> bool:
    """Tell whether a predicate is the statement of that very build."""
    try:
        statement = read_build_statement(raw)
    except Malformed:
        return False
    return statement.build_id == build_id and statement.platform == platform
