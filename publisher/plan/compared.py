"""What was looked at of a target to find that none of its builds changed."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class Compared:
    """The inputs of all platforms together; `files` counts those that are used of the context."""

    dockerfile: str
    context: str
    files: int
    parents: tuple[TargetId, ...]
    bases: tuple[str, ...]
    arguments: tuple[str, ...]
    platforms: tuple[Platform, ...]
    format: str
    generation: int


def compared_inputs(head: Snapshot, target: TargetId) -> Compared | None:
    """Sum the inputs of a target up; None where it cannot be built."""
    inputs = list(head.inputs.get(target, {}).values())
    if not inputs:
        return None
    one = inputs[0]
    return Compared(
        one.dockerfile, one.context,
        files=len({file.path for item in inputs for file in item.files}),
        parents=tuple(sorted({parent.target for item in inputs for parent in item.parents})),
        bases=tuple(sorted({base.reference for item in inputs for base in item.bases})),
        arguments=tuple(sorted({name for item in inputs for name in item.args})),
        platforms=tuple(item.platform for item in inputs),
        format=one.format, generation=one.generation,
    )  # fmt: skip
