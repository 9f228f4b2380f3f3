"""What a reason leaves out and an explanation says: former paths, modes, why a generation was raised."""

from __future__ import annotations

from publisher.catalog.paths import below
from publisher.catalog.target import TargetId
from publisher.plan.inputs import BuildInputs, ContextFile
from publisher.plan.plan import Reason, ReasonCode
from publisher.plan.snapshot import Snapshot


def cause_detail(base: Snapshot, head: Snapshot, target: TargetId, reason: Reason) -> str:
    """Say more of a reason; empty where there is no more to say."""
    if reason.code is ReasonCode.GENERATION:
        return _generation(base, head, target)
    if reason.code is ReasonCode.CONTEXT_CHANGED:
        return _mode(base, head, target, reason.cause)
    if reason.code in (ReasonCode.PATH_CHANGED, ReasonCode.DOCKERFILE_CHANGED):
        former = base.entries[target].dockerfile
        return f"was {former}" if former != reason.cause else ""
    return ""


def _generation(base: Snapshot, head: Snapshot, target: TargetId) -> str:
    """Give the numbers, and the reason as `refresh` wrote it into the lock."""
    before, after = base.lock.generations.get(target), head.lock.generations.get(target)
    old, new = before.number if before else 0, after.number if after else 0
    moved = f"{old} → {new}" if old != new else f"{new}, of another date"
    return f"{moved}: {after.reason}" if after and after.reason else moved


def _mode(base: Snapshot, head: Snapshot, target: TargetId, path: str) -> str:
    """Give both modes of a file of the context where nothing else of it changed."""
    for platform, inputs in head.inputs[target].items():
        former = base.inputs[target].get(platform)
        old, new = (_file(one, below(inputs.context, path)) for one in (former, inputs))
        if old and new and old.oid == new.oid and old.mode != new.mode:
            return f"mode {old.mode} → {new.mode}"
    return ""


def _file(inputs: BuildInputs | None, path: str | None) -> ContextFile | None:
    return next((file for file in inputs.files if file.path == path), None) if inputs else None
