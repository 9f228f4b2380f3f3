"""What a plan costs: minutes of building, and what each registry is asked and sent.

Figures are those of the last release of each target (`publisher.plan.figures`).  Minutes are the
sum over all builds, whatever runs side by side.  Requests and bytes are an upper bound: what is
in staging or at a registry already is not sent again.

Requests for one image at one registry, as the copier asks: a look whether it is there (1); each
blob: HEAD, then a mount where its parent has it (POST), else POST and PUT; each manifest: HEAD,
PUT, the list of its referrers, and HEAD and list again as the check; each referrer: PUT, and
where the registry keeps no list of its own GET, PUT, GET of the fallback tag.  A moved tag: HEAD
for the plan, HEAD, GET and PUT.  A run: fifty, for the release record with its signature and
outcome, and for comparing chains.  Retries and logins are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

from publisher.catalog.target import TargetId
from publisher.plan.figures import Contents, History
from publisher.plan.plan import Plan

_LOOK, _PER_MANIFEST, _PER_REFERRER, _PER_MOVE = 1, 5, 4, 4
_HEAD, _MOUNT, _SEND = 1, 1, 2
_CHECK = 2
_PER_RUN = 50
"""Requests of each kind; see above."""


@dataclass(frozen=True, slots=True)
class RegistryCost:
    """What one registry is asked and sent at most; `unknown` images have no figures and are left out."""

    registry: str
    images: int
    requests: int
    bytes: int
    unknown: int


@dataclass(frozen=True, slots=True)
class Cost:
    """The estimate: of `builds` (one per target and platform) `unknown` have no figures and are left out."""

    seconds: float
    builds: int
    unknown: int
    registries: tuple[RegistryCost, ...]


@dataclass(frozen=True, slots=True)
class _Freight:
    """What is new at a registry of one image: blobs, their bytes, and referrers; None where nothing tells."""

    contents: Contents
    blobs: int
    bytes: int
    referrers: int

    @property
    def requests(self) -> int:
        """Count as the module says."""
        if not (self.blobs or self.referrers):
            return _CHECK * self.contents.manifests
        evidence = self.referrers + 1 if self.referrers else 0  # they share an empty configuration
        here = self.contents.blobs - self.blobs
        return (
            _LOOK
            + (_HEAD + _MOUNT) * here
            + (_HEAD + _SEND) * (self.blobs + evidence)
            + _PER_MANIFEST * self.contents.manifests
            + _PER_REFERRER * self.referrers
        )


def estimate(plan: Plan, history: History, route: Callable[[str], Iterable[str]]) -> Cost:
    """Estimate; `route` gives the registries of an image."""
    cached = cache(lambda image: tuple(route(image)))
    taken = list(_seconds(plan, history))
    known = [seconds for seconds in taken if seconds is not None]
    names = dict.fromkeys(name for target in plan.targets for name in cached(target.image))
    return Cost(
        round(sum(known), 1), len(taken), len(taken) - len(known),
        tuple(_at(name, plan, history, cached) for name in sorted(names)),
    )  # fmt: skip


def _seconds(plan: Plan, history: History) -> Iterator[float | None]:
    """Give the time of each build; equal BuildIds are built once."""
    builds = {
        build_id: (build.target, platform)
        for build in reversed(plan.builds)
        for platform, build_id in build.build_ids.items()
    }
    yield from (history.seconds(target, platform) for target, platform in builds.values())


def _at(name: str, plan: Plan, history: History, route: Callable[[str], tuple[str, ...]]) -> RegistryCost:
    def at_registry(target: TargetId) -> Contents | None:
        return history.contents(target) if name in route(target.image) else None

    targets = [target for target in plan.targets if name in route(target.image)]
    freight = _freight(plan, at_registry)
    sent = [item for target in targets if (item := freight.get(target))]
    moves = sum(move.registry == name for move in plan.moves)
    return RegistryCost(
        name, len(targets), sum(item.requests for item in sent) + _PER_MOVE * moves + _PER_RUN,
        sum(item.bytes for item in sent), len(targets) - len(sent),
    )  # fmt: skip


def _freight(plan: Plan, held: Callable[[TargetId], Contents | None]) -> Mapping[TargetId, _Freight]:
    """Say what each target sends; `held` gives what the registry has of it, or had of its like."""
    found: dict[TargetId, _Freight] = {}
    for target in plan.targets:
        if contents := held(target):
            found[target] = _Freight(contents, 0, 0, 0)
    for test in plan.tests:
        if contents := held(test.target):  # a new test result for each platform and the index
            found[test.target] = _Freight(contents, 0, _part(contents), contents.manifests)
    for copy in plan.copies:
        if contents := held(copy.target) or held(copy.same_as):
            here = copy.same_as.image == copy.image
            found[copy.target] = _Freight(contents, 0, 0, 0) if here else _whole(contents, ())
    for build in plan.builds:
        if contents := held(build.target):
            found[build.target] = _whole(contents, filter(None, map(held, build.parents)))
    return found


def _whole(contents: Contents, parents: Iterable[Contents]) -> _Freight:
    """Take off what the largest parent holds: a layer is sent once to a registry."""
    inside = [
        parent for parent in parents if parent.bytes <= contents.bytes and parent.blobs <= contents.blobs
    ]
    parent = max(inside, key=lambda item: item.bytes, default=Contents(0, 0, 0, 0, 0))
    added = contents.bytes - parent.bytes + contents.evidence_bytes
    return _Freight(contents, contents.blobs - parent.blobs, added, contents.referrers)


def _part(contents: Contents) -> int:
    return contents.evidence_bytes * contents.manifests // max(contents.referrers, 1)
