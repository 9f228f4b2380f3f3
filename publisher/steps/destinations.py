"""Destinations, each in a thread of its own: contents, record copies, forks of the chain."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from typing import TypeVar

from publisher.catalog.settings import RegistrySettings
from publisher.errors import DigestMismatch, NotFound, PublisherError, RecordConflict, RegistryError
from publisher.oci.descriptor import RELEASE_RECORD
from publisher.oci.reference import Repository
from publisher.records.release import HEAD_TAG, sequence_tag
from publisher.steps.chain import Chain, StoredRecord, read_record
from publisher.steps.inventory import record_shipment
from publisher.steps.workbench import Workbench
from publisher.transfer.inventory import Delivery

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Destinations:
    """All registries of `publisher.yml`."""

    bench: Workbench
    chain: Chain

    @property
    def registries(self) -> Mapping[str, RegistrySettings]:
        """Give the settings of every destination by name."""
        return self.bench.settings.registries

    def each(self, work: Callable[[RegistrySettings], T]) -> tuple[dict[str, T], dict[str, PublisherError]]:
        """Work on every destination side by side; give results and errors by name."""
        results: dict[str, T] = {}
        errors: dict[str, PublisherError] = {}
        if not self.registries:
            return results, errors
        with ThreadPoolExecutor(max_workers=len(self.registries), thread_name_prefix="destination") as pool:
            futures = {name: pool.submit(work, settings) for name, settings in self.registries.items()}
            self._await(futures.values())
        for name, future in futures.items():
            error = future.exception()
            if error is None:
                results[name] = future.result()
            elif isinstance(error, PublisherError):
                errors[name] = error
            else:
                raise error
        return results, errors

    def _await(self, futures: Iterable[Future[T]]) -> None:
        """Wait; Ctrl-C gives the whole run up, so that nobody waits for a copy to end."""
        try:
            wait(futures)
        except BaseException:
            self.bench.stop()
            raise

    def send(self, deliveries: Sequence[Delivery]) -> dict[str, PublisherError]:
        """Copy contents to every destination and check them there; give the errors by name."""
        reports = self.bench.transfer.deliver(deliveries)
        return {name: report.error for name, report in reports.items() if report.error}

    def copy_records(self, head: StoredRecord) -> None:
        """Bring every destination's copy of the chain up to `head`, with the records that it missed.

        Raises:
            RecordConflict: a destination holds a record that staging does not.
            RegistryError: a destination failed; the others are complete.
        """
        _, errors = self.each(lambda settings: self._copy_records(settings, head))
        raise_first(errors, "release records could not be copied")

    def _copy_records(self, settings: RegistrySettings, head: StoredRecord) -> None:
        repository = self.chain.destination(settings.prefix)
        registry = self.bench.registry(repository.host)
        known = self._known_sequence(repository, head)
        first = max(1, known)  # the newest one there may still lack its outcome
        for sequence in range(first, head.record.sequence + 1):
            self._copy_record(settings, repository, sequence)
        if known != head.record.sequence:
            manifest = registry.get_manifest(repository.path, head.digest)
            registry.put_manifest(repository.path, HEAD_TAG, manifest)

    def _copy_record(self, settings: RegistrySettings, repository: Repository, sequence: int) -> None:
        source = self.chain.repository
        tag = sequence_tag(sequence)
        found = self.chain.registry.head_manifest(source.path, tag)
        if found is None:
            raise RecordConflict(f"release record {sequence} is missing in staging", where=f"{source}:{tag}")
        evidence = self.chain.desk.listed(found.digest)
        parcel = record_shipment(self.chain.registry, source, found.digest, tag, evidence)
        raise_first(self.send([Delivery(settings.name, parcel, repository)]), "a record could not be copied")

    def check_forks(self, head: StoredRecord | None) -> dict[str, int]:
        """Compare every destination's newest record with staging's; give the sequence numbers there.

        A destination that does not answer is left out: publishing will say so.

        Raises:
            RecordConflict: a destination is ahead of staging, or on another branch.
        """
        results, errors = self.each(lambda s: self._known_sequence(self.chain.destination(s.prefix), head))
        conflicts = {name: error for name, error in errors.items() if isinstance(error, RecordConflict)}
        raise_first(conflicts, "the chain of release records is forked")
        return results

    def behind(self, head: StoredRecord) -> tuple[str, ...]:
        """Name the destinations that lack records, or part of what proves the newest one.

        Raises:
            RecordConflict: as `check_forks` says.
        """
        known = self.check_forks(head)
        wanted = {item.digest for item in self.chain.desk.listed(head.digest)}

        def lacks(settings: RegistrySettings) -> bool:
            if known.get(settings.name) != head.record.sequence:
                return settings.name in known
            repository = self.chain.destination(settings.prefix)
            listed = self.bench.registry(repository.host).referrers(repository.path, head.digest)
            return not wanted <= {item.digest for item in listed}

        return tuple(name for name, lags in self.each(lacks)[0].items() if lags)

    def _known_sequence(self, repository: Repository, head: StoredRecord | None) -> int:
        registry = self.bench.registry(repository.host)
        found = registry.head_manifest(repository.path, HEAD_TAG)
        if found is None:
            return 0
        if head is not None and found.digest == head.digest:
            return head.record.sequence
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


def raise_first(errors: Mapping[str, PublisherError], what: str) -> None:
    """Raise one error for all registries: itself when it is the only one, else a summary."""
    if not errors:
        return
    if len(errors) == 1:
        raise next(iter(errors.values()))
    detail = "\n".join(f"{name}: {error.what}" for name, error in errors.items())
    first = next(iter(errors.values()))
    kind = type(first) if isinstance(first, RegistryError) else RegistryError
    raise kind(what, where=", ".join(errors), detail=detail, hint=first.hint) from first
