"""An explanation as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from publisher.plan.explain import Cause, Explanation, Fate
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot
from publisher.plan.table import problem_lines
from publisher.plan.wording import count, listed, span, visible

_DEEPEST = 20
_MOST = 20
"""Most lines of one kind."""
_WORDS = {
    Fate.STOPPED: "is stopped",
    Fate.BUILT: "is built",
    Fate.COPIED: "is copied, not built",
    Fate.TESTED: "is tested again, not built",
    Fate.MOVED: "is not built; tags of it move",
    Fate.KEPT: "is not built",
    Fate.BROKEN: "is not built",
    Fate.UNCHANGED: "is not built",
    Fate.RETIRED: "is retired",
}


def explanation_lines(found: Explanation, plan: Plan, head: Snapshot) -> Iterator[str]:
    """Say it: the answer first, then the chain, then what was looked at."""
    yield f"{found.asked} {_WORDS[found.fate]}{f': {visible(found.why)}' if found.why else ''} ({span(plan)})"
    if found.asked != found.target:
        yield f"  {found.asked} is a name of {found.target}"
    yield from _root_lines(found)
    yield from _chain_lines(found)
    if found.moves:
        yield f"  tags: {listed(m.tag for m in found.moves)} at {listed(m.registry for m in found.moves)}"
    for problem in islice(found.problems, _MOST):
        yield from problem_lines(problem)
    if found.fate in (Fate.UNCHANGED, Fate.TESTED, Fate.MOVED):
        yield from _compared(found, head)
    yield from _beside(found)
    yield from _ids(found)


def _root_lines(found: Explanation) -> Iterator[str]:
    """Name the first causes where a chain leads to them; of a target's own, the chain says all."""
    roots = [(target, cause) for target, cause in found.roots if target != found.target]
    for target, cause in roots[:_MOST]:
        yield f"  because of {target}: {_cause(cause)}"
    if len(roots) > _MOST:
        yield f"  … and {len(roots) - _MOST} more"


def _cause(cause: Cause) -> str:
    shown = f"{cause.reason.code} {visible(cause.reason.cause)}".rstrip()
    return shown if cause.file in ("", cause.reason.cause) else f"{shown} ({visible(cause.file)})"


def _chain_lines(found: Explanation) -> Iterator[str]:
    for link in found.chain:
        pad = "  " * min(link.depth + 1, _DEEPEST)
        wave = "would be built" if link.wave is None else f"is built (wave {link.wave})"
        yield f"{pad}{link.target} {wave}"
        yield from (f"{pad}  {_cause(cause)}" for cause in link.causes)


def _compared(found: Explanation, head: Snapshot) -> Iterator[str]:
    """Say what was looked at to find no change."""
    inputs = list(head.inputs.get(found.target, {}).values())
    if not inputs:
        return
    files = {file.path for item in inputs for file in item.files}
    args = listed(sorted({name for item in inputs for name in item.args}))
    parents = listed(sorted({parent.target for item in inputs for parent in item.parents}))
    bases = listed(sorted({base.reference for item in inputs for base in item.bases}))
    yield "  compared:"
    one, platforms = inputs[0], listed(item.platform for item in inputs)
    yield f"    {visible(one.dockerfile)}; {count(len(files), 'file')} used of {visible(one.context)}/"
    yield f"    parents: {parents or 'none'}; bases: {bases or 'none'}; arguments: {args or 'none'}"
    yield f"    platforms: {platforms}; format: {one.format}; generation: {one.generation}"


def _beside(found: Explanation) -> Iterator[str]:
    if not found.beside:
        return
    yield "  changed, but no part of it:"
    for item in found.beside[:_MOST]:
        yield f"    {visible(item.file)}: {visible(item.why)}"
    if len(found.beside) > _MOST:
        yield f"    … and {len(found.beside) - _MOST} more"


def _ids(found: Explanation) -> Iterator[str]:
    former = found.former_ids or {}
    for platform, build_id in (found.ids or {}).items():
        before = former.get(platform)
        note = "" if before is None else " (unchanged)" if before == build_id else f" (was {before})"
        yield f"  {platform}: {build_id}{note}"
