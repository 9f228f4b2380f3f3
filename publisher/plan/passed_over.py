"""Files that changed beside a target without being part of it, and why they do not count."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from publisher.catalog.context import SUBMODULE, is_left_out
from publisher.catalog.entry import Entry
from publisher.catalog.files import Files, TreeFile
from publisher.catalog.ignore_file import IGNORE_NAME, Ignore, ignore_path, read_ignore
from publisher.catalog.paths import below
from publisher.catalog.target import TargetId
from publisher.plan.declarations import LOCK_FILE
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True, order=True)
class PassedOver:
    """A changed file, by its path in the repository, and why it changes nothing."""

    file: str
    why: str


def passed_over(base: Snapshot, head: Snapshot, target: TargetId, files: Files) -> Iterator[PassedOver]:
    """Give changed files in the context and the declaration of a target that its builds do not use.

    `files` are the head's.
    """
    entry = head.entries[target]
    rules = _ignore(head.tree, entry, files)
    for path in sorted(_near(base, head, entry)):
        if not _consumed(base, head, target, path):
            yield PassedOver(path, _why(base, head, entry, path, rules))


def _near(base: Snapshot, head: Snapshot, entry: Entry) -> Iterator[str]:
    own = {entry.dockerfile, entry.position.file, entry.smoke, LOCK_FILE}
    former = base.entries.get(entry.target)
    own |= {former.dockerfile} if former and former.dockerfile not in head.tree else set()
    for path in base.tree.keys() | head.tree.keys():
        if base.tree.get(path) != head.tree.get(path) and (path in own or below(entry.context, path)):
            yield path


def _consumed(base: Snapshot, head: Snapshot, target: TargetId, path: str) -> bool:
    return any(
        posixpath.normpath(posixpath.join(inputs.context, file.path)) == path
        for snapshot in (base, head)
        for inputs in snapshot.inputs.get(target, {}).values()
        for file in inputs.files
    )


def _why(base: Snapshot, head: Snapshot, entry: Entry, path: str, rules: tuple[str, Ignore] | None) -> str:
    inside = below(entry.context, path) or path
    if path == entry.dockerfile or (path == _former(base, entry) and path not in head.tree):
        return _dockerfile(base, head, entry, path)
    if path == head.kept.get(entry.target):
        return "it cannot be read, so what it said before stands"
    if path == entry.position.file:
        return "what it says of this build is the same"
    if path == LOCK_FILE:
        return "nothing changed in it that this target uses"
    if path == entry.smoke:
        same = base.test_digest(entry.target) == head.test_digest(entry.target)
        return "the smoke test asks for the same" if same else "a smoke test is run again, and builds nothing"
    if (head.tree.get(path) or base.tree[path]).mode == SUBMODULE:
        return "a submodule, which no build receives"
    if posixpath.basename(path).endswith(IGNORE_NAME):
        return "the files that the build uses are not among those that it leaves out"
    if rules and rules[1].excludes(inside):
        return f"{rules[0]} leaves it out"
    if is_left_out(inside):
        return "documentation, a picture or the catalog's own, which no COPY, ADD or mount names"
    return f"no COPY, ADD or mount in {entry.dockerfile} takes it"


def _former(base: Snapshot, entry: Entry) -> str:
    return base.entries[entry.target].dockerfile if entry.target in base.entries else entry.dockerfile


def _dockerfile(base: Snapshot, head: Snapshot, entry: Entry, path: str) -> str:
    """Say why another Dockerfile, or one elsewhere, gives the same build."""
    here, former = entry.dockerfile, _former(base, entry)
    old, new = base.tree.get(former), head.tree.get(here)
    if not old or not new or old.oid != new.oid:
        return "its instructions are the same: comments and spacing do not count"
    if here == former:
        return "only its mode changed, which no build sees"
    if former in head.tree:
        return f"the same as {former}, which was named before"
    return f"only moved, from {former}" if path == here else f"only moved, to {here}"


def _ignore(tree: Mapping[str, TreeFile], entry: Entry, files: Files) -> tuple[str, Ignore] | None:
    path = ignore_path(tree, entry.dockerfile, entry.context)
    if path is None:
        return None
    oid = tree[path].oid
    return path, read_ignore(files.read([oid])[oid], path)
