"""Who owns which tag of an image, and which references mean an image of this catalog."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from publisher.catalog.entry import Entry
from publisher.catalog.openeuler.assumed import DISTRIBUTION
from publisher.catalog.problem import Problem
from publisher.catalog.settings import Layout, Settings
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.oci.reference import Reference, Repository
from publisher.plan.rules import Rule

LATEST = "latest"


def spell(text: str) -> str | None:
    """Spell a reference out (`debian` is `docker.io/library/debian:latest`); None when it is not one."""
    try:
        return str(Reference.parse(text))
    except Malformed:
        return None


@dataclass(frozen=True, slots=True)
class Names:
    """Owners by name, where a name is `image:tag` for a target's tag, an alias or `latest`."""

    owners: Mapping[str, TargetId] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()


def unique_entries(entries: Iterable[Entry]) -> tuple[dict[TargetId, Entry], list[Problem]]:
    """Keep the first declaration of each target; a second one is a problem of that target."""
    kept: dict[TargetId, Entry] = {}
    problems = []
    for entry in sorted(entries, key=lambda e: (e.position, e.target)):
        first = kept.setdefault(entry.target, entry)
        if first is not entry:
            problems.append(
                Rule.TARGET_TWICE.problem(
                    f"{entry.target} is already declared at {first.position}", entry.position, entry.target
                )
            )
    return kept, problems


def find_owners(entries: Mapping[TargetId, Entry], last: Mapping[str, TargetId]) -> Names:
    """Settle who owns each name; every further claim is a problem of the one who makes it.

    A target's own tag beats an alias; then whoever had the name in the last state (`last`)
    keeps it, so that a newcomer cannot break a published tag; then the first in the files.
    """
    claims: defaultdict[str, list[Entry]] = defaultdict(list)
    for entry in entries.values():
        for name in _claimed(entry):
            claims[name].append(entry)
    owners: dict[str, TargetId] = {}
    problems: list[Problem] = []
    for name, claimants in sorted(claims.items()):
        first, *others = sorted(claimants, key=lambda e: _rank(e, name, last))
        owners[name] = first.target
        problems += (_claimed_twice(name, first, other) for other in others)
    return Names(owners, tuple(problems))


def _claimed(entry: Entry) -> Collection[str]:
    tags = [*entry.tags, *([LATEST] if entry.latest else [])]
    return dict.fromkeys(f"{entry.target.image}:{tag}" for tag in tags)


def _rank(entry: Entry, name: str, last: Mapping[str, TargetId]) -> tuple[object, ...]:
    return entry.target != name, last.get(name) != entry.target, entry.position, entry.target


def _claimed_twice(name: str, first: Entry, other: Entry) -> Problem:
    rule = Rule.LATEST_TWICE if name.endswith(f":{LATEST}") else Rule.TAG_TWICE
    return rule.problem(
        f"{name} already belongs to {first.target} ({first.position})", other.position, other.target
    )


def in_repo_name(reference: Reference, prefixes: Iterable[str]) -> str | None:
    """Give `image:tag` of a reference below one of the catalog's prefixes; None for an external one.

    A digest names bytes that somebody has pinned, whatever the catalog says today: external.
    """
    if reference.digest is not None:
        return None
    for prefix in prefixes:
        below = reference.repository.removeprefix(f"{_prefix(prefix)}/")
        if below != reference.repository:
            return f"{below}:{reference.tag}"
    return None


def catalog_name(reference: Reference, settings: Settings, owners: Collection[str]) -> str | None:
    """Give `image:tag` of a reference that means an image of this catalog, declared or not.

    `openeuler/openeuler` is the distribution: it comes from elsewhere, unless the very tag is declared.
    """
    name = in_repo_name(reference, settings.references)
    if settings.layout is Layout.OPENEULER and name is not None and name not in owners:
        return None if name.startswith(f"{DISTRIBUTION}:") else name
    return name


def _prefix(text: str) -> str:
    """Spell a prefix as references are spelled: `ascendai` is `docker.io/ascendai`."""
    return Repository(f"{text}/x").removesuffix("/x")


def base_reference(target: TargetId, prefixes: Iterable[str]) -> str | None:
    """Give what the argument BASE receives for a parent: its name below the catalog's first prefix."""
    first = next(iter(prefixes), None)
    return None if first is None else f"{first}/{target}"


def all_names(entries: Mapping[TargetId, Entry]) -> Iterator[tuple[str, str]]:
    """Give every declared (image, tag), aliases and `latest` included."""
    for entry in entries.values():
        for name in _claimed(entry):
            image, _, tag = name.partition(":")
            yield image, tag
