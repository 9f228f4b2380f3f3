"""Holds from record to record: which go on, which end, and how one begins."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from publisher.catalog.target import TargetId
from publisher.plan.holds import stands
from publisher.records.image import AttestedImage
from publisher.records.release import Hold, Move
from publisher.records.version import Version


def remaining(
    holds: Iterable[Hold], images: Iterable[AttestedImage], moves: Iterable[Move]
) -> tuple[Hold, ...]:
    """Give the holds that a merge leaves in force.

    One ends when its target was released from other inputs, or when its own tag moved on (it may be
    another target's by now).  A build that failed ends none: a merge that takes the change back would
    else bring what was rolled back.
    """
    built = {image.target: {one.platform: one.build_id for one in image.platforms} for image in images}
    moved = {(f"{move.target.image}:{move.tag}", move.digest) for move in moves}
    return tuple(
        hold
        for hold in holds
        if all(name != hold.target or digest == hold.digest for name, digest in moved)
        and (hold.target not in built or stands(hold.build_ids, built[hold.target]))
    )


def held(holds: Iterable[Hold], back: Version, newest: Version, reason: str, since: int) -> tuple[Hold, ...]:
    """Give the holds with one more: a target goes back to a version while `newest` is its newest one.

    It is the newest version's builds that later plans would move the tags to, whatever the tags
    named until now; so a second rollback holds back the same builds as the first.
    """
    new = Hold(back.target, back.digest, newest.build_ids, reason, since)
    return tuple(sorted((*released(holds, {back.target}), new), key=lambda hold: hold.target))


def released(holds: Iterable[Hold], targets: Collection[TargetId]) -> tuple[Hold, ...]:
    """Give the holds without those of some targets."""
    return tuple(hold for hold in holds if hold.target not in targets)
