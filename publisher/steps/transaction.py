"""The publish transaction: contents to every destination, then the commit point, then the tags.

Every verb that changes tags writes a release record and hands it in here.  If the contents of a
required registry cannot be completed no tag moves anywhere; the record then says what is
unfinished, so that a later run completes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, RegistryError
from publisher.records.release import (
    RecordKind,
    RegistryOutcome,
    ReleasedImage,
    ReleaseRecord,
    Step,
    Unfinished,
)
from publisher.steps.chain import Chain, StoredRecord
from publisher.steps.destinations import Destinations
from publisher.steps.inventory import contents_of, shipment
from publisher.steps.tags import TagMover
from publisher.steps.workbench import Workbench
from publisher.transfer.inventory import Delivery, Shipment


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did: the committed record, if one was due, and how each registry ended."""

    stored: StoredRecord | None
    outcomes: tuple[RegistryOutcome, ...] = ()
    errors: tuple[PublisherError, ...] = ()


@dataclass(frozen=True, slots=True)
class Transaction:
    """Publishes what a record says."""

    bench: Workbench
    chain: Chain
    destinations: Destinations
    mover: TagMover

    def run(self, last: StoredRecord | None, record: ReleaseRecord) -> Publication:
        """Bring the record's images to their destinations, commit it, and move its tags.

        Raises:
            RegistryError: staging failed, or a registry failed after the commit point; a rerun goes on.
        """
        parcels = self._parcels(record)
        record = _with_contents(record, parcels)
        errors = self._send(record, parcels) if record.images else {}
        if errors and record.kind in (RecordKind.ROLLBACK, RecordKind.THAW):
            return Publication(None, errors=tuple(errors.values()))  # a hold without its moves would lie
        if errors:
            record = _nothing_moves(record, errors, last)
        if not _is_due(record, last):
            return Publication(None, errors=tuple(errors.values()))
        stored = self.chain.commit(record)
        outcomes = self.mover.roll_forward(record)
        self.bench.progress.reached("publish:tags")
        if not errors:
            self.destinations.copy_records(stored)
        return Publication(stored, outcomes, tuple(errors.values()))

    def _parcels(self, record: ReleaseRecord) -> Mapping[TargetId, Shipment]:
        return {
            item.image.target: shipment(self.bench.staging, self.bench.builds, item.image)
            for item in record.images
        }

    def _send(self, record: ReleaseRecord, parcels: Mapping[TargetId, Shipment]) -> dict[str, PublisherError]:
        errors = self.destinations.send(
            [delivery for item in record.images for delivery in _deliveries(item, parcels)]
        )
        if not errors:
            self.bench.progress.reached("publish:contents")
        return {name: _incomplete(name, error) for name, error in errors.items()}


def _deliveries(item: ReleasedImage, parcels: Mapping[TargetId, Shipment]) -> list[Delivery]:
    parcel = parcels[item.image.target]
    return [Delivery(place.registry, parcel, place.repository) for place in item.destinations]


def _with_contents(record: ReleaseRecord, parcels: Mapping[TargetId, Shipment]) -> ReleaseRecord:
    """Note how much each image is, for the estimate of later plans."""
    images = (replace(item, contents=contents_of(parcels[item.image.target])) for item in record.images)
    return replace(record, images=tuple(images))


def _incomplete(name: str, error: PublisherError) -> RegistryError:
    kind = type(error) if isinstance(error, RegistryError) else RegistryError
    return kind(
        f"the required registry {name} could not be completed, so no tag moved anywhere: {error.what}",
        where=error.where,
        detail=error.detail,
        hint=f"{error.hint + '; ' if error.hint else ''}then run again: only what is missing will be done",
    )


def _nothing_moves(
    record: ReleaseRecord, errors: Mapping[str, PublisherError], last: StoredRecord | None
) -> ReleaseRecord:
    reason = f"contents incomplete at {', '.join(errors)}"
    stuck = tuple(Unfinished(item.image.target, Step.PUBLISH, reason) for item in record.images)
    holds = last.record.holds if last else ()
    return replace(record, images=(), moves=(), unfinished=(*record.unfinished, *stuck), holds=holds)


def _is_due(record: ReleaseRecord, last: StoredRecord | None) -> bool:
    """Tell whether a record is written: tags move, images came at a new head, or what is left changed."""
    before = last.record if last else None
    if record.moves or record.adopted or record.holds != (before.holds if before else ()):
        return True
    if record.images and (before is None or before.head != record.head):
        return True
    left = {(item.target, item.step, item.registry) for item in record.unfinished}
    known = before.unfinished if before else ()
    return left != {(item.target, item.step, item.registry) for item in known}
