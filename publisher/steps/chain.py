"""The chain of release records in staging, and its copies at the destinations.

A record is committed when its permanent tag `r-<sequence>` exists: the signature is
attached before, under the tag `pending`, so a committed record is always signed.  The
tag `head` follows; it lags if a run died in between, so readers look past it.  A run has
ended when a signed outcome is attached to its record.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher import codec
from publisher.errors import Malformed, NotFound, RecordConflict
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.ports.registry import Registry
from publisher.records.evidence import EvidenceKind
from publisher.records.release import (
    HEAD_TAG,
    RECORDS_NAME,
    DestinationState,
    ReleaseOutcome,
    ReleaseRecord,
    sequence_tag,
)
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.workbench import Workbench

PENDING_TAG = "pending"


@dataclass(frozen=True, slots=True)
class StoredRecord:
    """A record with the digest under which staging holds it."""

    record: ReleaseRecord
    digest: Digest


@dataclass(frozen=True, slots=True)
class Chain:
    """Reads and extends the chain."""

    bench: Workbench

    @property
    def repository(self) -> Repository:
        """Give the repository of staging that holds the records."""
        return self.bench.settings.staging_records

    @property
    def registry(self) -> Registry:
        """Give the registry of staging."""
        return self.bench.registry(self.repository.host)

    @property
    def desk(self) -> EvidenceDesk:
        """Give access to signatures and outcomes of records."""
        return EvidenceDesk(self.registry, self.bench.signer, self.repository)

    def head(self) -> StoredRecord | None:
        """Give the newest committed record, its signature verified; None before the first.

        Nothing is written: `mend_head` brings a tag `head` that lags up to it.

        Raises:
            RecordConflict: the newest record is not signed by us, or does not follow the one before it.
        """
        newest = self._read(HEAD_TAG)
        while following := self._read(sequence_tag(newest.record.sequence + 1 if newest else 1)):
            self._check_follows(newest, following)
            newest = following
        if newest is not None:
            self._verify(newest)
        return newest

    def mend_head(self, newest: StoredRecord) -> None:
        """Let the tag `head` name the newest record, in case a run died right after the commit point."""
        found = self.registry.head_manifest(self.repository.path, HEAD_TAG)
        if found is None or found.digest != newest.digest:
            self._tag(newest.digest, HEAD_TAG)

    def read(self, reference: str) -> StoredRecord:
        """Read one record by tag or digest, its signature verified.

        Raises:
            NotFound: no such record.
        """
        found = self._read(reference)
        if found is None:
            raise NotFound(f"there is no release record {reference}", where=str(self.repository))
        self._verify(found)
        return found

    def walk(self) -> Iterator[StoredRecord]:
        """Give every record from the newest to the first; each is named by the one after it.

        Only the newest signature is checked: the others follow from the digests.

        Raises:
            RecordConflict: a record is missing; to take the rest for all would hide tags.
        """
        current = self.head()
        while current is not None:
            yield current
            current = self._before(current)

    def _before(self, stored: StoredRecord) -> StoredRecord | None:
        previous = stored.record.previous
        found = self._read(previous) if previous else None
        if previous and found is None:
            raise RecordConflict(
                f"release record {stored.record.sequence - 1} is missing in staging",
                where=f"{self.repository}@{previous}",
                hint="copy it back from a destination, with its referrers",
            )
        return found

    def _read(self, reference: str) -> StoredRecord | None:
        try:
            descriptor, content = self.bench.artifacts.pull(self.repository, reference, RELEASE_RECORD)
        except NotFound:
            return None
        return StoredRecord(read_record(content, f"{self.repository}:{reference}"), descriptor.digest)

    def _verify(self, stored: StoredRecord) -> None:
        reference = self.desk.reference(stored.digest)
        if not self.bench.signer.verify(reference):
            raise RecordConflict(
                f"release record {stored.record.sequence} is not signed by the expected identity",
                where=str(reference),
                hint="check `signing` in publisher.yml, and who can write to the staging registry",
            )

    def _check_follows(self, last: StoredRecord | None, following: StoredRecord) -> None:
        if following.record.previous != (last.digest if last else None):
            raise RecordConflict(
                f"release record {following.record.sequence} does not follow the newest one",
                where=str(self.desk.reference(following.digest)),
                hint="two publishers wrote to one staging prefix; look at both records before anything else",
            )

    def _tag(self, digest: Digest, tag: str) -> None:
        manifest = self.registry.get_manifest(self.repository.path, digest)
        self.registry.put_manifest(self.repository.path, tag, manifest)

    def commit(self, record: ReleaseRecord) -> StoredRecord:
        """Write and sign a record, then make it the newest: the commit point of a run.

        Raises:
            RecordConflict: somebody else wrote a record with this number.
        """
        tag = sequence_tag(record.sequence)
        pushed = self.bench.artifacts.push(
            self.repository,
            PENDING_TAG,
            RELEASE_RECORD,
            codec.canonical(record),
            {
                "org.opencontainers.image.revision": record.head,
                "org.opencontainers.image.source": record.source,
            },
        )
        self.bench.progress.reached("publish:record-pushed")
        self.desk.ensure_signature(pushed.digest)
        self.bench.progress.reached("publish:record-signed")
        existing = self.registry.head_manifest(self.repository.path, tag)
        if existing is not None and existing.digest != pushed.digest:
            raise RecordConflict(
                f"another publisher wrote release record {record.sequence} meanwhile",
                where=f"{self.repository}:{tag}",
                hint="run again; let only one publisher work on a staging prefix",
            )
        self._tag(pushed.digest, tag)
        self.bench.progress.reached("publish:committed")
        self._tag(pushed.digest, HEAD_TAG)
        return StoredRecord(record, pushed.digest)

    def outcome(self, stored: StoredRecord) -> ReleaseOutcome | None:
        """Give the newest signed outcome of a record; None while its run has not ended."""
        raws = self.desk.predicates(stored.digest, EvidenceKind.OUTCOME)
        found = [codec.decode(ReleaseOutcome, raw, where="release outcome") for raw in raws]
        mine = [item for item in found if item.record == stored.digest]
        return max(mine, key=_completeness, default=None)

    def end(self, stored: StoredRecord, outcome: ReleaseOutcome) -> None:
        """Attach the outcome of a run, unless one that says the same is there."""

        def same(raw: bytes) -> bool:
            known = codec.decode(ReleaseOutcome, raw, where="release outcome")
            return (known.record, known.registries) == (outcome.record, outcome.registries)

        self.desk.ensure_predicate(
            stored.digest, EvidenceKind.OUTCOME, same, lambda: codec.canonical(outcome)
        )

    def destination(self, prefix: str) -> Repository:
        """Give the repository that holds the copies of the chain at a destination."""
        return Repository(f"{prefix}/{RECORDS_NAME}")


def read_record(content: bytes, where: str) -> ReleaseRecord:
    """Read a release record that a registry gave.

    Raises:
        RecordConflict: it is none.
    """
    try:
        return codec.decode(ReleaseRecord, content, where=where)
    except Malformed as error:
        raise RecordConflict(
            f"what stands there is not a release record: {error.what}",
            where=error.where,
            hint="look who can write to that registry, or use a newer version of publisher",
        ) from error


def is_complete(outcome: ReleaseOutcome | None) -> bool:
    """Tell whether a run ended everywhere; nobody waits for an optional registry that lags."""
    return outcome is not None and all(
        item.state is not DestinationState.INCOMPLETE for item in outcome.registries
    )


def _completeness(outcome: ReleaseOutcome) -> tuple[int, str]:
    complete = sum(item.state is DestinationState.COMPLETE for item in outcome.registries)
    return complete, outcome.finished.isoformat()
