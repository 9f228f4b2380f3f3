from __future__ import annotations

import gc
from dataclasses import dataclass

import pytest

from publisher.registry.connections import NoneFree, Pool


@dataclass
class Wire:
    """A connection that counts how often it was closed."""

    number: int
    is_closed: bool = False
    is_connected: bool = True
    closed: int = 0

    def close(self) -> None:
        """Close it."""
        self.is_closed = True
        self.closed += 1


class Factory:
    """Makes numbered wires."""

    def __init__(self) -> None:
        self.made: list[Wire] = []

    def __call__(self) -> Wire:
        self.made.append(Wire(len(self.made)))
        return self.made[-1]


def pool(factory: Factory, most: int = 3) -> Pool[Wire]:
    return Pool(factory, most, 0.0)


def test_the_connection_that_was_used_last_is_used_next() -> None:
    shared = pool(Factory())
    first, second = shared.take(), shared.take()
    shared.give(second, is_reusable=True)
    shared.give(first, is_reusable=True)
    assert shared.take() is first


def test_one_that_is_not_reusable_is_closed() -> None:
    factory = Factory()
    shared = pool(factory)
    shared.give(shared.take(), is_reusable=False)
    assert factory.made[0].is_closed
    assert shared.take().number == 1


def test_one_that_the_other_side_closed_is_closed_and_opens_again() -> None:
    shared = pool(Factory())
    wire = shared.take()
    shared.give(wire, is_reusable=True)
    wire.is_connected = False
    assert shared.take() is wire
    assert wire.is_closed


def test_no_more_than_allowed_are_in_use() -> None:
    shared = pool(Factory(), 1)
    wire = shared.take()
    with pytest.raises(NoneFree):
        shared.take()
    shared.give(wire, is_reusable=False)
    assert shared.take().number == 1


def test_a_connection_that_cannot_be_made_takes_no_place() -> None:
    failures = iter([ValueError("no certificates"), None])

    def make() -> Wire:
        if failure := next(failures):
            raise failure
        return Wire(0)

    shared = Pool(make, 1, 0.0)
    with pytest.raises(ValueError, match="no certificates"):
        shared.take()
    assert shared.take().number == 0


def test_idle_connections_are_closed_when_asked_and_when_forgotten() -> None:
    factory = Factory()
    shared = pool(factory)
    wires = [shared.take(), shared.take()]
    shared.give(wires[0], is_reusable=True)
    shared.clear()
    shared.give(wires[1], is_reusable=True)
    assert [wire.is_closed for wire in wires] == [True, False]
    del shared
    gc.collect()
    assert [wire.closed for wire in wires] == [1, 1]
