"""Bringing images to registries, and moving their tags."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from publisher.errors import PublisherError
from publisher.oci.digest import Digest, named_instead
from publisher.transfer.figures import LaneFigures
from publisher.transfer.inventory import Delivery, TagMove


@dataclass(frozen=True, slots=True)
class LaneReport:
    """How one registry ended: its figures, the first error if there was one, and what did not arrive."""

    figures: LaneFigures
    error: PublisherError | None = None
    failed: tuple[Delivery, ...] = ()


@dataclass(frozen=True, slots=True)
class Stranger:
    """A tag that somebody else moved meanwhile: it was left alone; `found` is what it names now."""

    move: TagMove
    found: Digest | None

    @property
    def text(self) -> str:
        """Say what the tag names, and what it was to name."""
        move = self.move
        return f"{move.repository}:{move.tag} {named_instead(self.found, move.previous)}"


@dataclass(frozen=True, slots=True)
class TagReport:
    """How the tags of one registry ended; what is neither moved nor a stranger was in place.

    `left` were not looked at, or failed, because of `error`.
    """

    moved: tuple[TagMove, ...] = ()
    in_place: tuple[TagMove, ...] = ()
    strangers: tuple[Stranger, ...] = ()
    left: tuple[TagMove, ...] = ()
    error: PublisherError | None = None


class Transfer(Protocol):
    """One transaction over many images and registries; doing it again does what is missing."""

    def deliver(self, deliveries: Sequence[Delivery], *, thorough: bool = False) -> Mapping[str, LaneReport]:
        """Bring contents to all registries, check them there, and report by the deliveries' names.

        A registry that fails does not stop the others.  Running again goes on from what was done.
        If `thorough` every blob is asked for, also where a manifest that names it is there.
        """

    def move_tags(self, moves: Sequence[TagMove], *, force: bool = False) -> Mapping[str, TagReport]:
        """Move tags, each compared with its `previous` right before; `force` moves strangers too.

        Moves that are `last` begin when all others have ended, and nowhere after an error.
        """
