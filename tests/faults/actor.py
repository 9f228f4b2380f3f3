"""A copy of a few images in this process, by an impatient client, so that faults cost little time."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field

from publisher.errors import PublisherError
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.engine.engine import Engine
from publisher.registry.retry import RetryPolicy
from publisher.steps.copy_list import Copy, parse_copies
from publisher.steps.copying import Copying
from tests.faults.laws import Place
from tests.faults.proxy import FaultProxy

TIMEOUT = 1.5
"""Seconds after which the client takes a registry that says nothing for dead."""
HASTY = RetryPolicy(first_wait=0.01, jitter=0.01, longest_wait=0.2, patience=1.0)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a copy ended: the errors by registry, and everything that a person would read."""

    errors: Mapping[str, PublisherError] = field(default_factory=dict)

    @property
    def text(self) -> str:
        """Give all messages."""
        return "\n".join(str(error) for error in self.errors.values())


@dataclass(slots=True)
class HastyClock:
    """Time that passes when somebody sleeps, a hundred times as fast."""

    slept: float = 0.0

    def sleep(self, seconds: float) -> None:
        """Wait a hundredth of it."""
        self.slept += seconds
        time.sleep(seconds / 100)

    def now(self) -> float:
        """Give the time."""
        return time.monotonic() + self.slept


@dataclass(slots=True)
class Copyist:
    """What is copied where; each `run` is a process of its own, as far as registries can tell.

    `fronts` are other addresses of registries, by name, in front of their proxies.
    """

    places: Sequence[Place]
    proxies: Sequence[FaultProxy]
    width: int = 4
    fronts: Mapping[str, str] = field(default_factory=dict)

    def run(self, *, force: bool = False) -> Ended:
        """Do as `publisher copy` does."""
        with ExitStack() as closing:
            clock = HastyClock()
            clients = self._clients(clock, closing)
            engine = Engine(
                clients, Progress(), width=lambda _: self.width, sleep=clock.sleep, clock=clock.now
            )
            copying = Copying(clients, engine, Progress())
            try:
                report = copying.carry_out(copying.prepare(self._copies()), force=force)
            except PublisherError as error:
                return Ended({error.where: error})
            return Ended(report.errors)

    def copies(self) -> list[dict[str, object]]:
        """Give the list as `publisher copy` reads it."""
        listed: list[dict[str, object]] = []
        for place in self.places:
            shipment, tags = place.shipment, place.tags
            repository = f"{self._host(place.registry)}/{place.repository}"
            source = f"{shipment.source}@{shipment.root.manifest.digest}"
            listed.append({"source": source, "to": [f"{repository}:{tag}" for tag in tags]})
        return listed

    def _copies(self) -> tuple[Copy, ...]:
        return parse_copies(json.dumps(self.copies()).encode())

    def _host(self, registry: str) -> str:
        return self.fronts.get(registry) or next(p.host for p in self.proxies if p.name == registry)

    def _clients(self, clock: HastyClock, closing: ExitStack) -> Callable[[str], Registry]:
        guards = {self._host(proxy.name): proxy.guard for proxy in self.proxies}

        def made(host: str) -> RegistryClient:
            guard = guards.get(host)
            login = Credentials(guard.username, Secret(guard.password)) if guard else None
            client = RegistryClient(host, login, timeout=TIMEOUT, retry=HASTY, sleep=clock.sleep)
            closing.callback(client.close)
            return client

        clients = {host: made(host) for host in guards}
        return clients.__getitem__
