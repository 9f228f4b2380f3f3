"""Laws about the order of what was written, proved from a journal; each gives its violations in words.

The journal is of one world that was empty at its beginning, kills and reruns included.  What a
registry held at the arrival of a request is what it had been given before that moment.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.oci.digest import Digest
from publisher.transfer.inventory import Shipment
from tests.faults.journal import Exchange
from tests.faults.kinds import Kind, is_version_tag, parsed

LATEST = "latest"
EMPTY = Digest.of(b"{}")
"""The configuration that all referrers share: two bytes, which a rerun does not ask for everywhere."""
_MANIFESTS = frozenset({Kind.PUT_CHILD, Kind.PUT_INDEX, Kind.PUT_TAG, Kind.PUT_REFERRER, Kind.PUT_FALLBACK})


@dataclass(frozen=True, slots=True)
class Place:
    """What a repository of a registry must have in the end; `repository` as the client names it.

    `lists` tells that the registry lists referrers by itself.
    """

    registry: str
    repository: str
    shipment: Shipment
    tags: tuple[str, ...]
    lists: bool = False


@dataclass(frozen=True, slots=True)
class Held:
    """Since when a registry holds what; a thing that it never got is not there."""

    since: Mapping[tuple[str, str, str], int]

    def had(self, registry: str, repository: str, thing: str, moment: int) -> bool:
        """Tell whether a blob or manifest was there before a moment."""
        return self.since.get((registry, repository, thing), moment) < moment


def held(exchanges: Iterable[Exchange]) -> Held:
    """Replay the writes that registries carried out, and what they said to have already."""
    since: dict[tuple[str, str, str], int] = {}
    for item in exchanges:
        if thing := _stored(item):
            key = (item.registry, item.address.repository, thing)
            since[key] = min(item.ended, since.get(key, item.ended))
    return Held(since)


def _stored(item: Exchange) -> str:
    if item.kind in _MANIFESTS and item.acted:
        return Digest.of(item.content)
    if item.kind is Kind.PUT_BLOB and item.acted:
        return item.address.asked("digest")
    if item.kind in (Kind.MOUNT, Kind.BEGIN_UPLOAD) and item.stored == 201:
        return item.address.asked("mount") or item.address.asked("digest")
    if item.kind is Kind.HEAD_BLOB and item.stored == 200:
        return item.address.rest
    return ""


def children_first(exchanges: Sequence[Exchange]) -> list[str]:
    """Require that everything a manifest names was there before somebody began to write it."""
    known = held(exchanges)
    return [
        f"{named} was not there before {item}"
        for item in exchanges
        if item.kind in _MANIFESTS
        for named in _named(item.content)
        if not known.had(item.registry, item.address.repository, named, item.arrived)
    ]


def _named(content: bytes) -> Iterator[str]:
    manifest = parsed(content)
    for child in (*manifest.get("manifests", ()), *manifest.get("layers", ())):
        yield child["digest"]
    if "config" in manifest:
        yield manifest["config"]["digest"]


def blobs_once(
    exchanges: Sequence[Exchange], mountless: Collection[str] = (), reruns: Collection[int] = ()
) -> list[str]:
    """Require that no registry was sent a blob that it had said to have, and none twice side by side.

    Those that are `mountless` cannot say of one repository what another has; nor can they be asked
    for small blobs, so that a rerun, which began at one of the moments `reruns`, sends those again.
    """
    first: dict[tuple[str, str, str], Exchange] = {}
    found: list[str] = []
    for item in exchanges:
        if item.kind is not Kind.PUT_BLOB or not item.stored or item.address.asked("digest") == EMPTY:
            continue
        apart = ""
        if item.registry in mountless:
            apart = f"{item.address.repository} {sum(item.arrived > moment for moment in reruns)}"
        key = (item.registry, item.address.asked("digest"), apart)
        if key in first:
            found.append(f"{key[1]} was sent again by {item}, after {first[key]}")
        if item.acted and not item.fault and not item.orphan:
            first.setdefault(key, item)
    return found


def sent_again(exchanges: Sequence[Exchange], there: Mapping[str, Collection[str]], since: int) -> list[str]:
    """Name the blobs that registries were sent after a moment at which they had them; `there` by registry."""
    return [
        str(item)
        for item in exchanges
        if item.kind is Kind.PUT_BLOB and item.arrived > since
        for digest in [item.address.asked("digest")]
        if digest != EMPTY and digest in there.get(item.registry, ())
    ]


def tags_of(exchanges: Sequence[Exchange]) -> list[Exchange]:
    """Give the writes of tags that people pull; the chain of records is none of theirs."""
    return [
        item for item in exchanges
        if item.method == "PUT" and item.address.noun == "manifests" and is_version_tag(item.address.rest)
        and not item.address.repository.endswith("/publisher-records")
    ]  # fmt: skip


def committed_first(exchanges: Sequence[Exchange], staging: str, record: str) -> list[str]:
    """Require that the tag `record` of the chain was written before any tag that people pull."""
    commits = [
        item.ended for item in exchanges
        if item.registry == staging and item.method == "PUT" and item.acted
        and item.address.repository.endswith("/publisher-records") and item.address.rest == record
    ]  # fmt: skip
    begun = min(commits, default=None)
    return [
        f"{record} was not committed before {item}"
        for item in tags_of(exchanges)
        if begun is None or begun > item.arrived
    ]


def complete_first(exchanges: Sequence[Exchange], places: Sequence[Place]) -> list[str]:
    """Require that contents and evidence were complete everywhere before the first tag moved."""
    tags = tags_of(exchanges)
    if not tags:
        return []
    first = min(tags, key=lambda item: item.arrived)
    return [f"{gap}, at {first}" for place in places for gap in gaps(exchanges, place, first.arrived)]


def gaps(exchanges: Sequence[Exchange], place: Place, moment: int) -> list[str]:
    """Name what a repository lacked at a moment."""
    known = held(exchanges)
    lists = _Lists.at(exchanges, place, moment)
    missing = [
        f"{place.registry}/{place.repository} lacks {thing}"
        for thing in _things(place.shipment)
        if not known.had(place.registry, place.repository, thing, moment)
    ]
    for subject, wanted in place.shipment.expected.items():
        if not place.lists and not wanted <= lists.of.get(subject, frozenset()):
            missing.append(f"{place.registry}/{place.repository} does not list all referrers of {subject}")
    return missing


def _things(shipment: Shipment) -> Iterator[str]:
    for subject in (*shipment.subjects, *shipment.attached):
        for manifest in (subject.manifest, *subject.referrers):
            yield manifest.digest
            yield from (blob.digest for blob in manifest.blobs)


@dataclass(frozen=True, slots=True)
class _Lists:
    """The fallback lists of a repository at a moment."""

    of: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def at(cls, exchanges: Sequence[Exchange], place: Place, moment: int) -> _Lists:
        found: dict[str, frozenset[str]] = {}
        for item in exchanges:
            there = (item.registry, item.address.repository) == (place.registry, place.repository)
            if there and item.kind is Kind.PUT_FALLBACK and item.acted and item.ended < moment:
                found[item.address.rest.replace("-", ":")] = frozenset(_named(item.content))
        return cls(found)


def latest_last(exchanges: Sequence[Exchange], places: Sequence[Place]) -> list[str]:
    """Require that every version tag named its digest before any `latest` began to."""
    tags = tags_of(exchanges)
    ended = {
        (item.registry, item.address.repository, item.address.rest): item.ended for item in tags if item.acted
    }
    wanted = [
        (place.registry, place.repository, tag) for place in places for tag in place.tags if tag != LATEST
    ]
    return [
        f"{'/'.join(key)} did not name its digest before {item}"
        for item in tags
        if item.address.rest == LATEST
        for key in wanted
        if ended.get(key, item.arrived) >= item.arrived
    ]
