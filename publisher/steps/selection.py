"""Which targets a person means by `IMAGE` or `IMAGE:TAG`, and what is wrong with them."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterable

from publisher.catalog.entry import Entry
from publisher.catalog.problem import Problem, Severity
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.errors import UsageError
from publisher.oci.platform import Platform
from publisher.plan.graph import ancestors
from publisher.plan.snapshot import Snapshot
from publisher.plan.wording import lint_command

FEW = 20
"""Most names that are listed beside a suggestion; `publisher catalog` lists more."""
_SHOWN = 40
"""Most tags that an error lists."""


def select_targets(snapshot: Snapshot, name: str, *, most: int | None = None) -> tuple[TargetId, ...]:
    """Give the target of `image:tag`, where an alias or `latest` will do, or all of an image.

    `most` is how many targets an image alone may stand for.

    Raises:
        UsageError: nothing has that name (with the nearest that there is), or too much has.
    """
    if name in snapshot.owners:
        return (snapshot.owners[name],)
    found = tuple(sorted(target for target in snapshot.entries if target.image == name))
    if not found:
        raise _unknown(snapshot, name)
    if most is not None and len(found) > most:
        raise UsageError(
            f"{name} has {len(found)} tags; name one of them",
            detail=_listed(target.tag for target in found),
            hint=f"for example: {found[0]}",
        )
    return found


def _unknown(snapshot: Snapshot, name: str) -> UsageError:
    """Put the suggestion first; name the files that hide targets, else the names where they are few."""
    image, colon, _ = name.partition(":")
    tags = [known for known in snapshot.owners if known.startswith(f"{image}:")] if colon else []
    images = {target.image for target in snapshot.entries}
    near = difflib.get_close_matches(name, tags or {*images, *snapshot.owners}, n=1, cutoff=0.4)
    what = f"the catalog declares no {name!r:.200}{f': did you mean {near[0]}?' if near else ''}"
    unread = [problem for problem in snapshot.problems if _hides_targets(problem)]
    if unread:
        shown = f"`{lint_command(snapshot.commit)}` shows files that cannot be read"
        return UsageError(
            what, detail="\n".join(f"{one.position}: {one.message}" for one in unread), hint=shown
        )
    names = sorted(tags or images)
    return UsageError(
        what,
        detail="\n".join(names) if len(names) <= FEW else "",
        hint="" if near else "`publisher catalog` shows what is declared",
    )


def _hides_targets(problem: Problem) -> bool:
    return problem.target is None and problem.severity is Severity.ERROR


def _listed(names: Iterable[str]) -> str:
    found = sorted(names)
    more = [f"… and {len(found) - _SHOWN} more"] if len(found) > _SHOWN else []
    return "\n".join([*found[:_SHOWN], *more])


def check_registry(settings: Settings, name: str | None) -> None:
    """Refuse a registry that `publisher.yml` does not name; None means all.

    Raises:
        UsageError: there is no such registry.
    """
    if name is not None and name not in settings.registries:
        near = difflib.get_close_matches(name, settings.registries, n=1)
        raise UsageError(
            f"there is no registry {name!r:.80} in publisher.yml",
            detail=_listed(settings.registries),
            hint=f"did you mean {near[0]}?" if near else "name one of those above",
        )


def select_platform(entry: Entry, asked: Platform | None, own: Platform) -> Platform:
    """Give the platform that was asked for; else this machine's own if it is declared, else the first.

    Raises:
        UsageError: the target does not declare the platform that was asked for.
    """
    if asked is None:
        return own if own in entry.platforms else min(entry.platforms)
    if asked not in entry.platforms:
        raise UsageError(
            f"{entry.target} is not declared for {asked}",
            where=str(entry.position),
            hint=f"its platforms are {', '.join(sorted(entry.platforms))}",
        )
    return asked


def problems_of(snapshot: Snapshot, targets: Collection[TargetId]) -> tuple[Problem, ...]:
    """Give the problems of targets and of all that they are built on, and of files that hide them."""
    concerned = set(targets)
    for target in targets:
        concerned |= ancestors(snapshot.parents, target)
    files = {snapshot.kept[target] for target in concerned & snapshot.kept.keys()}
    return tuple(
        problem
        for problem in snapshot.problems
        if problem.target in concerned or (problem.target is None and problem.file in files)
    )
