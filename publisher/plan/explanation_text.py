"""An explanation as text."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice

from publisher.plan.compared import Compared
from publisher.plan.explain import Cause, Explanation, Fate
from publisher.plan.name_changes import NameChange
from publisher.plan.plan import Plan
from publisher.plan.table import problem_lines
from publisher.plan.wording import count, held_text, listed, span, visible

_DEEPEST = 20
_MOST = 20
"""Most lines of one kind."""
_WORDS = {
    Fate.STOPPED: "is stopped",
    Fate.BUILT: "is built",
    Fate.COPIED: "is copied, not built",
    Fate.TESTED: "is tested again, not built",
    Fate.MOVED: "is not built; tags of it move",
    Fate.HELD: "is not built, and held",
    Fate.KEPT: "is not built",
    Fate.BROKEN: "is not built",
    Fate.UNCHANGED: "is not built",
    Fate.RETIRED: "is retired",
}


def explanation_lines(
    found: Explanation,
    plan: Plan,
) -> Iterator[str]:
    """Say it: the answer first, then the chain, then what was looked at."""
    yield f"{found.asked} {_WORDS[found.fate]}{f': {visible(found.why)}' if found.why else ''} ({span(plan)})"
    if found.asked != found.target:
        yield f"  {found.asked} is a name of {found.target}"
    yield from _name_lines(found)
    yield from _root_lines(found)
    yield from _chain_lines(found)
    if found.held:
        yield f"  rolled back: {held_text(found.held)}"
    if found.moves:
        yield f"  tags: {listed(m.tag for m in found.moves)} at {listed(m.registry for m in found.moves)}"
    for problem in islice(found.problems, _MOST):
        yield from problem_lines(problem)
    if found.compared:
        yield from _compared(found.compared)
    yield from _beside(found)
    yield from _ids(found)


def _name_lines(found: Explanation) -> Iterator[str]:
    """Name what it got and lost, with the entry that says so."""
    for change in found.names[:_MOST]:
        yield f"  {visible(change.name)} {_owned(change, found)} ({visible(str(change.position))})"
    if len(found.names) > _MOST:
        yield f"  … and {len(found.names) - _MOST} more names"


def _owned(change: NameChange, found: Explanation) -> str:
    if change.owner is None:
        return "is retired: no entry declares it now, and it stays where it is published"
    if change.owner != found.target:
        return f"was its name, and belongs to {visible(change.owner)} now"
    return f"belonged to {visible(change.former)} before, and is its name now" if change.former else "is new"


def _root_lines(found: Explanation) -> Iterator[str]:
    """Name the first causes where a chain leads to them; of a target's own, the chain says all."""
    roots = [(target, cause) for target, cause in found.roots if target != found.target]
    for target, cause in roots[:_MOST]:
        yield f"  because of {target}: {_cause(cause)}"
    if len(roots) > _MOST:
        yield f"  … and {len(roots) - _MOST} more"


def _cause(cause: Cause) -> str:
    shown = f"{cause.reason.code} {visible(cause.reason.cause)}".rstrip()
    place = "" if cause.file in ("", cause.reason.cause) else f" ({visible(cause.file)})"
    return f"{shown}{place}{f': {visible(cause.detail)}' if cause.detail else ''}"


def _chain_lines(found: Explanation) -> Iterator[str]:
    for link in found.chain:
        pad = "  " * min(link.depth + 1, _DEEPEST)
        wave = "would be built" if link.wave is None else f"is built (wave {link.wave})"
        yield f"{pad}{link.target} {wave}"
        yield from (f"{pad}  {_cause(cause)}" for cause in link.causes)


def _compared(inputs: Compared) -> Iterator[str]:
    """Say what was looked at to find no change."""
    parents, bases, args = (listed(names) for names in (inputs.parents, inputs.bases, inputs.arguments))
    yield "  compared:"
    used = count(inputs.files, "file")
    yield f"    {visible(inputs.dockerfile)}; {used} used of {visible(inputs.context)}/"
    yield f"    parents: {parents or 'none'}; bases: {bases or 'none'}; arguments: {args or 'none'}"
    platforms = listed(inputs.platforms)
    yield f"    platforms: {platforms}; format: {inputs.format}; generation: {inputs.generation}"


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
