"""Which version a target goes back to, and with it the images that are built on it."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.errors import UsageError
from publisher.records.timeline import Timeline
from publisher.records.version import Version

LEAST_DIGITS = 12
"""Fewest hexadecimal digits that stand for a digest; shorter numbers are sequences of records."""
_DIGEST = re.compile(rf"(?:sha256:)?([0-9a-f]{{{LEAST_DIGITS},64}})")
_MOST = 20
"""Most versions that an error lists."""


@dataclass(frozen=True, slots=True)
class Switch:
    """A target whose tags go from its `current` version `to` another one; `newest` is its newest."""

    target: TargetId
    to: Version
    current: Version
    newest: Version


@dataclass(frozen=True, slots=True)
class Staying:
    """A descendant that stays as it is, and why."""

    target: TargetId
    why: str


@dataclass(frozen=True, slots=True)
class RetreatPlan:
    """What goes where: `back` is the version that was asked for; `going` has parents first."""

    back: Version
    going: tuple[Switch, ...]
    staying: tuple[Staying, ...] = ()


def target_named(timeline: Timeline, name: str) -> TargetId:
    """Give the target that a person means: by its own tag, an alias or `latest`.

    Raises:
        UsageError: no record names it, or it is retired.
    """
    target = timeline.owner(name)
    if target is not None and timeline.current(target) is not None:
        return target
    if target is not None or name in timeline.retired:
        raise UsageError(
            f"{name} is retired: the catalog no longer declares it, so nothing promises what it names",
            hint="declare it again, and it is released by the next run",
        )
    known = sorted({*timeline.targets, *(state.name for state in timeline.tags())})
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.4)
    raise UsageError(
        f"no release record names {name!r:.200}{f': did you mean {near[0]}?' if near else ''}",
        hint="write IMAGE:TAG as in the catalog; `publisher status` shows what is released",
    )


def version_chosen(timeline: Timeline, target: TargetId, to: str) -> Version:
    """Find the version that `to` means: the sequence of a record, a digest, or the begin of one.

    Raises:
        UsageError: there is no such version; lists those that there are.
    """
    if to.isascii() and to.isdigit() and len(to) < LEAST_DIGITS:
        return _at(timeline, target, int(to))
    asked = _DIGEST.fullmatch(to)
    if asked is None:
        what = f"{to!r:.80} is neither the sequence of a record nor a digest of {LEAST_DIGITS} digits or more"
        raise _unknown(timeline, target, what)
    found = {v.digest: v for v in reversed(timeline.versions(target)) if v.digest.hex.startswith(asked[1])}
    if len(found) != 1:
        what = "begins several digests" if found else "is no version"
        raise _unknown(timeline, target, f"{asked[1][:LEAST_DIGITS]} {what} of {target}")
    return next(iter(found.values()))


def _at(timeline: Timeline, target: TargetId, sequence: int) -> Version:
    newest = timeline.last.sequence if timeline.last else 0
    if not 1 <= sequence <= newest:
        raise _unknown(timeline, target, f"there is no release record {sequence}; the newest one is {newest}")
    then = timeline.at(sequence).current(target)
    if then is None:
        raise _unknown(timeline, target, f"{target} was not released at record {sequence}")
    return next(version for version in timeline.versions(target) if version.digest == then.digest)


def _unknown(timeline: Timeline, target: TargetId, what: str) -> UsageError:
    return UsageError(
        what,
        where=target,
        detail="\n".join(version_lines(timeline, target)),
        hint="give `--to` with one of these",
    )


def version_lines(timeline: Timeline, target: TargetId) -> Iterator[str]:
    """Give the versions of a target to choose from, newest first, with what is to be said of each."""
    versions = timeline.versions(target)
    yield f"versions of {target}, newest first:"
    for version in versions[:_MOST]:
        said = _said(timeline, version)
        yield f"  record {version.sequence:>4}  {version.digest.short}{f'  ({said})' if said else ''}"
    if len(versions) > _MOST:
        yield f"  … and {len(versions) - _MOST} older ones"


def _said(timeline: Timeline, version: Version) -> str:
    current, newest = timeline.current(version.target), timeline.newest(version.target)
    said = ["current"] if current is version else []
    if newest is version and current is not version:
        said.append("newest, held back" if version.target in timeline.holds else "newest")
    if version.released is None:
        said.append("adopted: nothing proves it")
    return ", ".join(said)


def find_retreat(timeline: Timeline, target: TargetId, to: str, *, along: bool) -> RetreatPlan:
    """Say where a target goes, and with it (`along`) what is built on it.

    A target whose tags stand and are held there already does not go again.

    Raises:
        UsageError: there is no such version, or going there is no rollback.
    """
    back = version_chosen(timeline, target, to)
    going, staying = _along(timeline, back) if along else ((), ())
    current, newest = timeline.current(target), timeline.newest(target)
    hold = timeline.holds.get(target)
    held = hold is not None and hold.digest == back.digest
    if current is None or newest is None or (held and back.digest == current.digest):
        return RetreatPlan(back, going, staying)
    problem, hint = _problem(back, current, newest, along)
    if problem:
        detail = "\n".join(version_lines(timeline, target))
        raise UsageError(problem, where=target, detail=detail, hint=hint)
    own = () if back.internal else (Switch(target, back, current, newest),)
    return RetreatPlan(back, (*own, *going), staying)


def _problem(back: Version, current: Version, newest: Version, along: bool) -> tuple[str, str]:
    """Say why a version is none to go back to, and what to do instead; empty where it is one."""
    target = back.target
    if back.released is None:
        what = f"{back.digest.short} was adopted: no signature, provenance, SBOM or test result proves it"
        return what, "choose a version that was built here"
    if back.digest == current.digest:
        return f"{target} names {back.digest.short} already", "choose an older version"
    if back.digest == newest.digest:
        return f"{back.digest.short} is the newest version of {target}", f"`publisher thaw {target}`"
    if back.internal and not along:
        what = f"{target} is an internal layer: no tag names it, so there is nothing to move"
        return what, "give --with-descendants to take the images back that are built on it"
    return "", ""


def _along(timeline: Timeline, back: Version) -> tuple[tuple[Switch, ...], tuple[Staying, ...]]:
    """Say where everything goes that is built on a target, parents first.

    Each goes to its newest version that was built on that version of the target.  Internal layers
    among them have no tags, and retired images nothing that is promised: they are not looked at.
    """
    going: list[Switch] = []
    staying: list[Staying] = []
    for target in timeline.descendants(back.target):
        current, newest = timeline.current(target), timeline.newest(target)
        if current is None or newest is None or newest.internal:
            continue
        found = timeline.newest_on(target, back)
        if found is None:
            why = f"no version of it was built on {back.target} {back.digest.short}"
            staying.append(Staying(target, why))
        elif found.digest == current.digest:
            staying.append(Staying(target, "it names a version that was built on it already"))
        elif current.sequence < found.sequence:
            staying.append(Staying(target, "it was rolled back to an older version already"))
        else:
            going.append(Switch(target, found, current, newest))
    return tuple(going), tuple(staying)
