"""What a large plan comes down to: the changes at its roots, and how many builds follow each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from publisher.catalog.target import TargetId
from publisher.plan.plan import PlannedBuild, Reason
from publisher.plan.tree import branches


@dataclass(slots=True)
class Root:
    """Targets of one image that are built for the same kinds of reasons, and what follows, by image."""

    image: str
    targets: list[TargetId] = field(default_factory=list)
    reasons: dict[Reason, None] = field(default_factory=dict)
    followers: Counter[str] = field(default_factory=Counter)

    @property
    def weight(self) -> int:
        """Give how many builds it accounts for."""
        return len(self.targets) + self.followers.total()


def roots(builds: Sequence[PlannedBuild]) -> list[Root]:
    """Give the roots of the tree, the one with most builds first; every build is in one of them."""
    found: dict[object, Root] = {}
    current = Root("")
    for branch in branches(builds):
        build = branch.build
        if not branch.stem:
            codes = frozenset(reason.code for reason in build.reasons)
            current = found.setdefault((build.image, codes), Root(build.image))
            current.targets.append(branch.target)
            current.reasons |= dict.fromkeys(build.reasons)
        else:
            current.followers[build.image] += 1
    return sorted(found.values(), key=lambda root: (-root.weight, root.image, root.targets))
