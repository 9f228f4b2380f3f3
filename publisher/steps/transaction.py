"""The publish transaction: contents to every destination, then the commit point, then the tags.

Every verb that changes tags writes a release record and hands it in here.  If the contents of a
required registry cannot be completed no tag moves anywhere; the record then says what is
unfinished, so that a later run completes it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, RegistryError
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.ports.transfer import LaneReport
from publisher.records.release import (
    RecordKind,
    RegistryOutcome,
    ReleaseRecord,
    Step,
    Unfinished,
)
from publisher.steps.chain import Chain, StoredRecord
from publisher.steps.destinations import Destinations
from publisher.steps.figures import figures_of, tell_costs
from publisher.steps.inventory import contents_of, shipment
from publisher.steps.lagging import carry_on, keep_holds, waiting_of, without_late
from publisher.steps.record_copies import RecordCopies
from publisher.steps.refused import explained
from publisher.steps.routing import deliveries_of
from publisher.steps.tags import TagMover, tag_move
from publisher.steps.workbench import Workbench
from publisher.transfer.cost import transfer_cost, with_record
from publisher.transfer.figures import LaneFigures
from publisher.transfer.inventory import Delivery, Shipment


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did: the committed record, if one was due, and how each registry ended."""

    stored: StoredRecord | None
    outcomes: tuple[RegistryOutcome, ...] = ()
    errors: tuple[PublisherError, ...] = ()
    figures: Mapping[str, LaneFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Transaction:
    """Publishes what a record says."""

    bench: Workbench
    chain: Chain
    destinations: Destinations
    mover: TagMover
    copies: RecordCopies

    def run(
        self,
        last: StoredRecord | None,
        record: ReleaseRecord,
        waiting: Sequence[Unfinished] | None = None,
    ) -> Publication:
        """Bring the record's images to their destinations, commit it, and move its tags.

        What optional registries lack is noted in the record, and what they lacked before (`waiting`,
        by default all that the last record left to them) stays noted until a record brings it.

        Raises:
            RegistryError: staging failed, or a registry failed after the commit point; a rerun goes on.
        """
        waiting = waiting_of(self.chain, last) if waiting is None else waiting
        parcels = self._parcels(record)
        record = _with_contents(record, parcels)
        freight = _freight(record, parcels)
        self._tell_costs(record, parcels, freight)
        reports = self.destinations.send([delivery for _, delivery in freight])
        errors = self._judge(reports, parcels)
        if errors and record.kind is not RecordKind.MERGE:  # whoever asked for it asks again
            return Publication(None, errors=tuple(errors.values()), figures=figures_of(reports))
        record = _nothing_moves(record, errors, last) if errors else without_late(record, reports, freight)
        record = carry_on(keep_holds(record, last.record.holds if last else ()), waiting)
        if not _is_due(record, last, waiting, mended=_has_written(reports)):
            return Publication(None, errors=tuple(errors.values()), figures=figures_of(reports))
        stored = self.chain.commit(record)
        outcomes = self.mover.roll_forward(record, _manifests(parcels))
        self.bench.progress.reached("publish:tags")
        if not errors:
            self.copies.copy(stored)
        return Publication(stored, outcomes, tuple(errors.values()), figures_of(reports, outcomes))

    def _tell_costs(
        self,
        record: ReleaseRecord,
        parcels: Mapping[TargetId, Shipment],
        freight: Sequence[tuple[TargetId, Delivery]],
    ) -> None:
        """Say what a merge will ask of each registry; whoever asked for another record knows."""
        if record.kind is RecordKind.MERGE:
            known = _manifests(parcels)
            moves = [tag_move(move, known) for move in record.moves]
            costs = transfer_cost([delivery for _, delivery in freight], moves)
            tell_costs(self.bench.progress, self.bench.settings, with_record(costs))

    def _parcels(self, record: ReleaseRecord) -> Mapping[TargetId, Shipment]:
        return {
            item.image.target: shipment(self.bench.staging, self.bench.builds, item.image)
            for item in record.images
        }

    def _judge(
        self, reports: Mapping[str, LaneReport], parcels: Mapping[TargetId, Shipment]
    ) -> dict[str, PublisherError]:
        """Give the errors of required registries, which keep everything where it is; warn of the others."""
        registries = self.destinations.registries
        errors = {
            name: explained(report.error, parcels.values(), registries.get(name))
            for name, report in reports.items()
            if report.error
        }
        required = self.destinations.required(errors)
        self.destinations.warn({name: error for name, error in errors.items() if name not in required})
        if reports and not required:
            self.bench.progress.reached("publish:contents")
        return {name: _incomplete(name, error) for name, error in required.items()}


def _freight(record: ReleaseRecord, parcels: Mapping[TargetId, Shipment]) -> list[tuple[TargetId, Delivery]]:
    return [
        (item.image.target, delivery)
        for item in record.images
        for delivery in deliveries_of(item, parcels[item.image.target])
    ]


def _manifests(parcels: Mapping[TargetId, Shipment]) -> Mapping[Digest, Manifest]:
    """Give what tags may name, so that nobody has to read it again."""
    found = (subject.manifest for parcel in parcels.values() for subject in parcel.subjects)
    return {manifest.digest: manifest for manifest in found}


def _has_written(reports: Mapping[str, LaneReport]) -> bool:
    """Tell whether anything was missing anywhere."""
    figures = [report.figures for report in reports.values()]
    return any(one.manifests or one.referrers or one.blobs_sent or one.blobs_mounted for one in figures)


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


def _is_due(
    record: ReleaseRecord, last: StoredRecord | None, waiting: Sequence[Unfinished], *, mended: bool
) -> bool:
    """Tell whether a record is written: tags move, images came at a new head, or what is left changed.

    What merely keeps `waiting` is no news; contents that somebody asked to be mended are.
    """
    before = last.record if last else None
    if record.moves or record.adopted or record.holds != (before.holds if before else ()):
        return True
    if record.images and (before is None or before.head != record.head):
        return True
    if record.images and record.kind is not RecordKind.MERGE and mended:
        return True
    left, waited = set(map(_left, record.unfinished)), set(map(_left, waiting))
    known = set(map(_left, before.unfinished)) if before else set()
    return bool(left - known - waited or known - left)


def _left(item: Unfinished) -> tuple[TargetId, Step, str | None]:
    return item.target, item.step, item.registry
