"""A transfer that believes no manifest: whoever mends a registry asks it for every blob."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.ports.transfer import LaneReport, TagReport, Transfer
from publisher.transfer.inventory import Delivery, TagMove


@dataclass(frozen=True, slots=True)
class Thorough:
    """Stands before another transfer."""

    inner: Transfer

    def deliver(self, deliveries: Sequence[Delivery], *, thorough: bool = True) -> Mapping[str, LaneReport]:
        """Bring contents, every blob looked at; see the port."""
        return self.inner.deliver(deliveries, thorough=thorough)

    def move_tags(self, moves: Sequence[TagMove], *, force: bool = False) -> Mapping[str, TagReport]:
        """Move tags; see the port."""
        return self.inner.move_tags(moves, force=force)
