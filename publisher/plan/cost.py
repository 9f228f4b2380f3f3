"""What a plan costs: minutes of building, and what each registry is asked and sent.

Figures are those of the last release of each target (`publisher.plan.figures`).  Minutes are the
sum over all builds, whatever runs side by side.  Requests and bytes are an upper bound: what is
at a registry already is not sent again.  A registry's limit of requests a minute says how long
they take at least.

Requests of one image at one registry, as the transfer asks:

- a look: HEAD of its permanent tag; where that is there, HEAD of every manifest and the list of
  its referrers
- a blob, be it of the image or of a referrer: HEAD, and POST, which mounts; where it is new to the
  registry PUT; layers of a parent that goes there too are not new
- a manifest or a referrer: PUT
- a manifest with referrers: GET and PUT of the fallback tag, where the registry keeps no lists
- the check of a manifest: HEAD, and the list of its referrers

A tag: HEAD for the plan, HEAD, PUT and HEAD when it moves, GET where its manifest has to be read first.
A run: see `PER_RUN`.  Retries and logins are left out, and blobs whose mount is declined.
`publisher.transfer.cost` counts the same from what is really to be sent.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cache

from publisher.catalog.target import TargetId
from publisher.plan.figures import Contents, History
from publisher.plan.plan import Plan
from publisher.plan.quota import least_seconds

ASK, LOOK, SEND, WRITE, LIST, MERGE = 1, 2, 1, 1, 1, 2
PER_MOVE = 5
PER_RUN = 36
"""A run, seen at a registry without the referrers API: comparing chains, the release record with its
signature and its outcome, and looking whether the record before is complete.  One that a registry
missed costs some fifteen more."""

Route = Callable[[str], Collection[str]]


@dataclass(frozen=True, slots=True)
class RegistryCost:
    """What one registry is asked and sent at most; `unknown` images have no figures and are left out.

    `requests_per_minute` is its limit, None without one; `least_seconds` what that makes of `requests`.
    """

    registry: str
    images: int
    requests: int
    bytes: int
    unknown: int
    moves: int = 0
    requests_per_minute: int | None = None
    least_seconds: int = 0


@dataclass(frozen=True, slots=True)
class Cost:
    """The estimate: of `builds` (one per target and platform) `unknown` have no figures and are left out."""

    seconds: float
    builds: int
    unknown: int
    registries: tuple[RegistryCost, ...]


@dataclass(frozen=True, slots=True)
class Routing:
    """Registries by image: those of the head, those of the base, and the limits of requests a minute."""

    after: Route
    before: Route | None = None
    limits: Mapping[str, int] = field(default_factory=dict)

    def is_new(self, registry: str, image: str) -> bool:
        """Tell whether an image goes to a registry for the first time."""
        return self.before is not None and registry not in self.before(image)


@dataclass(frozen=True, slots=True)
class _Freight:
    """What is new at a registry of one image: blobs, their bytes, and its referrers' blobs.

    `there`: the registry has the image, though it may lack evidence; `written`: it gets something.
    """

    contents: Contents
    blobs: int = 0
    bytes: int = 0
    evidence: int = 0
    there: bool = False
    written: bool = True

    @property
    def requests(self) -> int:
        """Count as the module says."""
        manifests, referrers = self.contents.manifests, self.contents.referrers
        look = (ASK + LIST) * manifests if self.there else ASK
        if not self.written:
            return look
        placed = self.contents.blobs + (referrers + 1 if referrers else 0)  # they share a configuration
        return (
            look
            + LOOK * placed
            + SEND * (self.blobs + self.evidence)
            + WRITE * (manifests + referrers)
            + (MERGE + ASK + LIST) * manifests
        )


def estimate(plan: Plan, history: History, routing: Routing) -> Cost:
    """Estimate what a plan costs."""
    taken = list(_seconds(plan, history))
    known = [seconds for seconds in taken if seconds is not None]
    before = cache(routing.before) if routing.before else None
    cached = replace(routing, after=cache(routing.after), before=before)
    targets = {target: cached.after(target.image) for target in plan.targets}
    names = {name for places in targets.values() for name in places}
    return Cost(
        round(sum(known), 1), len(taken), len(taken) - len(known),
        tuple(_Registry(name, plan, frozenset(targets), history, cached).cost for name in sorted(names)),
    )  # fmt: skip


def _seconds(plan: Plan, history: History) -> Iterator[float | None]:
    """Give the time of each build; equal BuildIds are built once."""
    builds = {
        build_id: (build.target, platform)
        for build in reversed(plan.builds)
        for platform, build_id in build.build_ids.items()
    }
    yield from (history.seconds(target, platform) for target, platform in builds.values())


@dataclass(frozen=True, slots=True)
class _Registry:
    """One registry's part of a plan."""

    name: str
    plan: Plan
    targets: frozenset[TargetId]
    history: History
    routing: Routing

    @property
    def cost(self) -> RegistryCost:
        targets = [target for target in self.targets if self._goes(target)]
        freight = self._freight()
        sent = [item for target in targets if (item := freight.get(target))]
        moves = sum(move.registry == self.name for move in self.plan.moves)
        requests = sum(item.requests for item in sent) + PER_MOVE * moves + PER_RUN
        limit = self.routing.limits.get(self.name)
        return RegistryCost(
            self.name, len(targets), requests, sum(item.bytes for item in sent), len(targets) - len(sent),
            moves, limit, least_seconds(requests, limit),
        )  # fmt: skip

    def _goes(self, target: TargetId) -> bool:
        return self.name in self.routing.after(target.image)

    def _is_new(self, target: TargetId) -> bool:
        return self.routing.is_new(self.name, target.image)

    def _held(self, target: TargetId) -> Contents | None:
        """Give what the registry has of a target, or had of its like."""
        return self.history.contents(target) if self._goes(target) else None

    def _freight(self) -> Mapping[TargetId, _Freight]:
        """Say what each target sends; what only a tag names is there, unless the registry is new to it."""
        found: dict[TargetId, _Freight] = {}
        for target in self.targets:
            if contents := self._held(target):
                found[target] = _whole(contents, ()) if self._is_new(target) else _there(contents)
        for test in self.plan.tests:
            if (contents := self._held(test.target)) and not self._is_new(test.target):
                found[test.target] = _tested(contents)
        for copy in self.plan.copies:
            if contents := self._held(copy.target) or self._held(copy.same_as):
                here = copy.same_as.image == copy.image and not self._is_new(copy.target)
                found[copy.target] = _there(contents) if here else _whole(contents, ())
        for build in self.plan.builds:
            if contents := self._held(build.target):
                found[build.target] = _whole(contents, self._parents(build.parents))
        return found

    def _parents(self, parents: Iterable[TargetId]) -> Iterator[Contents]:
        for parent in parents:
            held = self._held(parent)
            if held and (parent in self.targets or not self._is_new(parent)):
                yield held


def _there(contents: Contents) -> _Freight:
    return _Freight(contents, there=True, written=False)


def _tested(contents: Contents) -> _Freight:
    """Count a new test result for each platform and the index."""
    share = contents.evidence_bytes * contents.manifests // max(contents.referrers, 1)
    return _Freight(contents, 0, share, contents.manifests, there=True)


def _whole(contents: Contents, parents: Iterable[Contents]) -> _Freight:
    """Take off what the largest parent holds: a layer is sent once to a registry."""
    inside = [
        parent for parent in parents if parent.bytes <= contents.bytes and parent.blobs <= contents.blobs
    ]
    parent = max(inside, key=lambda item: item.bytes, default=Contents(0, 0, 0, 0, 0))
    added = contents.bytes - parent.bytes + contents.evidence_bytes
    evidence = contents.referrers + 1 if contents.referrers else 0
    return _Freight(contents, contents.blobs - parent.blobs, added, evidence)
