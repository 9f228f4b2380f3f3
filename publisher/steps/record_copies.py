"""Copies of the chain of release records at the destinations: one transfer for all, and forks noticed.

A registry that keeps no evidence keeps no records: the one that keeps its evidence does.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from publisher.catalog.settings import RegistrySettings
from publisher.errors import DigestMismatch, NotFound, PublisherError, RecordConflict
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.evidence import EvidenceKind
from publisher.records.release import HEAD_TAG, sequence_tag
from publisher.steps.chain import Chain, StoredRecord, read_record
from publisher.steps.destinations import Destinations
from publisher.steps.inventory import record_shipment
from publisher.steps.workbench import Workbench
from publisher.transfer.inventory import Delivery, Shipment


@dataclass(frozen=True, slots=True)
class RecordCopies:
    """Brings records to the destinations.

    `_held` is the newest record that each was seen to hold in this run, `_whole` the newest that it
    holds with its outcome.
    """

    bench: Workbench
    chain: Chain
    destinations: Destinations
    _held: dict[str, int] = field(default_factory=dict)
    _whole: dict[str, int] = field(default_factory=dict)

    @property
    def _holders(self) -> Mapping[str, Repository]:
        """Give the repositories that hold records, by the name of their registry."""
        return {
            name: self.chain.destination(settings.prefix)
            for name, settings in self.destinations.registries.items()
            if settings.evidence is None
        }

    def copy(self, head: StoredRecord) -> None:
        """Bring every copy of the chain up to `head`, with the records that it missed.

        Raises:
            RecordConflict: a destination holds a record that staging does not.
            RegistryError: a required destination failed; the others are complete.
        """
        known, errors = self._known(head)
        places = self._holders
        first = {name: self._first(name, sequence, head) for name, sequence in known.items()}
        wanted = range(min(first.values(), default=1), head.record.sequence + 1)
        parcels = {n: self._parcel(n) for n in wanted} if first else {}
        deliveries = [
            Delivery(name, parcels[n], places[name])
            for n in wanted
            for name, sequence in first.items()
            if n >= sequence
        ]
        for name, report in self.destinations.send(deliveries).items():
            if report.error:
                errors[name] = report.error
        behind = [name for name, n in known.items() if n != head.record.sequence and name not in errors]
        errors |= self._move_heads(parcels, head, behind)
        self._note(head, parcels, [name for name in known if name not in errors])
        self.destinations.judge(errors, "release records could not be copied")

    def _known(self, head: StoredRecord) -> tuple[dict[str, int], dict[str, PublisherError]]:
        unknown = [name for name in self._holders if name not in self._held]
        found, errors = self._look(head, unknown) if unknown else ({}, {})
        silent = self.destinations.silent()
        return {name: n for name, n in {**self._held, **found}.items() if name not in silent}, errors

    def _first(self, name: str, known: int, head: StoredRecord) -> int:
        """Give the first record that a destination needs; the newest one there may lack its outcome."""
        whole = self._whole.get(name) == known < head.record.sequence
        return known + 1 if whole else max(1, known)

    def _parcel(self, sequence: int) -> Shipment:
        source, tag = self.chain.repository, sequence_tag(sequence)
        try:
            manifest = self.chain.registry.get_manifest(source.path, tag)
        except NotFound as error:
            raise RecordConflict(
                f"release record {sequence} is missing in staging",
                where=f"{source}:{tag}",
                hint="copy it back from a destination, with its referrers",
            ) from error
        evidence = self.chain.desk.listed(manifest.digest)
        return record_shipment(self.chain.registry, source, manifest, tag, evidence)

    def _move_heads(
        self, parcels: Mapping[int, Shipment], head: StoredRecord, names: Iterable[str]
    ) -> dict[str, PublisherError]:
        """Let the tag `head` name the newest record where it does not; the copies are there by now."""
        chosen = frozenset(names)
        if not chosen:
            return {}
        manifest = parcels[head.record.sequence].root.manifest

        def move(settings: RegistrySettings) -> None:
            place = self.chain.destination(settings.prefix)
            self.bench.registry(place.host).put_manifest(place.path, HEAD_TAG, manifest)

        return self.destinations.each(move, chosen)[1]

    def _note(self, head: StoredRecord, parcels: Mapping[int, Shipment], names: Iterable[str]) -> None:
        newest = parcels.get(head.record.sequence)
        carried = newest.root.referrers if newest else ()
        ended = any(_is_outcome(one.annotations) for one in carried)
        for name in names:
            self._held[name] = head.record.sequence
            if ended:
                self._whole[name] = head.record.sequence

    def check_forks(self, head: StoredRecord | None) -> dict[str, int]:
        """Compare every destination's newest record with staging's; give the sequence numbers there.

        A destination that does not answer is left out: publishing will say so.

        Raises:
            RecordConflict: a destination is ahead of staging, or on another branch.
        """
        results, errors = self._look(head, self._holders)
        conflicts = {name: error for name, error in errors.items() if isinstance(error, RecordConflict)}
        self.destinations.judge(conflicts, "the chain of release records is forked")
        self._held.update(results)
        return results

    def _look(
        self, head: StoredRecord | None, names: Iterable[str]
    ) -> tuple[dict[str, int], dict[str, PublisherError]]:
        return self.destinations.each(
            lambda settings: self._known_sequence(self.chain.destination(settings.prefix), head),
            frozenset(names),
        )

    def behind(self, head: StoredRecord) -> tuple[str, ...]:
        """Name the destinations that lack records, or part of what proves the newest one.

        Raises:
            RecordConflict: as `check_forks` says.
        """
        known = self.check_forks(head)
        wanted = {item.digest for item in self.chain.desk.listed(head.digest)}
        current = [name for name, sequence in known.items() if sequence == head.record.sequence]
        lacking = self.destinations.each(lambda settings: self._lacks(settings, head, wanted), current)[0]
        self._whole.update({name: head.record.sequence for name, lacks in lacking.items() if not lacks})
        return tuple(name for name in known if lacking.get(name, name not in current))

    def _lacks(self, settings: RegistrySettings, head: StoredRecord, wanted: set[Digest]) -> bool:
        place = self.chain.destination(settings.prefix)
        listed = self.bench.registry(place.host).referrers(place.path, head.digest)
        return not wanted <= {item.digest for item in listed}

    def _known_sequence(self, repository: Repository, head: StoredRecord | None) -> int:
        registry = self.bench.registry(repository.host)
        found = registry.head_manifest(repository.path, HEAD_TAG)
        if found is None:
            return 0
        if head is not None and found.digest == head.digest:
            return head.record.sequence
        if head is not None and found.digest == head.record.previous:
            return head.record.sequence - 1
        return self._older_sequence(repository, head)

    def _older_sequence(self, repository: Repository, head: StoredRecord | None) -> int:
        try:
            descriptor, content = self.bench.artifacts.pull(repository, HEAD_TAG, RELEASE_RECORD)
        except NotFound:
            return 0
        except DigestMismatch as error:
            raise RecordConflict(
                f"what {repository.host} names as its newest release record is none",
                where=f"{repository}:{HEAD_TAG}",
                detail=error.detail,
                hint="look who can write to that registry",
            ) from error
        sequence = read_record(content, f"{repository}:{HEAD_TAG}").sequence
        staged = self.chain.registry.head_manifest(self.chain.repository.path, sequence_tag(sequence))
        if (
            head is None
            or sequence > head.record.sequence
            or staged is None
            or staged.digest != descriptor.digest
        ):
            raise RecordConflict(
                f"{repository.host} holds release record {sequence}, which staging does not know",
                where=f"{repository}:{HEAD_TAG}@{descriptor.digest}",
                hint="staging lost records, or another publisher writes here; compare both chains first",
            )
        return sequence


def _is_outcome(annotations: Mapping[str, str]) -> bool:
    return EvidenceKind.OUTCOME in annotations.values()
