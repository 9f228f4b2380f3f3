"""One declared tag, after every form of `meta.yml` has been read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from publisher.catalog.problem import Position
from publisher.catalog.target import TargetId
from publisher.oci.platform import Platform


class Status(StrEnum):
    """Where an entry is in its life."""

    ACTIVE = "active"
    FROZEN = "frozen"
    END_OF_LIFE = "end-of-life"


@dataclass(frozen=True, slots=True)
class Entry:
    """A tag and how it is built.  Paths are relative to the repository, `/`-separated, without `..`.

    `base` is the in-repo parent whose published reference the build argument BASE receives.
    `platforms` are those declared here or by default, in canonical order.
    Of an entry that a matrix made `combination` holds the axes' values, and `places` where its
    values stand, by key.  Like `position` they say where it comes from and never what it is, so
    they must not count in any comparison of two entries' builds.
    """

    target: TargetId
    position: Position
    dockerfile: str
    context: str
    platforms: tuple[Platform, ...]
    args: Mapping[str, str] = field(default_factory=dict)
    stage: str | None = None
    base: TargetId | None = None
    aliases: tuple[str, ...] = ()
    latest: bool = False
    smoke: str | None = None
    requires: Mapping[str, str] = field(default_factory=dict)
    internal: bool = False
    status: Status = Status.ACTIVE
    combination: Mapping[str, str] = field(default_factory=dict)
    places: Mapping[str, Position] = field(default_factory=dict)

    def place(self, key: str) -> Position:
        """Give the place to name for what is wrong with the value of a key."""
        return self.places.get(key, self.position)

    @property
    def tags(self) -> tuple[str, ...]:
        """Give every version tag that names this target: its own and its aliases, without `latest`."""
        return (self.target.tag, *self.aliases)
