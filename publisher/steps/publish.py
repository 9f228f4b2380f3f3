"""Publish: contents to every destination, then the commit point, then the tags.

If the contents of one registry cannot be completed no tag moves anywhere; the record
then says that the targets are unfinished, so that a later run completes them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError, RegistryError
from publisher.oci.reference import Repository
from publisher.plan.plan import Plan, PlannedMove
from publisher.plan.snapshot import Snapshot
from publisher.records.image import AttestedImage
from publisher.records.release import (
    LAYERS_NAME,
    Destination,
    Move,
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
from publisher.transfer.inventory import Shipment

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Publication:
    """What publishing did: the committed record, if one was due, and how each registry ended."""

    stored: StoredRecord | None
    outcomes: tuple[RegistryOutcome, ...] = ()
    errors: tuple[PublisherError, ...] = ()


@dataclass(frozen=True, slots=True)
class PublishStep:
    """The publish transaction of one plan."""

    bench: Workbench
    snapshot: Snapshot
    plan: Plan
    chain: Chain
    destinations: Destinations
    mover: TagMover
    why: str

    def run(
        self,
        last: StoredRecord | None,
        images: Mapping[TargetId, AttestedImage],
        unfinished: Sequence[Unfinished],
    ) -> Publication:
        """Bring images to their destinations and move their tags.

        Raises:
            RegistryError: staging failed, or a registry failed after the commit point; a rerun goes on.
        """
        record = self._record(last, images, unfinished)
        parcels = self._parcels(record)
        record = _with_contents(record, parcels)
        errors = self._send(record, parcels) if record.images else {}
        if errors:
            record = _nothing_moves(record, errors)
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
            {name: _consignment(name, record.images, parcels) for name in self.bench.settings.registries}
        )
        if not errors:
            self.bench.progress.reached("publish:contents")
        return {name: _incomplete(name, error) for name, error in errors.items()}

    def _record(
        self,
        last: StoredRecord | None,
        images: Mapping[TargetId, AttestedImage],
        unfinished: Sequence[Unfinished],
    ) -> ReleaseRecord:
        return ReleaseRecord(
            sequence=last.record.sequence + 1 if last else 1,
            previous=last.digest if last else None,
            source=self.bench.settings.source,
            base=self.plan.base,
            head=self.plan.head,
            time=self.bench.now(),
            who=self.bench.who,
            why=self.why,
            images=tuple(self._released(image) for image in images.values()),
            moves=tuple(move for planned in self.plan.moves for move in self._move(planned, images)),
            unfinished=tuple(sorted(unfinished, key=lambda item: item.target)),
            retired=tuple(TargetId.of(item.image, item.tag) for item in self.plan.retired),
        )

    def _released(self, image: AttestedImage) -> ReleasedImage:
        entry = self.snapshot.entries[image.target]
        build = next((item for item in self.plan.builds if item.target == image.target), None)
        routes = self.bench.settings.route(image.target.image)
        name = LAYERS_NAME if entry.internal else image.target.image
        return ReleasedImage(
            image,
            tuple(Destination(route.name, route.repository(name)) for route in routes),
            build.reasons if build else (),
            entry.dockerfile,
            self.snapshot.parents.get(image.target, ()),
            entry.internal,
            entry.requires,
        )

    def _move(self, planned: PlannedMove, images: Mapping[TargetId, AttestedImage]) -> tuple[Move, ...]:
        image = images.get(planned.target)
        if image is None or planned.expected == image.digest:
            return ()
        repository = self.bench.settings.registries[planned.registry].repository(planned.image)
        return (
            Move(
                planned.registry,
                repository,
                planned.tag,
                planned.expected,
                image.digest,
                planned.target,
                planned.tag == LATEST,
            ),
        )


def _with_contents(record: ReleaseRecord, parcels: Mapping[TargetId, Shipment]) -> ReleaseRecord:
    """Note how much each image is, for the estimate of later plans."""
    images = (replace(item, contents=contents_of(parcels[item.image.target])) for item in record.images)
    return replace(record, images=tuple(images))


def _consignment(
    registry: str, images: Sequence[ReleasedImage], parcels: Mapping[TargetId, Shipment]
) -> list[tuple[Shipment, Repository]]:
    """Give what goes to one registry, in the order of the record (parents first)."""
    return [
        (parcels[item.image.target], place.repository)
        for item in images
        for place in item.destinations
        if place.registry == registry
    ]


def _incomplete(name: str, error: PublisherError) -> RegistryError:
    kind = type(error) if isinstance(error, RegistryError) else RegistryError
    return kind(
        f"the required registry {name} could not be completed, so no tag moved anywhere: {error.what}",
        where=error.where,
        detail=error.detail,
        hint=f"{error.hint + '; ' if error.hint else ''}then run again: only what is missing will be done",
    )


def _nothing_moves(record: ReleaseRecord, errors: Mapping[str, PublisherError]) -> ReleaseRecord:
    reason = f"contents incomplete at {', '.join(errors)}"
    stuck = tuple(Unfinished(item.image.target, Step.PUBLISH, reason) for item in record.images)
    return replace(record, images=(), moves=(), unfinished=(*record.unfinished, *stuck))


def _is_due(record: ReleaseRecord, last: StoredRecord | None) -> bool:
    """Tell whether a record is written: tags move, images came at a new head, or what is left changed."""
    if record.moves:
        return True
    before = last.record if last else None
    if record.images and (before is None or before.head != record.head):
        return True
    left = {(item.target, item.step) for item in record.unfinished}
    return left != {(item.target, item.step) for item in (before.unfinished if before else ())}
