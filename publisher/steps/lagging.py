"""What optional registries lack: nobody waits for it, every later run tries again, nothing forgets it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from publisher.catalog.target import TargetId
from publisher.errors import PublisherError
from publisher.ports.transfer import LaneReport
from publisher.records.release import (
    DestinationState,
    Hold,
    RecordKind,
    ReleasedImage,
    ReleaseOutcome,
    ReleaseRecord,
    Step,
    Unfinished,
)
from publisher.steps.chain import Chain, StoredRecord
from publisher.transfer.inventory import Delivery

Place = tuple[TargetId, str]
"""A target, and the name of a registry."""


def waiting_of(chain: Chain, last: StoredRecord | None) -> tuple[Unfinished, ...]:
    """Give what optional registries lacked when the last record ended: contents, or moves of its tags.

    Raises:
        RegistryError: staging failed.
    """
    if last is None:
        return ()
    told: dict[tuple[TargetId, str | None], Unfinished] = {
        (item.target, item.registry): item for item in last.record.unfinished if item.registry
    }
    optional = any(not item.required for item in chain.bench.settings.registries.values())
    outcome = chain.outcome(last) if optional and last.record.moves else None
    for item in undone(last.record, outcome):
        told.setdefault((item.target, item.registry), item)
    return tuple(told.values())


def undone(record: ReleaseRecord, outcome: ReleaseOutcome | None) -> list[Unfinished]:
    """Give the moves of a record that its optional registries may not have made."""
    lagging = late_registries(outcome)
    return [
        Unfinished(move.target, Step.PUBLISH, lagging[move.registry], registry=move.registry)
        for move in record.moves
        if move.registry in lagging
    ]


def late_registries(outcome: ReleaseOutcome | None) -> Mapping[str, str]:
    """Give the registries that lagged when a record ended, with the reason."""
    found = outcome.registries if outcome else ()
    return {item.registry: item.message for item in found if item.state is DestinationState.LAGGING}


def without_late(
    record: ReleaseRecord, reports: Mapping[str, LaneReport], freight: Sequence[tuple[TargetId, Delivery]]
) -> ReleaseRecord:
    """Take what did not arrive out of a record, and note it as unfinished there."""
    late = {
        (target, one.registry): reason(one.registry, error)
        for target, one in freight
        if (report := reports.get(one.registry)) and (error := report.error) and _failed(one, report)
    }
    return leave_out(record, late)


def _failed(delivery: Delivery, report: LaneReport) -> bool:
    """Tell whether a delivery did not arrive; all of a registry that failed without saying which."""
    key = _key(delivery)
    return not report.failed or any(_key(one) == key for one in report.failed)


def _key(delivery: Delivery) -> tuple[str, str]:
    return delivery.repository, delivery.shipment.root.manifest.digest


def reason(registry: str, error: PublisherError) -> str:
    """Say why a registry lags."""
    return f"{registry}: {error.what}"


def leave_out(record: ReleaseRecord, late: Mapping[Place, str]) -> ReleaseRecord:
    """Take places out of a record; an image without a destination is not part of it."""
    kept = (_without(item, late) for item in record.images)
    noted = (Unfinished(t, Step.PUBLISH, why, registry=name) for (t, name), why in sorted(late.items()))
    return replace(
        record,
        images=tuple(item for item in kept if item.destinations),
        moves=tuple(move for move in record.moves if (move.target, move.registry) not in late),
        unfinished=(*record.unfinished, *noted),
    )


def _without(item: ReleasedImage, late: Collection[Place]) -> ReleasedImage:
    kept = tuple(place for place in item.destinations if (item.image.target, place.registry) not in late)
    return replace(item, destinations=kept)


def keep_holds(record: ReleaseRecord, before: Iterable[Hold]) -> ReleaseRecord:
    """Let a merge's holds go on where what was to end them came to no registry at all."""
    released = {item.image.target for item in record.images}
    moved = {f"{move.target.image}:{move.tag}" for move in record.moves}
    ended = {hold.target for hold in before} & (released | moved)
    known = {hold.target for hold in record.holds}
    kept = [one for one in before if one.target not in known | ended]
    if record.kind is not RecordKind.MERGE or not kept:
        return record
    return replace(record, holds=tuple(sorted((*record.holds, *kept), key=lambda hold: hold.target)))


def carry_on(record: ReleaseRecord, waiting: Iterable[Unfinished]) -> ReleaseRecord:
    """Keep what still waits among the unfinished, and drop what this record brings."""
    brought = {(item.image.target, place.registry) for item in record.images for place in item.destinations}
    left = [item for item in record.unfinished if (item.target, item.registry) not in brought]
    known = {(item.target, item.registry) for item in left}
    whole = {item.target for item in left if item.registry is None}
    carried = [
        item
        for item in waiting
        if (item.target, item.registry) not in brought | known and item.target not in whole
    ]
    listed = sorted((*left, *carried), key=lambda item: (item.target, item.registry or ""))
    return replace(record, unfinished=tuple(listed))
