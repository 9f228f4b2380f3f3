"""The plan of a change: intent, joined with what was left of earlier runs."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from collections.abc import Set as AbstractSet

from publisher.catalog.target import TargetId
from publisher.plan.changes import BuildKey, Changes, build_ids, build_key, find_changes
from publisher.plan.graph import waves
from publisher.plan.holds import Holding, apply_holds
from publisher.plan.plan import Plan, PlannedBuild, PlannedCopy, PlannedTest, Reason, ReasonCode
from publisher.plan.reasons import find_reasons
from publisher.plan.snapshot import Snapshot
from publisher.plan.tags import find_moves, find_retired, with_expected
from publisher.plan.verdict import judge

__all__ = ["make_plan", "with_expected"]


def make_plan(
    base: Snapshot,
    head: Snapshot,
    *,
    left: Mapping[TargetId, str] | None = None,
    released: Callable[[TargetId], bool] | None = None,
    holds: Collection[Holding] = (),
    late: Collection[tuple[TargetId, str]] = (),
) -> Plan:
    """Say what going from `base` to `head` builds, copies, tests, moves and retires, and why.

    `left` holds the targets that an earlier run did not finish, with the cause; they are
    always planned again.  `released` tells whether the image of a target of `base` was
    published, so that a copy can be made of it; by default all but those left were.  Tags of
    what `holds` name stay where they are, though everything else is done as usual.  `late` are
    targets with the optional registries that lack them: their tags there move again.
    """
    left = left or {}
    changes = find_changes(base, head, left, released)
    verdict = judge(base, head, changes, left)
    able = frozenset(t for t in head.inputs if t not in verdict.stopped)
    wanted = {t for t in able if (t in changes.rebuilt or t in left) and not head.is_dormant(t)}
    copies = _find_copies(base, head, able, changes, wanted - left.keys())
    builds = wanted - copies.keys()
    idle = {t for t in able & (changes.rebuilt | left.keys()) if t not in builds and t not in copies}
    idle |= able & head.lock.adopted.keys()  # what is published stands as it is, and staging lacks it
    moves, held = apply_holds(find_moves(base, head, able - idle, left.keys(), late), head, holds)
    return Plan(
        base=base.commit,
        head=head.commit,
        builds=_list_builds(base, head, builds, left),
        copies=tuple(PlannedCopy(t.image, t.tag, copies[t]) for t in sorted(copies)),
        tests=_list_tests(base, head, able - builds - idle, changes, copies),
        moves=moves,
        retired=find_retired(base, head),
        problems=verdict.problems,
        stopped=tuple(sorted(verdict.stopped - _idle(base, head, changes, verdict.stopped))),
        held=held,
    )


def _idle(
    base: Snapshot, head: Snapshot, changes: Changes, stopped: AbstractSet[TargetId]
) -> AbstractSet[TargetId]:
    """Give stopped targets that would have had nothing to do, such as those of a file that broke."""
    quiet = {t for t in stopped if t in head.inputs and t not in changes.touched}
    return quiet - {move.target for move in find_moves(base, head, quiet, ())}


def _list_builds(
    base: Snapshot, head: Snapshot, builds: AbstractSet[TargetId], left: Mapping[TargetId, str]
) -> tuple[PlannedBuild, ...]:
    wave = waves({target: head.parents[target] for target in builds})
    return tuple(
        _build(head, target, wave[target], _with_left(find_reasons(base, head, target), left.get(target)))
        for target in sorted(wave, key=lambda t: (wave[t], t))
    )


def _build(head: Snapshot, target: TargetId, wave: int, reasons: tuple[Reason, ...]) -> PlannedBuild:
    entry = head.entries[target]
    ids = build_ids(head, target)
    return PlannedBuild(
        target.image, target.tag, tuple(ids), entry.dockerfile, wave, head.parents[target], ids, reasons
    )


def _with_left(reasons: tuple[Reason, ...], cause: str | None) -> tuple[Reason, ...]:
    return reasons if cause is None else (*reasons, Reason(ReasonCode.FAILED_BEFORE, cause))


def _list_tests(
    base: Snapshot,
    head: Snapshot,
    able: AbstractSet[TargetId],
    changes: Changes,
    copies: Mapping[TargetId, TargetId],
) -> tuple[PlannedTest, ...]:
    again = {t for t in able if t in changes.retested and t not in copies}
    again |= {
        t
        for t, twin in copies.items()
        if head.test_digest(t) != (base if t in changes.twins else head).test_digest(twin)
    }
    return tuple(PlannedTest(t.image, t.tag, tuple(head.inputs[t])) for t in sorted(again))


def _find_copies(
    base: Snapshot,
    head: Snapshot,
    able: AbstractSet[TargetId],
    changes: Changes,
    wanted: AbstractSet[TargetId],
) -> dict[TargetId, TargetId]:
    """Find new targets whose image is there already, or is built by this plan under another name.

    Of equal new targets the first is built.  One that others are built on is built too, so
    that whoever runs the plan need only wait for builds.
    """
    copies = {target: twin for target, twin in changes.twins.items() if target in able}
    parents = {parent for target in wanted for parent in head.parents[target]}
    built: dict[BuildKey, TargetId] = {}
    for target in sorted(wanted - copies.keys(), key=lambda t: (t not in base.entries, t)):
        original = built.setdefault(build_key(head, target), target)
        if original != target and target not in base.entries and target not in parents:
            copies[target] = original
    return copies
