"""Closer fixes than those of the table: the nearest file, or the file that is to be mended first."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace

from publisher.catalog.entry import Entry
from publisher.catalog.meta_file import META_NAME
from publisher.catalog.paths import below, folder_of
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule as CatalogRule
from publisher.catalog.target import TargetId
from publisher.plan.nearest import nearest_files
from publisher.plan.rules import Rule
from publisher.plan.snapshot import Snapshot

_READING = {*CatalogRule, Rule.UNUSABLE_FILE.id}
"""For these an entry or a whole file is refused."""
_UNDECLARED = re.compile(r"(?P<name>(?P<image>[^:]+):\S+) is not declared")


def with_suggestions(snapshot: Snapshot) -> Iterator[Problem]:
    """Give a snapshot's problems, the fixes of some replaced.

    A path that leads nowhere gets the nearest file; a parent that is only missing because its own
    file is wrong gets that file.
    """
    found = snapshot.problems
    refused = _refused(snapshot)
    missing = [path for problem in found if (path := _missing(problem, snapshot.entries))]
    declared = {entry.dockerfile for entry in snapshot.entries.values()}
    nearest = nearest_files(missing, (path for path in snapshot.tree if path not in declared))
    for problem in found:
        near = nearest.get(_missing(problem, snapshot.entries) or "")
        if near:
            yield replace(problem, fix=f"did you mean `{_seen(near, problem)}`?")
        elif problem.rule == Rule.NO_PARENT.id and (first := _cause(problem, refused)):
            yield replace(problem, fix=f"mend {first} first")
        else:
            yield problem


def _refused(snapshot: Snapshot) -> Mapping[str, Position]:
    """Give where reading failed, by target and, of whole files, by the image that they declare."""
    found: dict[str, Position] = {}
    for problem in snapshot.problems:
        if problem.severity is not Severity.ERROR or problem.rule not in _READING:
            continue
        if problem.target:
            found.setdefault(problem.target, problem.position)
        elif posixpath.basename(problem.file) == META_NAME:
            folder = folder_of(problem.file)
            image = below(snapshot.settings.root, folder) or folder
            for name in (image, posixpath.basename(image)):
                found.setdefault(name, problem.position)
    return found


def _cause(problem: Problem, refused: Mapping[str, Position]) -> Position | None:
    name = _UNDECLARED.match(problem.message)
    return (refused.get(name["name"]) or refused.get(name["image"])) if name else None


def _missing(problem: Problem, entries: Mapping[TargetId, Entry]) -> str | None:
    if problem.target is None or problem.rule not in (Rule.NO_DOCKERFILE.id, Rule.NO_SMOKE.id):
        return None
    entry = entries.get(TargetId(problem.target))
    if entry is None:
        return None
    return entry.dockerfile if problem.rule == Rule.NO_DOCKERFILE.id else entry.smoke


def _seen(path: str, problem: Problem) -> str:
    """Give a path as the file that has the problem would write it."""
    return posixpath.relpath(path, folder_of(problem.file))
