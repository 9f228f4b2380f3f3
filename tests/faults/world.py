"""Three images, a source and two destinations behind proxies: where single faults are played."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace

from publisher.oci.reference import Repository
from publisher.transfer.inventory import Shipment
from tests.faults.images import Stacked
from tests.faults.journal import Journal
from tests.faults.laws import Place
from tests.faults.proxy import FaultProxy, proxy_before
from tests.faults.token_guard import TokenGuard
from tests.stack import Stack

SOURCE = "source"
TAGS = ("v1", "latest")
LISTS = frozenset({"quay"})
"""Registries that list referrers by themselves."""
MOUNTLESS = frozenset({"quay"})
"""Registries that decline every mount."""


@dataclass(frozen=True, slots=True)
class FaultWorld:
    """What is copied, and the doors to where it is copied from and to."""

    shipments: Mapping[str, Shipment]
    source: FaultProxy
    destinations: tuple[FaultProxy, ...]
    journal: Journal

    @property
    def doors(self) -> tuple[FaultProxy, ...]:
        """Give all proxies, the source's first."""
        return (self.source, *self.destinations)

    def door(self, name: str) -> FaultProxy:
        """Find a proxy by its registry's name."""
        return next(door for door in self.doors if door.name == name)

    def behave(self) -> None:
        """Let everything work again."""
        for door in self.doors:
            door.rule()
            door.down = False
        self.journal.revive()

    def places(self, *, together: bool = False) -> list[Place]:
        """Give fresh repositories for all images at all destinations; `together`: one for all three."""
        fresh = f"f{uuid.uuid4().hex[:10]}"
        return [
            Place(
                door.name,
                f"{fresh}/{'all' if together else name}",
                shipment,
                tuple(f"{name}-{tag}" if together else tag for tag in TAGS[: 1 if together else 2]),
                door.name in LISTS,
            )
            for door in self.destinations
            for name, shipment in self.shipments.items()
        ]


@contextmanager
def fault_world(stack: Stack, *, tokens: bool = False) -> Iterator[FaultWorld]:
    """Seed the source and open the doors; with `tokens` all of them want some."""
    journal, salt = Journal(), uuid.uuid4().hex[:8]
    with ExitStack() as closing:

        def opened(name: str, registry: str) -> FaultProxy:
            guard = TokenGuard() if tokens else None
            return closing.enter_context(proxy_before(name, stack.url(registry), journal, guard))

        source = opened(SOURCE, "upstream")
        seeded = Stacked(salt).seed(stack.url("upstream"), f"f{salt}")
        shipments = {
            name: replace(item, source=Repository(f"{source.host}/{item.source.path}"))
            for name, item in seeded.items()
        }
        destinations = tuple(opened(name, name) for name in ("hub", "quay"))
        yield FaultWorld(shipments, source, destinations, journal)
