"""Holds: tags that a rollback keeps where they are, whatever a merge builds.

A hold stands as long as the catalog gives the very builds that were rolled back.  As soon as a
platform that both have is built from other inputs the hold ends by itself.  A platform that came
or went changes nothing about the builds that are held back, so it ends no hold.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import Protocol

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.changes import build_ids
from publisher.plan.plan import Held, PlannedMove
from publisher.plan.snapshot import Snapshot

BuildIds = Mapping[Platform, BuildId]


class Holding(Protocol):
    """What a plan asks of a hold; `publisher.records.release.Hold` is one."""

    @property
    def target(self) -> TargetId:
        """Give the target that is held."""

    @property
    def digest(self) -> Digest:
        """Give what its tags name."""

    @property
    def build_ids(self) -> BuildIds:
        """Give the builds that were rolled back."""

    @property
    def reason(self) -> str:
        """Give the word of who rolled back."""

    @property
    def since(self) -> int:
        """Give the record that began it."""


def stands(held: BuildIds, built: BuildIds) -> bool:
    """Tell whether a hold of these builds stands against others.

    Where nothing is known of what was rolled back (an adopted image) it stands until it is thawed.
    """
    common = held.keys() & built.keys()
    return not held or (bool(common) and all(held[platform] == built[platform] for platform in common))


def apply_holds(
    moves: Iterable[PlannedMove], head: Snapshot, holds: Collection[Holding]
) -> tuple[tuple[PlannedMove, ...], tuple[Held, ...]]:
    """Take the moves of held targets out; give the others, and what is held or ceases to be."""
    by_name: Mapping[str, Holding] = {hold.target: hold for hold in holds}
    going: list[PlannedMove] = []
    kept: dict[TargetId, list[PlannedMove]] = {hold.target: [] for hold in holds}
    ending: set[TargetId] = set()
    for move in moves:
        hold = by_name.get(move.target) or by_name.get(f"{move.image}:{move.tag}")
        if hold is None:
            going.append(move)
        elif stands(hold.build_ids, build_ids(head, move.target)):
            kept[hold.target].append(move)
        else:
            going.append(move)
            ending.add(hold.target)
    listed = sorted(holds, key=lambda hold: hold.target)
    return tuple(going), tuple(_held(hold, kept[hold.target], ending) for hold in listed)


def _held(hold: Holding, moves: Iterable[PlannedMove], ending: Collection[TargetId]) -> Held:
    target = hold.target
    return Held(
        target.image, target.tag, hold.digest, hold.since, hold.reason, tuple(moves), target in ending
    )
