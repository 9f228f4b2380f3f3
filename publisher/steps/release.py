"""Release: notes and the signed record at the forge, then the signed outcome that ends the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from publisher import codec
from publisher.attestation.spdx import Package, PackageChanges, difference, packages
from publisher.catalog.target import TargetId
from publisher.errors import Malformed, NotFound
from publisher.notes.release_notes import release_notes, release_title
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.ports.forge import ForgeRelease
from publisher.records.evidence import EvidenceKind
from publisher.records.release import Move, RegistryOutcome, ReleaseOutcome, ReleaseRecord, sequence_tag
from publisher.steps.chain import Chain, StoredRecord
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.record_copies import RecordCopies
from publisher.steps.workbench import Workbench

RECORD_ASSET = "release-record.json"


@dataclass(frozen=True, slots=True)
class ReleaseStep:
    """Tells people, and ends the run of one committed record."""

    bench: Workbench
    chain: Chain
    copies: RecordCopies

    def run(self, stored: StoredRecord, outcomes: Sequence[RegistryOutcome]) -> str:
        """Publish notes and record, attach the outcome, and bring it to the destinations; give the address.

        Raises:
            ReleaseError: the forge failed; a rerun goes on from there.
            RegistryError: the outcome could not be attached or copied.
        """
        notes = self.notes(stored.record)
        address = self.bench.forge.publish(self._release(stored, notes))
        self.bench.progress.reached("release:forge")
        outcome = ReleaseOutcome(
            stored.record.sequence, stored.digest, self.bench.now(), tuple(outcomes), release_url=address
        )
        self.chain.end(stored, outcome)
        self.bench.progress.reached("release:outcome")
        self.copies.copy(stored)
        return address

    def _release(self, stored: StoredRecord, notes: str) -> ForgeRelease:
        record = stored.record
        raw = codec.canonical(record)
        return ForgeRelease(
            sequence_tag(record.sequence), record.head, release_title(record), notes, {RECORD_ASSET: raw}
        )

    def notes(self, record: ReleaseRecord) -> str:
        """Write the release notes of a record, Markdown."""
        return release_notes(record, self._changes(record), self.bench.settings.signing)

    def _changes(self, record: ReleaseRecord) -> dict[TargetId, PackageChanges | None]:
        first: dict[TargetId, Move] = {}
        for move in record.moves:
            first.setdefault(move.target, move)
        return {target: self._change(move) for target, move in first.items()}

    def _change(self, move: Move) -> PackageChanges | None:
        if move.previous is None:
            return None
        before, after = self._packages(move.previous), self._packages(move.digest)
        common = before.keys() & after.keys()
        if not common:
            return None
        chosen = min(common)
        return difference(before[chosen], after[chosen])

    def _packages(self, index: Digest) -> dict[Platform, tuple[Package, ...]]:
        """Read the packages of every platform of an index in staging; empty where staging lacks it."""
        path = self.bench.builds.path
        try:
            manifests = self.bench.staging.get_manifest(path, index).manifests
            return {item.platform: self._sbom(item.digest) for item in manifests if item.platform}
        except (NotFound, Malformed):
            return {}

    def _sbom(self, digest: Digest) -> tuple[Package, ...]:
        desk = EvidenceDesk(self.bench.staging, self.bench.signer, self.bench.builds)
        for item in desk.listed(digest):
            if item.kind is EvidenceKind.SBOM:
                return packages(desk.predicate(item.digest))
        return ()
