"""`publisher copy` killed with -9 at a request, run again on another machine, and the laws of order.

`PUBLISHER_KILL_SEED` plays a soak run again.
"""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from random import Random

import pytest

from tests.faults import laws, victim
from tests.faults.actor import Copyist
from tests.faults.contents import unfinished, wrong_tags
from tests.faults.play import broken_laws
from tests.faults.world import MOUNTLESS, FaultWorld, fault_world
from tests.integration.small import Ran
from tests.integration.test_publish_kills import SEED
from tests.stack import Stack

RUNS = 100
PARTS = (0.1, 0.5, 0.9)
"""Where the sample is killed, as parts of all requests of a run."""


@dataclass(slots=True)
class Machines:
    """A world, and a new machine for every run."""

    world: FaultWorld
    folder: Path
    numbers: Iterator[int] = field(default_factory=lambda: count(1))

    def words(self, copyist: Copyist) -> tuple[list[str], dict[str, str], Path]:
        """Give arguments, environment and folder of a copy."""
        home = self.folder / f"machine-{next(self.numbers)}"
        home.mkdir()
        (home / "copies.json").write_text(json.dumps(copyist.copies()))
        environment = {**os.environ, "HOME": str(home), "XDG_STATE_HOME": str(home / "state")}
        return ["copy", "--list", "copies.json"], environment, home

    def run(self, copyist: Copyist) -> Ran:
        """Copy to the end."""
        return victim.run(*self.words(copyist))

    def run_killed(self, copyist: Copyist, number: int, *, after: bool) -> Ran:
        """Copy, and be killed at a request."""
        return victim.run_killed(*self.words(copyist), self.world.journal, number, after=after)


@pytest.fixture(scope="module")
def machines(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machines]:
    """Three images, two registries."""
    with fault_world(stack) as world:
        yield Machines(world, tmp_path_factory.mktemp("machines"))


@pytest.fixture(scope="module")
def length(machines: Machines) -> int:
    """Copy undisturbed; give the number of requests that it takes."""
    began = machines.world.journal.now
    ran = machines.run(Copyist(machines.world.places(), machines.world.doors))
    assert ran.code == 0, ran.text
    return sum(item.arrived > began for item in machines.world.journal.exchanges)


@pytest.mark.parametrize("part", PARTS)
def test_a_rerun_converges(machines: Machines, length: int, part: float) -> None:
    number = max(1, round(part * length))
    play_kill(machines, number, after=number % 2 == 0)


@pytest.mark.soak
@pytest.mark.parametrize("run", range(RUNS))
def test_a_rerun_converges_wherever_it_was_killed(machines: Machines, length: int, run: int) -> None:
    random = Random(f"{SEED} {run}")
    print(f"PUBLISHER_KILL_SEED={SEED}")
    play_kill(machines, random.randint(1, length), after=random.random() < 0.5)


def play_kill(machines: Machines, number: int, *, after: bool) -> None:
    """Kill a copy at a request, look, copy again, and require the laws of the whole of it."""
    world = machines.world
    began, places = world.journal.now, world.places()
    copyist = Copyist(places, world.doors)
    killed = machines.run_killed(copyist, number, after=after)
    assert killed.code in (-signal.SIGKILL, 0), killed.text
    wrong = wrong_tags(world.destinations, places)
    assert not wrong, (number, after, wrong)
    rerun = world.journal.now

    again = machines.run(copyist)

    assert again.code == 0, (number, after, again.text)
    world.journal.settle()
    left = unfinished(world.destinations, places)
    assert not left, (number, after, left)
    passed = [item for item in world.journal.exchanges if item.arrived > began]
    broken = [*laws.children_first(passed), *broken_laws(passed, places, MOUNTLESS, rerun)]
    assert not broken, (number, after, broken)
