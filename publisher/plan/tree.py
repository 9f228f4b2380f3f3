"""The planned builds as a tree of text: each below the parent it waits for longest."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.plan.plan import PlannedBuild


@dataclass(frozen=True, slots=True)
class Branch:
    """A build with the text that draws its place in the tree."""

    stem: str
    build: PlannedBuild
    parent: TargetId | None


def branches(builds: Sequence[PlannedBuild]) -> Iterator[Branch]:
    """Give the builds in the order of the tree, each with its stem."""
    planned = {build.target: build for build in builds}
    above = {build.target: _place(build, planned) for build in builds}
    below: dict[TargetId | None, list[PlannedBuild]] = {}
    for build in builds:
        below.setdefault(above[build.target], []).append(build)
    waiting = [Branch("", build, None) for build in reversed(below.get(None, []))]
    margins = {branch.build.target: "" for branch in waiting}
    while waiting:
        branch = waiting.pop()
        yield branch
        children = below.get(branch.build.target, [])
        for number, child in reversed(list(enumerate(children))):
            is_last = number == len(children) - 1
            margin = margins[branch.build.target]
            margins[child.target] = margin + ("   " if is_last else "│  ")
            waiting.append(Branch(margin + ("└─ " if is_last else "├─ "), child, branch.build.target))


def _place(build: PlannedBuild, planned: Mapping[TargetId, PlannedBuild]) -> TargetId | None:
    parents = [parent for parent in build.parents if parent in planned]
    return max(parents, key=lambda parent: (planned[parent].wave, parent), default=None)
