"""The planned builds as a tree of text: each below the parent it waits for longest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.plan.plan import PlannedBuild, Reason, ReasonCode

DEEPEST = 20
"""Levels that are drawn; a deeper child stands beside its parent, which its reasons then name."""


@dataclass(frozen=True, slots=True)
class Branch:
    """A build with the text that draws its place in the tree.

    `margin` goes before further lines about it; `depth` counts from 0 and ends at the deepest
    level; `parent` is the one that it is drawn below, None at a root and beyond that level.
    """

    stem: str
    margin: str
    build: PlannedBuild
    parent: TargetId | None
    target: TargetId
    depth: int = 0

    @property
    def own_reasons(self) -> tuple[Reason, ...]:
        """Give the reasons but for this: that the parent right above is rebuilt."""
        return tuple(reason for reason in self.build.reasons if reason != self._follows)

    @property
    def follows(self) -> bool:
        """Tell whether one of the reasons is that the parent right above is rebuilt."""
        return self._follows in self.build.reasons

    @property
    def _follows(self) -> Reason:
        return Reason(ReasonCode.PARENT_REBUILT, self.parent or "")


def branches(builds: Sequence[PlannedBuild], deepest: int = DEEPEST) -> Iterator[Branch]:
    """Give the builds in the order of the tree, each with its stem."""
    planned = {build.target: build for build in builds}
    below: dict[TargetId | None, list[TargetId]] = {}
    for target, build in planned.items():
        below.setdefault(_place(build, planned), []).append(target)
    waiting = [Branch("", "", planned[target], None, target) for target in reversed(below.get(None, []))]
    while waiting:
        branch = waiting.pop()
        children = below.get(branch.target, [])
        drawn_below = branch.depth < deepest
        margin = branch.margin + ("│  " if children and drawn_below else "   ")
        yield Branch(branch.stem, margin, branch.build, branch.parent, branch.target, branch.depth)
        places = _below(branch, len(children)) if drawn_below else _beside(branch, len(children))
        waiting += [
            Branch(stem, margin, planned[child], parent, child, depth)
            for child, (stem, margin, parent, depth) in reversed(list(zip(children, places, strict=True)))
        ]


_Place = tuple[str, str, TargetId | None, int]
"""Stem, margin, parent and depth of a branch."""


def _below(branch: Branch, number: int) -> Iterator[_Place]:
    for left in reversed(range(number)):
        stem, margin = ("├─ ", "│  ") if left else ("└─ ", "   ")
        yield branch.margin + stem, branch.margin + margin, branch.target, branch.depth + 1


def _beside(branch: Branch, number: int) -> Iterator[_Place]:
    yield from [(branch.stem, branch.margin, None, branch.depth)] * number


def _place(build: PlannedBuild, planned: Mapping[TargetId, PlannedBuild]) -> TargetId | None:
    parents = [parent for parent in build.parents if parent in planned]
    return max(parents, key=lambda parent: (planned[parent].wave, parent), default=None)
