"""The builds of a state, each worked out when it is first asked for.

A plan of one changed Dockerfile needs the BuildIds of what it touches and of what that is built on,
not those of a whole catalog.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import TypeVar

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.build_id import Identity
from publisher.plan.draft import Draft, Drafter, finish
from publisher.plan.inputs import BuildInputs

Part = TypeVar("Part")
Drafts = Mapping[TargetId, Mapping[Platform, Draft]]
ByPlatform = Mapping[Platform, Part]


class Builds:
    """Finishes drafts, of which every parent is among them; those in `taken_over` are `former`'s."""

    def __init__(
        self, drafts: Drafts, drafter: Drafter, former: Builds | None, taken_over: Collection[TargetId]
    ) -> None:
        self._drafts, self._drafter = drafts, drafter
        self.former, self.taken_over = former, taken_over
        inputs: dict[TargetId, ByPlatform[BuildInputs]] = {}
        identities: dict[TargetId, ByPlatform[Identity]] = {}
        self.inputs = LazyBuilds(self, drafts.keys(), inputs)
        self.identities = LazyBuilds(self, drafts.keys(), identities)
        self._inputs, self._identities = inputs, identities

    def finish(self, target: TargetId) -> None:
        """Work out a target after its parents, without recursion: a chain of them may have any length."""
        waiting = [target]
        while waiting:
            missing = [parent for parent in self._parents(waiting[-1]) if parent not in self._inputs]
            if missing:
                waiting += missing
            else:
                self._finish(waiting.pop())

    def _parents(self, target: TargetId) -> set[TargetId]:
        if target in self.taken_over:
            return set()
        return {parent.target for draft in self._drafts[target].values() for parent in draft.parents}

    def _finish(self, target: TargetId) -> None:
        if target in self._inputs:
            return
        if self.former and target in self.taken_over:
            self._identities[target] = self.former.identities[target]
            self._inputs[target] = self.former.inputs[target]
            return
        done = {p: finish(draft, self._drafter, self._build_id) for p, draft in self._drafts[target].items()}
        self._identities[target] = {platform: identity for platform, (_, identity) in done.items()}
        self._inputs[target] = {platform: made for platform, (made, _) in done.items()}

    def _build_id(self, parent: TargetId, platform: Platform) -> BuildId:
        return self._inputs[parent][platform].build_id


class LazyBuilds(Mapping[TargetId, ByPlatform[Part]]):
    """One part of all builds, by target; `made` are those that have been worked out."""

    def __init__(
        self, builds: Builds, targets: Collection[TargetId], made: Mapping[TargetId, ByPlatform[Part]]
    ) -> None:
        self._builds, self._targets, self._made = builds, targets, made

    def __getitem__(self, target: TargetId) -> ByPlatform[Part]:
        """Give the builds of a target by platform."""
        if target not in self._made:
            if target not in self._targets:
                raise KeyError(target)
            self._builds.finish(target)
        return self._made[target]

    def __iter__(self) -> Iterator[TargetId]:
        """Give the targets, parents first."""
        return iter(self._targets)

    def __len__(self) -> int:
        """Give the number of targets."""
        return len(self._targets)

    def __contains__(self, target: object) -> bool:
        """Tell whether a target can be built; works nothing out."""
        return target in self._targets

    def are_those_of(self, target: TargetId, other: Mapping[TargetId, ByPlatform[Part]]) -> bool:
        """Tell whether the builds of a target were taken over from `other`; works nothing out."""
        former = self._builds.former
        return (
            former is not None
            and target in self._builds.taken_over
            and (other is former.inputs or other is former.identities)
        )


def finish_lazily(drafts: Drafts, drafter: Drafter) -> Builds:
    """Prepare the builds of drafts that come in build order."""
    former = drafter.former
    if former is None:
        return Builds(drafts, drafter, None, ())
    taken_over: set[TargetId] = set()
    is_same: Callable[[TargetId], bool] = taken_over.__contains__
    for target, by_platform in drafts.items():
        if former.built_from(target, by_platform, is_same):
            taken_over.add(target)
    return Builds(drafts, drafter, former.builds, taken_over)
