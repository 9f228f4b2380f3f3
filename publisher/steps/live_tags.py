"""Every live tag at every registry, and what it should name: the chain of records, then the catalog.  Pure.

A tag is live where the newest record that names it still holds, and where the catalog's routes lead.
What the records promise goes before what the catalog would have: a change that was not released
yet is no fault of a registry.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.plan.snapshot import Snapshot
from publisher.plan.tags import desired_tags
from publisher.records.timeline import Timeline
from publisher.records.version import TagState, Version
from publisher.steps.routing import destinations_of
from publisher.steps.standing import Key, LiveTag


def promised(timeline: Timeline, target: TargetId) -> Version | None:
    """Give the version that a target's tags should name: the held one, else the newest."""
    hold = timeline.holds.get(target)
    if hold is None:
        return timeline.newest(target)
    return next((one for one in timeline.versions(target) if one.digest == hold.digest), None)


def digest_at(version: Version, platform: str) -> Digest | None:
    """Give what a tag names: the index, or the manifest of a platform where there are no indexes."""
    if not platform:
        return version.digest
    platforms = version.released.image.platforms if version.released else ()
    return next((item.digest for item in platforms if item.platform == platform), None)


def live_tags(snapshot: Snapshot, timeline: Timeline) -> tuple[LiveTag, ...]:
    """Give every live tag at every registry, by name and registry."""
    census = _Census(snapshot, timeline)
    tags = [*census.recorded(), *census.layers()]
    recorded = {tag.key for tag in tags}
    tags += (tag for tag in census.declared() if tag.key not in recorded)
    return tuple(sorted(tags, key=lambda tag: (tag.target, tag.tag, tag.registry)))


class _Census:
    """Collects live tags; what earlier records say of each tag and target is gathered once."""

    def __init__(self, snapshot: Snapshot, timeline: Timeline) -> None:
        self._snapshot = snapshot
        self._timeline = timeline
        self._holds = timeline.holds
        self._desired = {
            (place.repository, place.tag): (place, target) for place, target in desired_tags(snapshot).items()
        }
        self._versions: dict[TargetId, Mapping[Digest, Version]] = {}
        self._named: defaultdict[Key, set[Digest]] = defaultdict(set)
        for record in timeline.records:
            for move in record.moves:
                self._named[move.repository, move.tag].add(move.digest)
            for found in record.adopted:
                self._named[found.repository, found.tag].add(found.digest)
        last = timeline.last
        self._lagging = {(item.target, item.registry) for item in last.unfinished} if last else set()

    def recorded(self) -> Iterator[LiveTag]:
        """Give what the chain says, as far as the registry is still one of ours."""
        registries = self._snapshot.settings.registries
        for state in self._timeline.tags():
            settings = registries.get(state.registry)
            if settings is not None and state.repository == settings.repository(state.target.image):
                digest = self._promised(state)
                yield self._live(state.registry, state.repository, state.tag, state.target, digest)

    def _promised(self, state: TagState) -> Digest:
        """Give what a tag should name: the version of its target, also where its registry lags."""
        place, target = self._desired.get((state.repository, state.tag), (None, None))
        version = promised(self._timeline, state.target) if target == state.target else None
        if version is None or version.released is None or place is None:
            return state.digest
        return digest_at(version, place.platform) or state.digest

    def declared(self) -> Iterator[LiveTag]:
        """Give what the catalog declares."""
        for place, target in self._desired.values():
            version = promised(self._timeline, target)
            digest = digest_at(version, place.platform) if version else None
            yield self._live(place.registry, place.repository, place.tag, target, digest)

    def layers(self) -> Iterator[LiveTag]:
        """Give the permanent tags of every internal layer that was released."""
        for target, entry in self._snapshot.entries.items():
            version = self._timeline.newest(target) if entry.internal else None
            if version is None or version.released is None or not version.internal:
                continue
            for place in destinations_of(self._snapshot.settings, target, internal=True):
                platforms = [item.digest for item in version.released.image.platforms]
                for digest in [version.digest] if place.indexes else platforms:
                    yield self._live(place.registry, place.repository, digest.permanent_tag, target, digest)

    def _live(
        self, registry: str, repository: Repository, tag: str, target: TargetId, digest: Digest | None
    ) -> LiveTag:
        versions = self._known(target)
        version = versions.get(digest) if digest else None
        hold = self._holds.get(target)
        return LiveTag(
            registry,
            repository,
            tag,
            target,
            digest,
            frozenset(self._named[repository, tag] | versions.keys()),
            version.released.image if version and version.released else None,
            held=hold is not None and version is not None and hold.digest == version.digest,
            adopted=version is not None and version.released is None,
            lagging=(target, registry) in self._lagging,
        )

    def _known(self, target: TargetId) -> Mapping[Digest, Version]:
        """Give the versions of a target by index, and by the manifests that stand for it without indexes."""
        if target not in self._versions:
            found: dict[Digest, Version] = {}
            for version in reversed(self._timeline.versions(target)):
                images = [version.released.image] if version.released else []
                found |= {item.digest: version for image in images for item in image.platforms}
                found[version.digest] = version
            self._versions[target] = found
        return self._versions[target]


def never_released(timeline: Timeline, snapshot: Snapshot, target: TargetId) -> str:
    """Give the command that releases a target for the first time.

    A run does what changed since the last release and what that left; a target that it passed by, as
    after an adoption that did not find it, must be asked for.
    """
    last = timeline.last
    if last is None:
        return "publisher run --base empty"
    left = last.head != snapshot.commit or any(one.target == target for one in last.unfinished)
    return "publisher run" if left else f"publisher republish {target} --rebuild REASON"
