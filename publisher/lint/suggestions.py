"""Closer fixes than those of the table: the nearest file, or the file that is to be mended first."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from publisher.catalog.entry import Entry
from publisher.catalog.meta_file import META_NAME
from publisher.catalog.paths import ROOT, below, folder_of, folders_above
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule as CatalogRule
from publisher.catalog.target import TargetId
from publisher.plan.nearest import nearest_files
from publisher.plan.rules import Rule
from publisher.plan.snapshot import Snapshot

_READING = {*CatalogRule, Rule.UNUSABLE_FILE.id}
"""For these an entry or a whole file is refused."""
_UNDECLARED = re.compile(r"(?P<name>(?P<image>[^:]+):\S+) is not declared")
_NO_DOCKERFILE = re.compile(r"(?:^|/)meta\.yml$|\.dockerignore$")
_NO_TEST = re.compile(rf"{_NO_DOCKERFILE.pattern}|(?:^|/)Dockerfile[^/]*$|\.Dockerfile$")


def with_suggestions(snapshot: Snapshot) -> Iterator[Problem]:
    """Give a snapshot's problems, the fixes of some replaced.

    A path that leads nowhere gets the nearest file; a parent that is only missing because its own
    file is wrong gets that file.
    """
    found = snapshot.problems
    refused = _refused(snapshot)
    nearest = {rule: _nearest(rule, snapshot) for rule in (Rule.NO_DOCKERFILE, Rule.NO_SMOKE)}
    by_id = {rule.id: files for rule, files in nearest.items()}
    for problem in found:
        near = by_id.get(problem.rule, {}).get(_missing(problem, snapshot.entries) or "")
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


def _nearest(rule: Rule, snapshot: Snapshot) -> Mapping[str, str]:
    """Give the nearest file by the path that is missing, of its own image or of none.

    The Dockerfile of another entry is meant only where it lies beside the missing one: in another
    folder it is another version's.
    """
    entries = snapshot.entries
    wanted: dict[str, Position] = {}
    for problem in snapshot.problems:
        if problem.rule == rule.id and (path := _missing(problem, entries)):
            wanted.setdefault(path, problem.position)
    declared = {entry.dockerfile for entry in entries.values()} if wanted else set()
    images = {folder_of(path) for path in snapshot.tree if path.endswith(META_NAME)} if wanted else set()

    def fits(path: str, other: str) -> bool:
        if _image_folder(other, images) not in (None, folder_of(wanted[path].file)):
            return False
        if rule is Rule.NO_SMOKE:
            return other not in declared and not _NO_TEST.search(other)
        return not _NO_DOCKERFILE.search(other) and (
            other not in declared or folder_of(other) == folder_of(path)
        )

    return nearest_files(wanted, snapshot.tree, fits)


def _image_folder(path: str, images: AbstractSet[str]) -> str | None:
    """Give the folder of the image that a file belongs to; None where it belongs to none."""
    return next((folder for folder in [*reversed(folders_above(path)), ROOT] if folder in images), None)


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
