"""What a plan does to one target, and why it does no more."""

from __future__ import annotations

from enum import StrEnum

from publisher.catalog.entry import Status
from publisher.catalog.target import TargetId
from publisher.plan.changes import build_ids
from publisher.plan.declarations import LOCK_FILE, SETTINGS_FILE
from publisher.plan.graph import ancestors
from publisher.plan.name_changes import name_changes
from publisher.plan.plan import Plan, PlannedBuild, ReasonCode
from publisher.plan.snapshot import Snapshot


class Fate(StrEnum):
    """What the plan does to a target: the weightiest of it."""

    STOPPED = "stopped"
    BUILT = "built"
    COPIED = "copied"
    TESTED = "tested"
    MOVED = "moved"
    HELD = "held"
    KEPT = "kept"
    BROKEN = "broken"
    UNCHANGED = "unchanged"
    RETIRED = "retired"


def find_fate(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId) -> tuple[Fate, str]:
    """Give the fate of a target of the head, and why where no chain of causes says it."""
    if target in plan.stopped:
        return Fate.STOPPED, _stopped(plan, head, target)
    for build in plan.builds:
        if build.target == target:
            return Fate.BUILT, _only_index(build, base)
    for copy in plan.copies:
        if copy.target == target:
            return (
                Fate.COPIED,
                f"its inputs equal those of {copy.same_as}, so the same image gets another name",
            )
    if any(test.target == target for test in plan.tests):
        return Fate.TESTED, _tested(base, head, target)
    if any(move.target == target for move in plan.moves):
        return Fate.MOVED, _moved(base, head, target)
    if any(one.target == target and one.moves for one in plan.held):
        return Fate.HELD, "the image is as it was, and a rollback keeps its tags from moving"
    return _idle(base, head, target)


def _only_index(build: PlannedBuild, base: Snapshot) -> str:
    """Say so where platforms went and the builds of the others are those that staging has."""
    fewer = build.reasons and all(reason.code is ReasonCode.PLATFORM_REMOVED for reason in build.reasons)
    former = build_ids(base, build.target)
    as_before = all(former.get(platform) == build_id for platform, build_id in build.build_ids.items())
    said = "its other platforms are as they were, so only the index is made anew"
    return said if fewer and as_before else ""


def _moved(base: Snapshot, head: Snapshot, target: TargetId) -> str:
    if any(change.owner == target for change in name_changes(base, head, target)):
        return "the image is as it was, but its names changed"
    if target in base.entries and base.entries[target].internal:
        return f"the image is as it was; it is no longer internal at {head.entries[target].position}"
    return "the image is as it was: a registry is new, or a tag was left"


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
    return Fate.UNCHANGED, f"{_untouched(base, head, target)}{kept}"


def _untouched(base: Snapshot, head: Snapshot, target: TargetId) -> str:
    if any(name_changes(base, head, target)):
        return "no input or test of it changed, but its names did"
    entry = head.entries[target]
    if entry.internal and target in base.entries and not base.entries[target].internal:
        return f"no input or test of it changed; it is internal at {entry.position}, so its tags are retired"
    return "no input, test or tag of it changed"
