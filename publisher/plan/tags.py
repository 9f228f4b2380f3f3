"""Which tag names which target at which registry, and what has to move."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, replace

from publisher.catalog.entry import Entry
from publisher.catalog.settings import RegistrySettings
from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.changes import differs
from publisher.plan.names import LATEST, all_names
from publisher.plan.plan import Plan, PlannedMove, Retired
from publisher.plan.platform_tags import platform_tags
from publisher.plan.snapshot import Snapshot


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A tag at a registry; a registry whose prefix changes is another place.

    `platform` is whose manifest it names, where a registry holds no indexes.
    """

    registry: str
    repository: Repository
    image: str
    tag: str
    platform: str = ""


def desired_tags(snapshot: Snapshot) -> Mapping[Place, TargetId]:
    """Give what every tag should name; internal targets have none."""
    return dict(_places(snapshot))


def _places(snapshot: Snapshot) -> Iterator[tuple[Place, TargetId]]:
    for name, target in snapshot.owners.items():
        entry = snapshot.entries[target]
        if not entry.internal:
            image, _, tag = name.partition(":")
            for registry in snapshot.settings.route(image):
                for place in _at(registry, image, tag, entry):
                    yield place, target


def _at(registry: RegistrySettings, image: str, tag: str, entry: Entry) -> Iterator[Place]:
    repository = registry.repository(image)
    if registry.indexes:
        yield Place(registry.name, repository, image, tag)
    else:
        for name, platform in platform_tags(tag, entry.platforms).items():
            yield Place(registry.name, repository, image, name, platform)


def find_moves(
    base: Snapshot,
    head: Snapshot,
    done: Collection[TargetId],
    again: Collection[TargetId],
    late: Collection[tuple[TargetId, str]] = (),
) -> tuple[PlannedMove, ...]:
    """Give the tags that are new or name other contents, version tags before `latest`.

    `done` are the targets that this plan leaves published; tags of others stay where they
    are.  Tags of the targets in `again` are moved whatever they named; so are those of the pairs
    of a target and a registry in `late`, where the registry lacks what others have.
    """
    if not done:
        return ()
    before = desired_tags(base)
    moves = [
        PlannedMove(place.registry, place.image, place.tag, None, target)
        for place, target in desired_tags(head).items()
        if target in done
        and (
            target in again
            or (target, place.registry) in late
            or _moves(base, before.get(place), head, target)
        )
    ]
    wave = head.waves()

    def order(move: PlannedMove) -> tuple[object, ...]:
        last = is_latest(move.tag, head.entries[move.target].platforms)
        return last, wave[move.target], move.target, move.tag, move.registry

    return tuple(sorted(moves, key=order))


def is_latest(tag: str, platforms: Collection[Platform]) -> bool:
    """Tell whether a tag is `latest`, or stands for it at a registry without indexes."""
    return tag == LATEST or (tag.startswith(LATEST) and tag in platform_tags(LATEST, platforms))


def _moves(base: Snapshot, former: TargetId | None, head: Snapshot, target: TargetId) -> bool:
    return former is None or differs(base, former, head, target)


def find_retired(base: Snapshot, head: Snapshot) -> tuple[Retired, ...]:
    """Give the tags that the head no longer declares, or no longer publishes."""
    others = {t: entry for t, entry in base.entries.items() if _named(entry) != _named(head.entries.get(t))}
    if not others:
        return ()
    declared = set(all_names(head.entries))
    public = set(all_names({t: entry for t, entry in head.entries.items() if not entry.internal}))
    gone = {
        name
        for target, entry in others.items()
        for name in all_names({target: entry})
        if name not in (declared if entry.internal else public)
    }
    return tuple(Retired(image, tag) for image, tag in sorted(gone))


def _named(entry: Entry | None) -> tuple[object, ...] | None:
    return (entry.aliases, entry.latest, entry.internal) if entry else None


def with_expected(plan: Plan, lookup: Callable[[PlannedMove], Digest | None]) -> Plan:
    """Fill in the digest that each tag has now; `lookup` asks the registries."""
    return replace(plan, moves=tuple(replace(move, expected=lookup(move)) for move in plan.moves))
