"""What registries have of a catalog's tags, and what of it can be taken over as it is.  Pure.

A target is adopted where its own tag is found; its aliases come along, each as it is there.  For
publisher.lock one digest a platform must be known: where registries differ in it the target is
left out, until somebody says which of them counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from publisher.catalog.entry import Entry
from publisher.catalog.lock import LockedBase
from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.platform_tags import platform_tags
from publisher.plan.tags import Place
from publisher.records.release import AdoptedTag


class Doubt(StrEnum):
    """What is to be said of a tag; the first three keep a target from being adopted.

    `absent`: no registry has its own tag.  `conflict`: registries have other manifests for one
    platform.  `platforms`: none of those declared is there.  `incomplete`: some are not.
    `missing`: one registry lacks the tag that another one has.  `differs`: an alias names another
    digest than the tag that it stands for.
    """

    ABSENT = "absent"
    CONFLICT = "conflict"
    PLATFORMS = "platforms"
    INCOMPLETE = "incomplete"
    MISSING = "missing"
    DIFFERS = "differs"


LEFT_OUT = frozenset({Doubt.ABSENT, Doubt.CONFLICT, Doubt.PLATFORMS})


@dataclass(frozen=True, slots=True)
class Finding:
    """A doubt about a target, at a registry or in general."""

    doubt: Doubt
    target: TargetId
    said: str
    registry: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What a digest stands for: its platforms, and the index if it is one."""

    source: Repository
    platforms: Mapping[Platform, Digest]
    index: Digest | None


@dataclass(frozen=True, slots=True)
class Adoption:
    """What is taken over, and what is to be said of the rest."""

    tags: tuple[AdoptedTag, ...] = ()
    locked: Mapping[TargetId, LockedBase] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()

    @property
    def left_out(self) -> tuple[Finding, ...]:
        """Give why targets are not taken over."""
        return tuple(finding for finding in self.findings if finding.doubt in LEFT_OUT)


Found = Mapping[Place, Digest]


def is_own(place: Place, entry: Entry) -> bool:
    """Tell whether a place stands for the target's own tag: by its name, or as one platform of it."""
    own = entry.target.tag
    return place.tag == own or (place.platform != "" and place.tag in platform_tags(own, entry.platforms))


def adopt(
    places: Mapping[Place, TargetId],
    found: Found,
    contents: Mapping[Digest, Contents],
    entries: Mapping[TargetId, Entry],
    before: Mapping[TargetId, LockedBase],
    now: datetime,
) -> Adoption:
    """Decide for every target what is taken over.

    `contents` are those of the digests of own tags; `before` is what publisher.lock has already.
    """
    by_target: defaultdict[TargetId, list[Place]] = defaultdict(list)
    for place, target in places.items():
        by_target[target].append(place)
    tags: list[AdoptedTag] = []
    locked: dict[TargetId, LockedBase] = {}
    findings: list[Finding] = []
    for target in sorted(by_target):
        case = _Case(entries[target], by_target[target], found, contents, before.get(target))
        doubts = list(case.doubts())
        findings += doubts
        if any(finding.doubt in LEFT_OUT for finding in doubts):
            continue
        if there := list(case.tags()):
            locked[target] = before.get(target) or case.lock(now)
            tags += there
    return Adoption(tuple(tags), locked, tuple(findings))


@dataclass(frozen=True, slots=True)
class _Case:
    """One target: its places, what was found there, and what the lock has of it."""

    entry: Entry
    places: Sequence[Place]
    found: Found
    contents: Mapping[Digest, Contents]
    locked: LockedBase | None

    @property
    def own(self) -> list[Place]:
        """Give the places where its own tag is."""
        return [place for place in self.places if place in self.found and is_own(place, self.entry)]

    def tags(self) -> Iterator[AdoptedTag]:
        """Give every tag as it is."""
        for place in sorted(self.places):
            if place in self.found:
                yield AdoptedTag(
                    place.registry, place.repository, place.tag, self.found[place], self.entry.target
                )

    def lock(self, now: datetime) -> LockedBase:
        """Give the entry of the lock: the first index where there is one, else the platforms of all."""
        contents = [self.contents[self.found[place]] for place in self.own]
        whole = next((one for one in contents if one.index), None)
        if whole is not None:
            return LockedBase(whole.source, dict(sorted(whole.platforms.items())), now, whole.index)
        platforms = {key: digest for one in reversed(contents) for key, digest in one.platforms.items()}
        return LockedBase(contents[0].source, dict(sorted(platforms.items())), now)

    def doubts(self) -> Iterator[Finding]:
        """Say what speaks against taking it over, and what is worth a look."""
        if not self.own and self.locked is None:  # else it was adopted, and only what is new is looked at
            yield self._doubt(Doubt.ABSENT, "no registry has this tag")
            return
        digests = self._digests()
        for platform, by_digest in digests.items():
            if len(by_digest) > 1:
                said = " and ".join(f"{one.short} at {', '.join(at)}" for one, at in by_digest.items())
                yield self._doubt(Doubt.CONFLICT, f"{platform} is {said}")
        lacking = [platform for platform in self.entry.platforms if platform not in digests]
        if len(lacking) == len(self.entry.platforms):
            there = f"; there is {', '.join(sorted(digests))}" if digests else ""
            yield self._doubt(Doubt.PLATFORMS, f"none of its platforms is there{there}")
        elif lacking:
            yield self._doubt(Doubt.INCOMPLETE, f"{', '.join(lacking)} is not there")
        yield from self._of_places()

    def _doubt(self, doubt: Doubt, said: str, registry: str = "") -> Finding:
        return Finding(doubt, self.entry.target, said, registry)

    def _digests(self) -> Mapping[Platform, Mapping[Digest, list[str]]]:
        """Give what each platform is, with who says so."""
        digests: defaultdict[Platform, dict[Digest, list[str]]] = defaultdict(dict)
        for place in self.own:
            for platform, digest in self.contents[self.found[place]].platforms.items():
                digests[platform].setdefault(digest, []).append(place.registry)
        for platform, digest in self.locked.digests.items() if self.locked else ():
            digests[platform].setdefault(digest, []).append("publisher.lock")
        return digests

    def _of_places(self) -> Iterator[Finding]:
        """Say which tags a registry lacks, and which aliases stand apart."""
        named = {place.registry: self.found[place] for place in self.own if not place.platform}
        for place in sorted(self.places):
            digest, own = self.found.get(place), named.get(place.registry)
            if digest is None:
                yield self._doubt(Doubt.MISSING, f"{place.tag} is not there", place.registry)
            elif not place.platform and own not in (None, digest):
                said = f"{place.tag} names {digest.short}, another image"
                yield self._doubt(Doubt.DIFFERS, said, place.registry)
