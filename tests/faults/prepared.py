"""A release that is attested and waits to be published: built once, published as often as one likes.

Each `fresh` world has destinations and a chain of records of its own: the doors rename repositories
on the way, so that one catalog, one plan and one run directory meet empty registries every time.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, cast

from publisher.oci.reference import Repository
from publisher.steps.inventory import shipment
from publisher.steps.results import Results
from publisher.transfer.inventory import Shipment
from tests.faults import victim
from tests.faults.contents import asking
from tests.faults.journal import Journal
from tests.faults.laws import Place
from tests.faults.proxy import FaultProxy, proxy_before
from tests.faults.renaming import Renaming
from tests.faults.world import LISTS, TAGS
from tests.integration.small import REGISTRIES, Ran, SmallCatalog, small_catalog
from tests.stack import Stack

STAGING = "staging"
_STEPS = ("build", "test", "index", "attest")


@dataclass
class BehindDoors:
    """A stack whose registries are known by their doors."""

    stack: Stack
    doors: Mapping[str, FaultProxy]

    def url(self, name: str) -> str:
        """Give host and port of a registry."""
        return self.doors[name].host

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stack, name)


@dataclass
class Prepared:
    """The catalog, its plan, what was attested, and the doors."""

    catalog: SmallCatalog
    folder: Path
    doors: Mapping[str, FaultProxy]
    journal: Journal
    shipments: Mapping[str, Shipment] = field(default_factory=dict)
    _worlds: Iterator[int] = field(default_factory=lambda: count(1))
    _machines: Iterator[int] = field(default_factory=lambda: count(1))

    @property
    def places(self) -> list[Place]:
        """Give what every destination must have in the end."""
        return [
            Place(name, f"{self.catalog.name}/{image}", found, TAGS, name in LISTS)
            for name in REGISTRIES
            for image, found in self.shipments.items()
        ]

    @property
    def destinations(self) -> tuple[FaultProxy, ...]:
        """Give the doors of all but staging."""
        return tuple(self.doors[name] for name in REGISTRIES)

    def fresh(self) -> int:
        """Begin with empty registries; give the moment at which that world begins."""
        self.journal.settle()
        self.journal.revive()
        name, number = self.catalog.name, next(self._worlds)
        records = f"{name}/{STAGING}/publisher-records"
        self.doors[STAGING].renaming = Renaming({records: f"{records}-w{number}"})
        for door in self.destinations:
            door.renaming = Renaming({name: f"{name}-w{number}"})
        for door in self.doors.values():
            door.rule()
        return self.journal.now

    def words(self, verb: str) -> tuple[list[str], dict[str, str], Path]:
        """Give arguments, environment and folder of a verb on a machine that nobody used before."""
        machine = self.folder / f"machine-{next(self._machines)}"
        shutil.copytree(self.folder / "out", machine / "out")
        argv = [verb, "--plan", str(self.folder / "plan.json"), "--run-dir", str(machine / "out")]
        environment = {
            **self.catalog.surroundings, "HOME": str(machine), "XDG_STATE_HOME": str(machine / "state"),
        }  # fmt: skip
        return [*argv, "--repo", str(self.catalog.repository)], environment, machine

    def run(self, verb: str = "publish") -> Ran:
        """Run a verb to its end on another machine."""
        argv, environment, machine = self.words(verb)
        try:
            return victim.run(argv, environment, machine)
        finally:
            shutil.rmtree(machine)

    def run_killed(self, number: int, *, after: bool, verb: str = "publish") -> Ran:
        """Run a verb on another machine, and kill it at a request."""
        argv, environment, machine = self.words(verb)
        try:
            return victim.run_killed(argv, environment, machine, self.journal, number, after=after)
        finally:
            shutil.rmtree(machine)


@contextmanager
def prepared_release(stack: Stack, folder: Path) -> Iterator[Prepared]:
    """Build and attest three images behind open doors."""
    journal = Journal()
    with ExitStack() as closing:
        doors = {
            name: closing.enter_context(proxy_before(name, stack.url(name), journal))
            for name in (STAGING, *REGISTRIES)
        }
        catalog = small_catalog(cast(Stack, BehindDoors(stack, doors)), folder)
        prepared = Prepared(catalog, folder, doors, journal)
        _attest(prepared)
        prepared.shipments = _shipments(prepared)
        yield prepared


def _attest(prepared: Prepared) -> None:
    planned = prepared.catalog.run("plan", "--base", "empty", "--format", "json")
    assert planned.code == 0, planned.text
    plan = prepared.folder / "plan.json"
    plan.write_text(planned.out, encoding="utf-8")
    for step in _STEPS:
        ran = prepared.catalog.run(step, "--plan", str(plan), "--run-dir", str(prepared.folder / "out"))
        assert ran.code == 0, ran.text


def _shipments(prepared: Prepared) -> dict[str, Shipment]:
    door = prepared.doors[STAGING]
    source = Repository(f"{door.upstream}/{prepared.catalog.name}/{STAGING}/builds")
    images = Results.load(prepared.folder / "out").images
    with asking(door) as client:
        return {target.image: shipment(client, source, image) for target, image in images.items()}
