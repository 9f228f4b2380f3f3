"""A copy of a few images in this process, by an impatient client, so that faults cost little time."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from publisher.errors import PublisherError
from publisher.oci.reference import Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.engine.engine import Engine
from publisher.registry.retry import RetryPolicy
from publisher.transfer.inventory import Delivery, TagMove
from tests.faults.laws import LATEST, Place
from tests.faults.proxy import FaultProxy

TIMEOUT = 1.5
"""Seconds after which the client takes a registry that says nothing for dead."""
HASTY = RetryPolicy(first_wait=0.01, jitter=0.01, longest_wait=0.2)


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
class Copying:
    """What is copied where; each `run` is a process of its own, as far as registries can tell."""

    places: Sequence[Place]
    proxies: Sequence[FaultProxy]
    clients: Callable[[str], Registry] | None = None
    width: int = 4

    def run(self, *, force: bool = False) -> Ended:
        """Deliver everything, then move the tags, unless a registry failed."""
        clock, made = HastyClock(), self._clients()
        engine = Engine(made, Progress(), width=lambda _: self.width, sleep=clock.sleep, clock=clock.now)
        reports = engine.deliver([self._delivery(place) for place in self.places])
        errors = {name: report.error for name, report in reports.items() if report.error}
        if errors:
            return Ended(errors)
        moves = [move for place in self.places for move in self._moves(place, made)]
        tags = engine.move_tags(moves, force=force)
        return Ended({name: report.error for name, report in tags.items() if report.error})

    def _clients(self) -> Callable[[str], Registry]:
        made: dict[str, Registry] = {}
        guards = {proxy.host: proxy.guard for proxy in self.proxies if proxy.guard}

        def client(host: str) -> Registry:
            if host not in made:
                guard = guards.get(host)
                login = Credentials(guard.username, Secret(guard.password)) if guard else None
                made.setdefault(host, RegistryClient(host, login, timeout=TIMEOUT, retry=HASTY))
            return made[host]

        return client

    def _repository(self, place: Place) -> Repository:
        host = next(proxy.host for proxy in self.proxies if proxy.name == place.registry)
        return Repository(f"{host}/{place.repository}")

    def _delivery(self, place: Place) -> Delivery:
        return Delivery(place.registry, place.shipment, self._repository(place))

    def _moves(self, place: Place, client: Callable[[str], Registry]) -> list[TagMove]:
        repository, root = self._repository(place), place.shipment.root.manifest
        return [
            TagMove(place.registry, repository, tag, None, root.digest, root, last=tag == LATEST)
            for tag in place.tags
        ]
