"""Tags at registries that hold no indexes: one a platform, each naming that platform's manifest."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping

from publisher.catalog.entry import Entry
from publisher.catalog.problem import Problem
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform
from publisher.oci.reference import is_tag
from publisher.plan.rules import Rule


def suffix(platform: Platform) -> str:
    """Give what a tag ends in, `amd64` or `arm-v7`; a system other than linux comes first."""
    system = [] if platform.os == "linux" else [platform.os]
    variant = [platform.variant] if platform.variant else []
    return "-".join([*system, platform.architecture, *variant])


def platform_tags(tag: str, platforms: Collection[Platform]) -> Mapping[str, Platform]:
    """Give the tags that stand for a tag, with the platform of each.

    A target of one platform keeps its tag, so that one command pulls it from everywhere.
    """
    if len(platforms) == 1:
        return dict.fromkeys([tag], *platforms)
    return {f"{tag}-{suffix(platform)}": platform for platform in sorted(platforms)}


def clashes(
    entries: Mapping[TargetId, Entry], owners: Mapping[str, TargetId], settings: Settings
) -> Iterator[Problem]:
    """Report tags of platforms that are no tags, or that something else is called."""
    if all(registry.indexes for registry in settings.registries.values()):
        return
    taken = dict(owners)
    for name, target in sorted(owners.items()):
        image, _, tag = name.partition(":")
        entry = entries[target]
        if entry.internal or all(registry.indexes for registry in settings.route(image)):
            continue
        for other in platform_tags(tag, entry.platforms).keys() - {tag}:
            owner = taken.setdefault(f"{image}:{other}", target)
            if owner != target or f"{image}:{other}" in owners or not is_tag(other):
                yield _clash(entry, f"{image}:{other}", owner)


def _clash(entry: Entry, name: str, owner: TargetId) -> Problem:
    why = f"it already belongs to {owner}" if is_tag(name.partition(":")[2]) else "it is too long for a tag"
    message = f"a registry without indexes needs the tag {name}, but {why}"
    return Rule.PLATFORM_TAG.problem(message, entry.position, entry.target)
