"""Names of a target that it got or lost: its own tag, aliases and `latest`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.catalog.entry import Entry
from publisher.catalog.problem import Position
from publisher.catalog.target import TargetId
from publisher.plan.names import LATEST
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True)
class NameChange:
    """A name that belongs to another target than before: `former` is None for a new one, `owner` for a
    retired one.  `position` is the entry that says so, or said so before."""

    name: str
    former: TargetId | None
    owner: TargetId | None
    position: Position


def name_changes(base: Snapshot, head: Snapshot, target: TargetId) -> Iterator[NameChange]:
    """Give the names that a target got or lost, in order; those that a new target begins with are none."""
    for name in sorted(base.owners.keys() | head.owners.keys()):
        former, owner = base.owners.get(name), head.owners.get(name)
        if former == owner or target not in (former, owner):
            continue
        if former is not None or target in base.entries:
            yield NameChange(name, former, owner, _position(base, head, name))


def _position(base: Snapshot, head: Snapshot, name: str) -> Position:
    """Say where the new owner is declared; of a retired name, where the former one is or was."""
    if name in head.owners:
        return _place(head.entries[head.owners[name]], name)
    former = base.owners[name]
    return _place(head.entries.get(former) or base.entries[former], name)


def _place(entry: Entry, name: str) -> Position:
    if name == entry.target:
        return entry.position
    return entry.place("latest" if name.endswith(f":{LATEST}") else "aliases")


def naming_files(base: Snapshot, head: Snapshot, target: TargetId) -> frozenset[str]:
    """Give the files that made the names of a target change: those of both owners."""
    found = set()
    for change in name_changes(base, head, target):
        found.add(change.position.file)
        if change.former:
            found.add(base.entries[change.former].position.file)
    return frozenset(found)
