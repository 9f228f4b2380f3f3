"""What the chain of release records promises: each tag's digest at each registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.platform_tags import suffix
from publisher.records.image import PlatformEvidence
from publisher.records.release import AdoptedTag, Destination, Move, ReleasedImage, ReleaseRecord

Key = tuple[Repository, str]
"""A repository and a tag in it."""


@dataclass(frozen=True, slots=True)
class ExpectedTag:
    """A tag that must resolve to `digest`.

    `permanent` marks `d-<hex>`; `current` marks tags behind which evidence is judged: version tags, and
    the newest permanent tag of an internal layer, which has no other.  `platforms` is empty for digests
    that no record describes.  `platform` is whose manifest the tag names, where the registry holds no
    indexes (`declared` is then the tag in the catalog); `evidence` is where its evidence lies, where the
    registry cannot hold it.
    """

    registry: str
    repository: Repository
    tag: str
    digest: Digest
    target: TargetId
    platforms: tuple[PlatformEvidence, ...] = ()
    permanent: bool = False
    current: bool = True
    platform: Platform | None = None
    declared: str = ""
    evidence: Destination | None = None

    @property
    def proven_at(self) -> Repository:
        """Give the repository whose referrers prove what the tag names."""
        return self.evidence.repository if self.evidence else self.repository

    @property
    def name(self) -> TargetId:
        """Give `image:tag` as the catalog has it."""
        return TargetId.of(self.target.image, self.declared or self.tag)

    @property
    def key(self) -> Key:
        """Give what identifies the tag."""
        return self.repository, self.tag


def expected_tags(records: Iterable[ReleaseRecord]) -> tuple[ExpectedTag, ...]:
    """Fold the chain: later moves win, so a rollback is a move like any other.

    Retired tags are left out: nobody promises them any more.
    """
    history = _History()
    for record in sorted(records, key=lambda item: item.sequence):
        history.take(record)
    return history.tags()


class _History:
    """The state of every tag while the chain is read."""

    def __init__(self) -> None:
        self._described: dict[Digest, tuple[PlatformEvidence, ...]] = {}
        self._alone: dict[tuple[TargetId, Digest], tuple[Platform, str]] = {}
        self._evidence: dict[tuple[Repository, Digest], Destination | None] = {}
        self._moved: dict[Key, ExpectedTag] = {}
        self._permanent: dict[Key, ExpectedTag] = {}
        self._newest_layer: dict[tuple[Repository, TargetId, Platform | None], Digest] = {}

    def take(self, record: ReleaseRecord) -> None:
        """Apply one record."""
        for released in record.images:
            self._take_image(released)
        named: tuple[Move | AdoptedTag, ...] = (*record.adopted, *record.moves)
        for tag in named:
            self._moved[tag.repository, tag.tag] = self._version_tag(tag)
        self._retire(frozenset(record.retired))

    def _version_tag(self, named: Move | AdoptedTag) -> ExpectedTag:
        platform, ending = self._alone.get((named.target, named.digest), (None, ""))
        return ExpectedTag(
            named.registry,
            named.repository,
            named.tag,
            named.digest,
            named.target,
            self._described.get(named.digest, ()),
            platform=platform,
            declared=named.tag.removesuffix(ending) if ending else "",
        )

    def tags(self) -> tuple[ExpectedTag, ...]:
        """Give version tags, then permanent ones, in a stable order."""
        layers = {(place, digest) for (place, _, _), digest in self._newest_layer.items()}
        permanent = [
            replace(tag, current=(tag.repository, tag.digest) in layers) for tag in self._permanent.values()
        ]
        found = (*sorted(self._moved.values(), key=_place), *sorted(permanent, key=_place))
        return tuple(replace(tag, evidence=self._evidence.get((tag.repository, tag.digest))) for tag in found)

    def _take_image(self, released: ReleasedImage) -> None:
        image = released.image
        self._described[image.digest] = image.platforms
        for item in image.platforms:
            ending = f"-{suffix(item.platform)}" if len(image.platforms) > 1 else ""
            self._described[item.digest] = (item,)
            self._alone[image.target, item.digest] = item.platform, ending
        for place in released.destinations:
            self._take_place(released, place)

    def _take_place(self, released: ReleasedImage, place: Destination) -> None:
        """Promise the permanent tag of the index, or of each platform where there are no indexes."""
        image = released.image
        alone = [(item.digest, (item,), item.platform) for item in image.platforms]
        for digest, platforms, platform in (
            [(image.digest, image.platforms, None)] if place.indexes else alone
        ):
            tag = ExpectedTag(
                place.registry,
                place.repository,
                digest.permanent_tag,
                digest,
                image.target,
                platforms,
                permanent=True,
                platform=platform,
            )
            self._permanent[tag.key] = tag
            self._evidence[place.repository, digest] = next(
                (one for one in released.destinations if one.registry == place.evidence), None
            )
            if released.internal:
                self._newest_layer[place.repository, image.target, platform] = digest

    def _retire(self, retired: frozenset[TargetId]) -> None:
        gone = [key for key, tag in self._moved.items() if tag.name in retired]
        for key in gone:
            del self._moved[key]


def _place(tag: ExpectedTag) -> tuple[str, str, str]:
    return tag.registry, tag.repository, tag.tag
