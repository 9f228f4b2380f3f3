"""Why one target is in the plan: the chain of causes, down to the file that somebody changed."""

from __future__ import annotations

from collections.abc import Iterator

from publisher.catalog.target import TargetId
from publisher.plan.graph import ancestors
from publisher.plan.plan import Plan, PlannedBuild, ReasonCode
from publisher.plan.snapshot import Snapshot
from publisher.plan.table import problem_lines
from publisher.plan.wording import listed, span, visible


def explain_lines(plan: Plan, base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[str]:
    """Say what the plan does to a target and why, its ids, its tags and its problems."""
    yield f"{target}, {span(plan)}"
    yield from _work(plan, head, target)
    yield from _ids(base, head, target)
    moves = [move for move in plan.moves if move.target == target]
    if moves:
        yield f"  tags: {listed(move.tag for move in moves)} at {listed(move.registry for move in moves)}"
    concerned = {target} | (ancestors(head.parents, target) if target in plan.stopped else frozenset())
    for problem in (problem for problem in plan.problems if problem.target in concerned):
        yield from problem_lines(problem)


def _work(plan: Plan, head: Snapshot, target: TargetId) -> Iterator[str]:
    builds = {build.target: build for build in plan.builds}
    if target in builds:
        yield from _chain(builds, target)
    for copy in (copy for copy in plan.copies if copy.target == target):
        yield f"  is a copy: its inputs equal those of {copy.same_as}"
    if any(test.target == target for test in plan.tests):
        test = head.entries[target].smoke
        yield f"  is tested again: its smoke test changed ({visible(test or 'removed')})"
    if target in plan.stopped:
        yield "  is stopped: a problem of its own or of a parent keeps it from being done"
    elif target not in head.entries:
        yield "  is not declared"
    elif target not in plan.targets:
        yield "  has nothing to do: no input, test or tag of it changed"


def _chain(builds: dict[TargetId, PlannedBuild], target: TargetId) -> Iterator[str]:
    """Follow rebuilt parents depth first, each target once."""
    seen: set[TargetId] = set()
    waiting = [(target, 1)]
    while waiting:
        here, depth = waiting.pop()
        pad = "  " * min(depth, 20)
        if here in seen:
            yield f"{pad}{here}: see above"
            continue
        seen.add(here)
        build = builds[here]
        yield f"{pad}{here} is built (wave {build.wave})"
        yield from (f"{pad}  {reason.code}: {visible(reason.cause)}" for reason in build.reasons)
        above = [TargetId(r.cause) for r in build.reasons if r.code is ReasonCode.PARENT_REBUILT]
        waiting += [(parent, depth + 1) for parent in reversed(above) if parent in builds]


def _ids(base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[str]:
    for platform, inputs in head.inputs.get(target, {}).items():
        former = base.inputs.get(target, {}).get(platform)
        if former is None:
            yield f"  {platform}: {inputs.build_id}"
        elif former.build_id == inputs.build_id:
            yield f"  {platform}: {inputs.build_id} (unchanged)"
        else:
            yield f"  {platform}: {inputs.build_id} (was {former.build_id})"
