"""Bad lines to one registry: it may fail, the others finish, and a rerun over a good line converges."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.actor import Copyist, Ended
from tests.faults.contents import unfinished, wrong_tags
from tests.faults.kinds import Kind
from tests.faults.toxiproxy import Line, Toxic, line_to
from tests.faults.world import FaultWorld, fault_world
from tests.stack import Stack

LATENCY = Toxic("latency", {"latency": 30, "jitter": 20}, "downstream")
SLOW_CLOSE = Toxic("slow_close", {"delay": 200}, "downstream")
SLOW = Toxic("bandwidth", {"rate": 400})
"""Kilobytes a second: some seconds for what takes tenths of one elsewhere."""
CUT_OFF = Toxic("limit_data", {"bytes": 60_000})
"""Less than one layer."""
PASSABLE = (LATENCY, SLOW_CLOSE, Toxic("bandwidth", {"rate": 1500}, "downstream"))
BROKEN = (CUT_OFF, Toxic("reset_peer", {"timeout": 0}), Toxic("timeout", {"timeout": 0}))
UNSURE = (
    Toxic("reset_peer", {"timeout": 50}, part=0.3),
    Toxic("limit_data", {"bytes": 9_000}, "downstream"),
    Toxic("limit_data", {"bytes": 150_000}),
    Toxic("bandwidth", {"rate": 60}),
    Toxic("slicer", {"average_size": 500, "size_variation": 300, "delay": 100}),
)


@pytest.fixture(scope="module")
def world(stack: Stack) -> Iterator[FaultWorld]:
    """Three images, and doors that keep a journal."""
    with fault_world(stack) as made:
        yield made


@pytest.fixture(scope="module")
def line(world: FaultWorld, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Line]:
    """The line to the registry `hub`."""
    with line_to(world.door("hub").host, tmp_path_factory.mktemp("toxiproxy")) as made:
        yield made


def test_a_line_that_is_only_slow(world: FaultWorld, line: Line) -> None:
    ended = play(world, line, LATENCY, SLOW_CLOSE)
    assert not ended.errors, ended.text


def test_a_line_that_breaks_in_every_layer(world: FaultWorld, line: Line) -> None:
    ended = play(world, line, CUT_OFF)
    assert line.host in ended.text, ended.text


def test_a_laggard_does_not_hold_up_the_others(world: FaultWorld, line: Line) -> None:
    """The fast registry has all its contents while the slow one still waits for layers."""
    began = world.journal.now
    ended = play(world, line, SLOW)
    assert not ended.errors, ended.text
    fast = world.journal.of("quay", Kind.PUT_REFERRER, since=began)
    slow = world.journal.of("hub", Kind.PUT_BLOB, since=began)
    assert max(item.ended for item in fast) < max(item.ended for item in slow)


@pytest.mark.soak
@pytest.mark.parametrize("toxic", PASSABLE, ids=str)
def test_every_passable_line(world: FaultWorld, line: Line, toxic: Toxic) -> None:
    ended = play(world, line, toxic)
    assert not ended.errors, ended.text


@pytest.mark.soak
@pytest.mark.parametrize("toxic", BROKEN, ids=str)
def test_every_broken_line(world: FaultWorld, line: Line, toxic: Toxic) -> None:
    ended = play(world, line, toxic)
    assert line.host in ended.text, ended.text


@pytest.mark.soak
@pytest.mark.parametrize("toxic", UNSURE, ids=str)
def test_every_line_of_which_nobody_knows(world: FaultWorld, line: Line, toxic: Toxic) -> None:
    play(world, line, toxic)


def play(world: FaultWorld, line: Line, *toxics: Toxic) -> Ended:
    """Copy over a bad line, then over a good one."""
    world.behave()
    places = world.places()
    copyist = Copyist(places, world.doors, fronts={"hub": line.host})
    line.poison(*toxics)
    try:
        ended = copyist.run()
    finally:
        line.poison()
    world.journal.settle()
    assert not (wrong := wrong_tags(world.destinations, places)), wrong
    others = [place for place in places if place.registry != "hub"]
    lacking = [gap for gap in unfinished(world.destinations, others) if " lacks " in gap]
    assert not lacking, lacking
    again = copyist.run()
    assert not again.errors, again.text
    assert not (left := unfinished(world.destinations, places)), left
    return ended
