"""What differs between two states of the catalog, target by target."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.graph import descendants
from publisher.plan.snapshot import Snapshot

BuildKey = tuple[tuple[Platform, BuildId], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Targets of the head by what the change does to them.

    `rebuilt`: a BuildId differs on a platform, or a platform came or went.  `retested`: the
    smoke test differs.  `touched`: those, what is built on the rebuilt ones, what was left
    of an earlier run, and targets that cannot be planned whose own files differ.
    `twins`: new targets whose inputs equal those of a published one, which need no build.
    """

    rebuilt: frozenset[TargetId]
    retested: frozenset[TargetId]
    touched: frozenset[TargetId]
    twins: Mapping[TargetId, TargetId]


def build_ids(snapshot: Snapshot, target: TargetId) -> Mapping[Platform, BuildId]:
    """Give the BuildIds of a target by platform; none when it is absent or cannot be planned."""
    return {platform: inputs.build_id for platform, inputs in snapshot.inputs.get(target, {}).items()}


def build_key(snapshot: Snapshot, target: TargetId) -> BuildKey:
    """Give platforms and BuildIds as one value: equal keys are equal images."""
    return tuple(sorted(build_ids(snapshot, target).items()))


def find_changes(
    base: Snapshot,
    head: Snapshot,
    left: Collection[TargetId],
    released: Callable[[TargetId], bool] | None = None,
) -> Changes:
    """Compare two states; `released` tells whether a target of `base` was published, by default all were."""
    rebuilt = {t for t in head.inputs if build_ids(base, t) != build_ids(head, t)}
    stuck = {t for t, outline in head.outlines.items() if base.outlines.get(t) != outline}
    retested = {t for t in head.inputs if t in base.inputs and base.test_digest(t) != head.test_digest(t)}
    touched = descendants(head.parents, rebuilt | stuck) | retested | {t for t in left if t in head.entries}
    published = [t for t in base.inputs if t not in left and (released is None or released(t))]
    new = [t for t in rebuilt if t not in base.entries and t not in left]
    return Changes(frozenset(rebuilt), frozenset(retested), touched, _twins(base, published, head, new))


def _twins(
    base: Snapshot, published: Iterable[TargetId], head: Snapshot, new: Iterable[TargetId]
) -> Mapping[TargetId, TargetId]:
    originals = {build_key(base, target): target for target in sorted(published, reverse=True)}
    found = {target: originals.get(build_key(head, target)) for target in new}
    return {target: original for target, original in found.items() if original}
