"""The planned builds as a tree of text: each below the parent it waits for longest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.plan.plan import PlannedBuild


@dataclass(frozen=True, slots=True)
class Branch:
    """A build with the text that draws its place in the tree; `margin` goes before further lines about it."""

    stem: str
    margin: str
    build: PlannedBuild
    parent: TargetId | None


def branches(builds: Sequence[PlannedBuild]) -> Iterator[Branch]:
    """Give the builds in the order of the tree, each with its stem."""
    planned = {build.target: build for build in builds}
    above = {build.target: _place(build, planned) for build in builds}
    below: dict[TargetId | None, list[PlannedBuild]] = {}
    for build in builds:
        below.setdefault(above[build.target], []).append(build)
    waiting = [Branch("", "", build, None) for build in reversed(below.get(None, []))]
    while waiting:
        branch = waiting.pop()
        children = below.get(branch.build.target, [])
        yield replace(branch, margin=branch.margin + ("│  " if children else "   "))
        for number, child in reversed(list(enumerate(children, 1))):
            stem, margin = ("└─ ", "   ") if number == len(children) else ("├─ ", "│  ")
            place = (branch.margin + stem, branch.margin + margin)
            waiting.append(Branch(*place, child, branch.build.target))


def _place(build: PlannedBuild, planned: Mapping[TargetId, PlannedBuild]) -> TargetId | None:
    parents = [parent for parent in build.parents if parent in planned]
    return max(parents, key=lambda parent: (planned[parent].wave, parent), default=None)
