"""Why one target is built or is not: the chain of causes, down to the file that somebody changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from publisher.catalog.entry import Status
from publisher.catalog.files import Files
from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.changes import build_ids
from publisher.plan.declarations import LOCK_FILE, SETTINGS_FILE
from publisher.plan.graph import ancestors
from publisher.plan.passed_over import PassedOver, passed_over
from publisher.plan.plan import Plan, PlannedMove, Reason, ReasonCode
from publisher.plan.reasons import find_reasons
from publisher.plan.snapshot import Snapshot


class Fate(StrEnum):
    """What the plan does to a target: the weightiest of it."""

    STOPPED = "stopped"
    BUILT = "built"
    COPIED = "copied"
    TESTED = "tested"
    MOVED = "moved"
    KEPT = "kept"
    BROKEN = "broken"
    UNCHANGED = "unchanged"
    RETIRED = "retired"


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason, and the file whose change it comes from; empty where no file of this change is behind it."""

    reason: Reason
    file: str


@dataclass(frozen=True, slots=True)
class Link:
    """A build on the way from the target (depth 0) to what changed; `wave` is None where it is not built."""

    target: TargetId
    depth: int
    wave: int | None
    causes: tuple[Cause, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """The answer.  `asked` is the name that was asked for: an alias, `latest`, or the target itself.

    `ids` and `former_ids` are the BuildIds at both ends; `beside` are changed files that do not count.
    """

    asked: str
    target: TargetId
    fate: Fate
    why: str
    chain: tuple[Link, ...] = ()
    moves: tuple[PlannedMove, ...] = ()
    beside: tuple[PassedOver, ...] = ()
    problems: tuple[Problem, ...] = ()
    ids: Mapping[Platform, BuildId] | None = None
    former_ids: Mapping[Platform, BuildId] | None = None

    @property
    def roots(self) -> Iterator[tuple[TargetId, Cause]]:
        """Give what the chain begins with: causes that are not another target of the chain."""
        linked = {link.target for link in self.chain}
        for link in self.chain:
            for cause in link.causes:
                if cause.reason.code is not ReasonCode.PARENT_REBUILT or cause.reason.cause not in linked:
                    yield link.target, cause


def explain_target(plan: Plan, base: Snapshot, head: Snapshot, files: Files, asked: str) -> Explanation:
    """Say what the plan does to what `asked` names in one of the states, and why; `files` are the head's."""
    target = head.owners.get(asked)
    if target is None:
        return _retired(asked, base.owners[asked], base)
    fate, why = _fate(plan, base, head, target)
    above = sorted(ancestors(head.parents, target))
    same = [one for one in (target, *above) if build_ids(base, one) == build_ids(head, one) != {}]
    asks = fate in (Fate.UNCHANGED, Fate.TESTED, Fate.MOVED)
    beside = {item for one in same if asks for item in passed_over(base, head, one, files)}
    return Explanation(
        asked, target, fate, why,
        chain=tuple(_links(plan, base, head, target, fate)),
        moves=tuple(move for move in plan.moves if move.target == target),
        beside=tuple(sorted(beside)),
        problems=tuple(_problems(plan, head, {target, *above} if fate in _STUCK else {target})),
        ids=build_ids(head, target), former_ids=build_ids(base, target),
    )  # fmt: skip


def _problems(plan: Plan, head: Snapshot, targets: Collection[TargetId]) -> Iterator[Problem]:
    files = {head.kept[target] for target in targets if target in head.kept}
    for problem in plan.problems:
        if problem.target in targets or (problem.target is None and problem.file in files):
            yield problem


def _retired(asked: str, target: TargetId, base: Snapshot) -> Explanation:
    place = base.entries[target].position
    why = f"{place} declared it, and the new state does not; its tag stays where it is published"
    return Explanation(asked, target, Fate.RETIRED, why, former_ids=build_ids(base, target))


def _fate(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId) -> tuple[Fate, str]:
    if target in plan.stopped:
        return Fate.STOPPED, _stopped(plan, head, target)
    if any(build.target == target for build in plan.builds):
        return Fate.BUILT, ""
    for copy in plan.copies:
        if copy.target == target:
            return (
                Fate.COPIED,
                f"its inputs equal those of {copy.same_as}, so the same image gets another name",
            )
    if any(test.target == target for test in plan.tests):
        return Fate.TESTED, _tested(base, head, target)
    if any(move.target == target for move in plan.moves):
        return Fate.MOVED, "the image is as it was: a tag or a registry is new, or was left"
    return _idle(base, head, target)


def _tested(base: Snapshot, head: Snapshot, target: TargetId) -> str:
    if base.test_digest(target) == head.test_digest(target):
        return f"`policy.tests` in {SETTINGS_FILE} asks for a better test than before"
    smoke = head.entries[target].smoke
    return f"its smoke test changed ({smoke or 'it is gone'}), and no input of the build"


def _stopped(plan: Plan, head: Snapshot, target: TargetId) -> str:
    above = sorted(parent for parent in ancestors(head.parents, target) if parent in plan.stopped)
    own = any(problem.target == target for problem in plan.problems)
    if target in head.kept:
        return f"{head.kept[target]} cannot be read, so it stands as it was"
    return f"it is built on {', '.join(above)}" if above and not own else "a problem of its own keeps it"


def _idle(base: Snapshot, head: Snapshot, target: TargetId) -> tuple[Fate, str]:
    """Say why nothing is done: it is to stay as it is, it cannot be planned, or it did not change."""
    entry = head.entries[target]
    changed = build_ids(base, target) != build_ids(head, target)
    inputs = "its inputs changed, but it" if changed else "it"
    if entry.status is not Status.ACTIVE:
        return Fate.KEPT, f"{inputs} is declared `status: {entry.status}` at {entry.position}"
    if target in head.lock.adopted:
        return Fate.KEPT, f"{inputs} is adopted in {LOCK_FILE}: the published image stands"
    if target not in head.inputs:
        return Fate.BROKEN, "it cannot be built as it is, which this change neither caused nor touches"
    kept = f" ({head.kept[target]} cannot be read and stands as it was)" if target in head.kept else ""
    return Fate.UNCHANGED, f"no input, test or tag of it changed{kept}"


def _links(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId, fate: Fate) -> Iterator[Link]:
    if fate is Fate.BUILT:
        yield from _chain(plan, base, head, target)
    elif fate is Fate.KEPT and target in base.inputs and target in head.inputs:
        reasons = find_reasons(base, head, target)
        if reasons:
            yield Link(target, 0, None, tuple(_causes(target, reasons, base, head)))


def _chain(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[Link]:
    """Follow rebuilt parents depth first, each target once."""
    builds = {build.target: build for build in plan.builds}
    seen: set[TargetId] = set()
    waiting = [(target, 0)]
    while waiting:
        here, depth = waiting.pop()
        if here in seen:
            continue
        seen.add(here)
        build = builds[here]
        yield Link(here, depth, build.wave, tuple(_causes(here, build.reasons, base, head)))
        above = [TargetId(r.cause) for r in build.reasons if r.code is ReasonCode.PARENT_REBUILT]
        waiting += [(parent, depth + 1) for parent in reversed(above) if parent in builds]


def _causes(target: TargetId, reasons: Collection[Reason], base: Snapshot, head: Snapshot) -> Iterator[Cause]:
    declared = head.entries[target].position.file
    for reason in reasons:
        if reason.code is ReasonCode.PARENT_REBUILT:
            yield Cause(reason, "")
            continue
        order = (LOCK_FILE, declared) if reason.code in _LOCKED else (declared, SETTINGS_FILE, LOCK_FILE)
        places = (reason.cause, *order)
        yield Cause(reason, next((p for p in places if base.tree.get(p) != head.tree.get(p)), ""))


_LOCKED = (ReasonCode.BASE_REFRESHED, ReasonCode.GENERATION)
_STUCK = (Fate.STOPPED, Fate.BROKEN)
