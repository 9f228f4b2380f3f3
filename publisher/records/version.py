"""What a target was, and what a tag names, from one release record on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.release import ReleasedImage

LATEST = "latest"


@dataclass(frozen=True, slots=True)
class Version:
    """An index of a target and the record that made it the newest one.

    `released` is None for an adopted tag, of which nothing but the digest is known.
    """

    target: TargetId
    sequence: int
    digest: Digest
    released: ReleasedImage | None = None

    @property
    def build_ids(self) -> Mapping[Platform, BuildId]:
        """Give the BuildIds by platform; none for an adopted one."""
        if self.released is None:
            return {}
        return {item.platform: item.build_id for item in self.released.image.platforms}

    @property
    def internal(self) -> bool:
        """Tell whether it was published without version tags."""
        return self.released is not None and self.released.internal

    @property
    def parents(self) -> tuple[TargetId, ...]:
        """Give the targets of the catalog that it was built on directly."""
        return self.released.parents if self.released else ()


@dataclass(frozen=True, slots=True)
class TagState:
    """What a tag names from the record `sequence` on, by the word of the chain."""

    sequence: int
    registry: str
    repository: Repository
    tag: str
    digest: Digest
    target: TargetId

    @property
    def name(self) -> str:
        """Give `image:tag` as the catalog writes it: the tag's own name, be it an alias."""
        return f"{self.target.image}:{self.tag}"

    @property
    def latest(self) -> bool:
        """Tell whether this is a `latest`, which moves after all others."""
        return self.tag == LATEST
