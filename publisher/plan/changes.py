"""What differs between two states of the catalog, target by target."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from publisher.catalog.settings import TestLevel
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.graph import descendants
from publisher.plan.snapshot import Snapshot

BuildKey = tuple[tuple[Platform, BuildId], ...]


@dataclass(frozen=True, slots=True)
class Changes:
    """Targets of the head by what the change does to them.

    `rebuilt`: a BuildId differs on a platform, a platform came or went, or it is built again
    from now on.  `retested`: the smoke test differs, or the policy asks for a better one.
    `touched`: those, what is built on the rebuilt ones, what was left of an earlier run, and
    targets that cannot be planned whose own files differ.  `twins`: new targets whose inputs
    equal those of a published one, which need no build.
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


def differs(base: Snapshot, former: TargetId, head: Snapshot, target: TargetId) -> bool:
    """Tell whether a target has another image than `former` had.

    What was frozen or adopted need not have the image of its inputs: when it is built again, it counts
    as changed, so that nothing is lost however many commits lie between.
    """
    woken = former in base.entries and base.is_dormant(former) and not head.is_dormant(target)
    if former == target and head.shares_builds(base, target):
        return woken
    return woken or build_ids(base, former) != build_ids(head, target)


def find_changes(
    base: Snapshot,
    head: Snapshot,
    left: Collection[TargetId],
    released: Callable[[TargetId], bool] | None = None,
) -> Changes:
    """Compare two states; `released` tells whether a target of `base` was published, by default all were."""
    rebuilt = {t for t in head.inputs if differs(base, t, head, t)}
    stuck = {t for t, outline in head.outlines.items() if base.outlines.get(t) != outline}
    stuck -= head.lock.adopted.keys()  # nothing of them would be built if they could be
    retested = set(_retested(base, head))
    touched = descendants(head.parents, rebuilt | stuck) | retested | {t for t in left if t in head.entries}
    ours = [t for t in base.inputs if t not in left and not base.is_dormant(t)]
    published = [t for t in ours if released is None or released(t)]
    new = [t for t in rebuilt if t not in base.entries and t not in left]
    return Changes(frozenset(rebuilt), frozenset(retested), touched, _twins(base, published, head, new))


def _retested(base: Snapshot, head: Snapshot) -> Iterator[TargetId]:
    rising = _rising({p for target in head.inputs for p in head.entries[target].platforms}, base, head)
    for target in head.inputs:
        if target in base.inputs and (
            base.test_digest(target) != head.test_digest(target)
            or not rising.isdisjoint(head.entries[target].platforms)
        ):
            yield target


def _rising(platforms: Iterable[Platform], base: Snapshot, head: Snapshot) -> frozenset[Platform]:
    """Give the platforms on which the policy asks for a better test than before."""
    strictness = list(TestLevel)  # the strictest first
    levels = {p: (head.settings.test_level(p), base.settings.test_level(p)) for p in platforms}
    return frozenset(
        p for p, (now, before) in levels.items() if strictness.index(now) < strictness.index(before)
    )


def _twins(
    base: Snapshot, published: Iterable[TargetId], head: Snapshot, new: Iterable[TargetId]
) -> Mapping[TargetId, TargetId]:
    """Find a published target with the same inputs for new ones: rather one that stays as it is."""
    keys = {target: build_key(head, target) for target in new}
    wanted = set(keys.values())
    alike = [target for target in published if build_key(base, target) in wanted] if wanted else []
    ranked = sorted(alike, key=lambda t: (build_key(base, t) != build_key(head, t), t), reverse=True)
    originals = {build_key(base, target): target for target in ranked}
    return {target: originals[key] for target, key in keys.items() if key in originals}
