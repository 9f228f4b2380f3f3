"""What the chain of release records promises: each tag's digest at each registry."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.records.image import AttestedImage, PlatformEvidence
from publisher.records.release import ReleasedImage, ReleaseRecord

Key = tuple[Repository, str]
"""A repository and a tag in it."""


@dataclass(frozen=True, slots=True)
class ExpectedTag:
    """A tag that must resolve to `digest`.

    `permanent` marks `d-<hex>`; `current` marks tags behind which evidence is judged: version tags, and
    the newest permanent tag of an internal layer, which has no other.  `platforms` is empty for digests
    that no record describes.
    """

    registry: str
    repository: Repository
    tag: str
    digest: Digest
    target: TargetId
    platforms: tuple[PlatformEvidence, ...] = ()
    permanent: bool = False
    current: bool = True

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
        self._images: dict[Digest, AttestedImage] = {}
        self._moved: dict[Key, ExpectedTag] = {}
        self._permanent: dict[Key, ExpectedTag] = {}
        self._newest_layer: dict[tuple[Repository, TargetId], Digest] = {}

    def take(self, record: ReleaseRecord) -> None:
        """Apply one record."""
        for released in record.images:
            self._take_image(released)
        for move in record.moves:
            self._moved[move.repository, move.tag] = ExpectedTag(
                move.registry,
                move.repository,
                move.tag,
                move.digest,
                move.target,
                self._platforms(move.digest),
            )
        self._retire(frozenset(record.retired))

    def tags(self) -> tuple[ExpectedTag, ...]:
        """Give version tags, then permanent ones, in a stable order."""
        layers = {(place, digest) for (place, _), digest in self._newest_layer.items()}
        permanent = [
            replace(tag, current=(tag.repository, tag.digest) in layers) for tag in self._permanent.values()
        ]
        return (*sorted(self._moved.values(), key=_place), *sorted(permanent, key=_place))

    def _take_image(self, released: ReleasedImage) -> None:
        image = released.image
        self._images[image.digest] = image
        for place in released.destinations:
            tag = ExpectedTag(
                place.registry,
                place.repository,
                image.digest.permanent_tag,
                image.digest,
                image.target,
                image.platforms,
                permanent=True,
            )
            self._permanent[tag.key] = tag
            if released.internal:
                self._newest_layer[place.repository, image.target] = image.digest

    def _platforms(self, digest: Digest) -> tuple[PlatformEvidence, ...]:
        image = self._images.get(digest)
        return image.platforms if image else ()

    def _retire(self, retired: frozenset[TargetId]) -> None:
        gone = [key for key, tag in self._moved.items() if TargetId.of(tag.target.image, tag.tag) in retired]
        for key in gone:
            del self._moved[key]


def _place(tag: ExpectedTag) -> tuple[str, str, str]:
    return tag.registry, tag.repository, tag.tag
