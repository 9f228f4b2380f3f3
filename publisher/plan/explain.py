"""Why one target is built or is not: the chain of causes, down to the file that somebody changed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass

from publisher.catalog.files import Files
from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.cause_details import cause_detail
from publisher.plan.changes import build_ids
from publisher.plan.compared import Compared, compared_inputs
from publisher.plan.declarations import LOCK_FILE, SETTINGS_FILE
from publisher.plan.fate import Fate as Fate  # noqa: PLC0414 - others take it from here
from publisher.plan.fate import find_fate
from publisher.plan.graph import ancestors
from publisher.plan.name_changes import NameChange, name_changes, naming_files
from publisher.plan.passed_over import PassedOver, passed_over
from publisher.plan.plan import Held, Plan, PlannedMove, Reason, ReasonCode
from publisher.plan.reasons import find_reasons
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason, and the file whose change it comes from; empty where no file of this change is behind it.

    `detail` says more of it: modes, a former path, why a generation was raised.
    """

    reason: Reason
    file: str
    detail: str = ""


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
    `names` are names that it got or lost; `compared` is what was looked at where nothing is built.
    `held` says what a rollback keeps where it is.  `base` and `head` are the commits of the two states.
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
    names: tuple[NameChange, ...] = ()
    compared: Compared | None = None
    held: Held | None = None
    base: str = ""
    head: str = ""

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
        return _retired(plan, asked, base.owners[asked], base)
    fate, why = find_fate(plan, base, head, target)
    above = sorted(ancestors(head.parents, target))
    asks = fate in (Fate.UNCHANGED, Fate.TESTED, Fate.MOVED, Fate.HELD)
    return Explanation(
        asked, target, fate, why,
        chain=tuple(_links(plan, base, head, target, fate)),
        moves=tuple(move for move in plan.moves if move.target == target),
        beside=tuple(_beside(base, head, target, files)) if asks else (),
        problems=tuple(_problems(plan, head, {target, *above} if fate in _STUCK else {target})),
        ids=build_ids(head, target), former_ids=build_ids(base, target),
        names=tuple(name_changes(base, head, target)),
        compared=compared_inputs(head, target) if asks else None,
        held=next((one for one in plan.held if one.target == target), None),
        base=plan.base, head=plan.head,
    )  # fmt: skip


def _beside(base: Snapshot, head: Snapshot, target: TargetId, files: Files) -> list[PassedOver]:
    """Give changed files that change nothing of a target or of what it is built on, but for its names."""
    near = (target, *ancestors(head.parents, target))
    same = [one for one in near if build_ids(base, one) == build_ids(head, one) != {}]
    causes = naming_files(base, head, target)
    found = {item for one in same for item in passed_over(base, head, one, files)}
    return sorted(item for item in found if item.file not in causes)


def _problems(plan: Plan, head: Snapshot, targets: Collection[TargetId]) -> Iterator[Problem]:
    files = {head.kept[target] for target in targets if target in head.kept}
    for problem in plan.problems:
        if problem.target in targets or (problem.target is None and problem.file in files):
            yield problem


def _retired(plan: Plan, asked: str, target: TargetId, base: Snapshot) -> Explanation:
    place = base.entries[target].position
    why = f"{place} declared it, and the new state does not; its tag stays where it is published"
    former_ids = build_ids(base, target)
    return Explanation(
        asked, target, Fate.RETIRED, why, former_ids=former_ids, base=plan.base, head=plan.head
    )


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
        file = next((p for p in places if base.tree.get(p) != head.tree.get(p)), "")
        yield Cause(reason, file, cause_detail(base, head, target, reason))


_LOCKED = (ReasonCode.BASE_REFRESHED, ReasonCode.GENERATION)
_STUCK = (Fate.STOPPED, Fate.BROKEN)
