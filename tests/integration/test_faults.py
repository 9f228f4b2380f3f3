"""Every kind of fault at every kind of request: tags are right or unmoved, and a rerun converges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.play import play
from tests.faults.scenarios import Scenario, matrix, sample
from tests.faults.world import FaultWorld, fault_world
from tests.stack import Stack


@pytest.fixture(scope="module")
def plain(stack: Stack) -> Iterator[FaultWorld]:
    """Registries that ask nobody who they are."""
    with fault_world(stack) as world:
        yield world


@pytest.fixture(scope="module")
def guarded(stack: Stack) -> Iterator[FaultWorld]:
    """Registries that want tokens."""
    with fault_world(stack, tokens=True) as world:
        yield world


@pytest.mark.parametrize("scenario", sample(), ids=str)
def test_a_fault_of_each_class(plain: FaultWorld, guarded: FaultWorld, scenario: Scenario) -> None:
    play(guarded if scenario.tokens else plain, scenario)


@pytest.mark.soak
@pytest.mark.parametrize("scenario", matrix(), ids=str)
def test_every_fault_at_every_request(plain: FaultWorld, guarded: FaultWorld, scenario: Scenario) -> None:
    play(guarded if scenario.tokens else plain, scenario)
