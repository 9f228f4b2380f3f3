"""The chain of release records, folded: every version of every target, every digest of every tag.

A *version* is an index that was released for a target.  A merge, an adoption or a rebuild makes
one; a rollback only names an older one again.  The *current* version is what the target's tags
name (of an internal layer, which has none, the newest); the *newest* one may be ahead of it where
the target is held.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.plan.graph import descendants
from publisher.records.release import AdoptedTag, Hold, Move, RecordKind, ReleasedImage, ReleaseRecord
from publisher.records.version import TagState, Version


@dataclass(frozen=True)
class Timeline:
    """The chain up to one record; `records` are in ascending order.  Everything else follows from them."""

    records: tuple[ReleaseRecord, ...] = ()
    _tags: dict[tuple[Repository, str], list[TagState]] = field(default_factory=dict, repr=False)
    _versions: dict[TargetId, list[Version]] = field(default_factory=dict, repr=False)
    _known: dict[tuple[TargetId, Digest], ReleasedImage] = field(default_factory=dict, repr=False)
    _named: dict[TargetId, Digest] = field(default_factory=dict, repr=False)
    _retired: dict[tuple[Repository, str], None] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, records: Iterable[ReleaseRecord]) -> Timeline:
        """Fold records, given in any order."""
        made = cls(tuple(sorted(records, key=lambda record: record.sequence)))
        for record in made.records:
            made._take(record)
        return made

    @property
    def last(self) -> ReleaseRecord | None:
        """Give the newest record."""
        return self.records[-1] if self.records else None

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """Give every target that was ever released, internal layers included, in name order."""
        return tuple(sorted(self._versions))

    @property
    def holds(self) -> Mapping[TargetId, Hold]:
        """Give the holds that are in force."""
        return {hold.target: hold for hold in self.last.holds} if self.last else {}

    def at(self, sequence: int) -> Timeline:
        """Give the timeline as it was right after a record."""
        return Timeline.of(record for record in self.records if record.sequence <= sequence)

    def versions(self, target: TargetId) -> tuple[Version, ...]:
        """Give the versions of a target, newest first; none of one that was never released.

        A digest appears again where a later merge brought it back.
        """
        return tuple(reversed(self._versions.get(target, ())))

    def newest(self, target: TargetId) -> Version | None:
        """Give the version that was released last, whether tags name it or not."""
        return next(iter(self.versions(target)), None)

    def current(self, target: TargetId) -> Version | None:
        """Give the version that the target's tags name; of an internal layer, the newest one.

        None where nothing names it: never released, or its own tag is retired.
        """
        newest = self.newest(target)
        if newest is None or newest.internal:
            return newest
        digest = self._named.get(target)
        return next((version for version in self.versions(target) if version.digest == digest), None)

    def tag(self, registry: str, image: str, tag: str) -> tuple[TagState, ...]:
        """Give what a tag named at a registry, newest first; `image` is a name or a whole repository.

        A retired tag keeps its history: it still stands there.
        """
        found = [self._tags[key] for key in self._places.get((image, tag), ())]
        states = [state for history in found for state in history if state.registry == registry]
        return tuple(sorted(states, key=lambda state: state.sequence, reverse=True))

    @cached_property
    def _places(self) -> Mapping[tuple[str, str], list[tuple[Repository, str]]]:
        """Give the tags by whole repository, and by image: every place that it has."""
        places: dict[tuple[str, str], list[tuple[Repository, str]]] = {}
        for key, history in self._tags.items():
            for name in (key[0], history[-1].target.image):
                places.setdefault((name, key[1]), []).append(key)
        return places

    def tags(self) -> tuple[TagState, ...]:
        """Give what every tag names now that the catalog still declares, by registry and name."""
        return self._states

    @cached_property
    def _states(self) -> tuple[TagState, ...]:
        states = (history[-1] for key, history in self._tags.items() if key not in self._retired)
        return tuple(sorted(states, key=lambda s: (s.registry, s.repository, s.tag)))

    def tags_of(self, target: TargetId) -> tuple[TagState, ...]:
        """Give the tags that name a target now: its own, aliases, `latest`; version tags first."""
        return tuple(sorted(self._by_target.get(target, ()), key=lambda s: s.latest))

    @cached_property
    def _by_target(self) -> Mapping[TargetId, list[TagState]]:
        found: dict[TargetId, list[TagState]] = {}
        for state in self._states:
            found.setdefault(state.target, []).append(state)
        return found

    def owner(self, name: str) -> TargetId | None:
        """Give the target that a name means: `image:tag` of its own, an alias, `latest` or a layer."""
        return self._owners.get(name)

    @cached_property
    def _owners(self) -> Mapping[str, TargetId]:
        own: dict[str, TargetId] = {target: target for target in self._versions}
        return {**own, **{s.name: s.target for s in sorted(self.tags(), key=lambda s: s.sequence)}}

    @property
    def retired(self) -> frozenset[str]:
        """Give the names (`image:tag`) that the catalog no longer declares; their tags still stand."""
        return frozenset(self._tags[key][-1].name for key in self._retired)

    def descendants(self, target: TargetId) -> tuple[TargetId, ...]:
        """Give what is built on a target, directly or not, by the newest version of each; parents first."""
        newest = {one: versions[-1] for one, versions in self._versions.items()}
        found = descendants({one: version.parents for one, version in newest.items()}, [target])
        return tuple(sorted(found - {target}, key=lambda one: (len(self._stack(newest[one])), one)))

    def _stack(self, version: Version) -> Mapping[TargetId, frozenset[Digest]]:
        """Give every target that a version stands on, with the digests that it had then."""
        reached: dict[TargetId, set[Digest]] = {}
        waiting = list(self.built_on(version).values())
        while waiting:
            parent = waiting.pop()
            known = reached.setdefault(parent.target, set())
            if parent.digest not in known:
                known.add(parent.digest)
                waiting += self.built_on(parent).values()
        return {target: frozenset(digests) for target, digests in reached.items()}

    def built_on(self, version: Version) -> Mapping[TargetId, Version]:
        """Give the versions of its parents that a version was built on: the newest of that time.

        Builds follow the catalog, not the tags, so a held parent counts with its newest version.
        """
        found = {
            parent: next((v for v in self.versions(parent) if v.sequence <= version.sequence), None)
            for parent in version.parents
        }
        return {
            parent: item for parent, item in found.items() if item is not None and parent != version.target
        }

    def newest_on(self, target: TargetId, parent: Version) -> Version | None:
        """Give the newest version of a descendant that stands on this version of a parent, and no other."""
        wanted = frozenset((parent.digest,))
        return next((v for v in self.versions(target) if self._stack(v).get(parent.target) == wanted), None)

    def _take(self, record: ReleaseRecord) -> None:
        for released in record.images:
            self._release(record, released)
        for adopted in record.adopted:
            self._name(record, adopted)
            self._add(Version(adopted.target, record.sequence, adopted.digest))
        for move in record.moves:
            self._name(record, move)
        gone = set(record.retired)
        if gone:
            keys = (key for key, history in self._tags.items() if history[-1].name in gone)
            self._retired.update(dict.fromkeys(keys))
        for target in gone:
            self._named.pop(target, None)

    def _release(self, record: ReleaseRecord, released: ReleasedImage) -> None:
        image = released.image
        again = (image.target, image.digest) in self._known
        kept = any(hold.target == image.target and hold.digest == image.digest for hold in record.holds)
        self._known[image.target, image.digest] = released
        self._declare_again(image.target, image.digest)
        if not again or (record.kind is RecordKind.MERGE and not kept):
            self._add(Version(image.target, record.sequence, image.digest, released))

    def _declare_again(self, target: TargetId, digest: Digest) -> None:
        """Take up a retired tag that a release finds in place, so that nothing had to move."""
        for key in [key for key in self._retired if self._tags[key][-1].name == target]:
            if self._tags[key][-1].digest == digest:
                del self._retired[key]
                self._named[target] = digest

    def _add(self, version: Version) -> None:
        versions = self._versions.setdefault(version.target, [])
        if not versions or versions[-1].digest != version.digest:
            versions.append(version)

    def _name(self, record: ReleaseRecord, move: Move | AdoptedTag) -> None:
        key = move.repository, move.tag
        state = TagState(record.sequence, move.registry, *key, move.digest, move.target)
        self._tags.setdefault(key, []).append(state)
        self._retired.pop(key, None)
        if isinstance(move, AdoptedTag) or (move.target, move.digest) in self._known:
            self._named[move.target] = move.digest  # else it is one platform, where no index can be
