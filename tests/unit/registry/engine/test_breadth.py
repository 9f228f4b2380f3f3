"""How many steps run at a time, after 429s and after successes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.engine.breadth import Breadth
from publisher.registry.engine.dispatcher import Dispatcher
from publisher.transfer.operations import PlaceBlob, Step

PLACE = Repository("there.test/one")
BLOB = PlaceBlob(PLACE, PLACE, Descriptor("text/plain", Digest.of(b""), 0), PLACE)


def test_one_wave_of_refusals_halves_once() -> None:
    breadth = Breadth(8)
    for _ in range(8):
        breadth.narrow()
    assert breadth.now == 4
    breadth.succeeded()
    breadth.narrow()
    assert breadth.now == 2


def test_success_widens_one_by_one_up_to_the_most() -> None:
    breadth = Breadth(3)
    breadth.narrow()
    assert breadth.now == 1
    for _ in range(2):
        breadth.succeeded()
    assert breadth.now == 2
    for _ in range(50):
        breadth.succeeded()
    assert breadth.now == 3


@given(st.integers(1, 32), st.lists(st.booleans(), max_size=200))
def test_it_stays_between_one_and_the_most(most: int, events: list[bool]) -> None:
    breadth = Breadth(most)
    for good in events:
        breadth.succeeded() if good else breadth.narrow()
        assert 1 <= breadth.now <= most


def test_a_narrow_lane_does_everything_one_by_one() -> None:
    breadth = Breadth(4)
    running: list[int] = []
    most: list[int] = []

    def work(step: Step) -> None:
        running.append(step.number)
        most.append(len(running))
        breadth.narrow()
        running.remove(step.number)

    breadth.narrow()
    breadth.succeeded()
    breadth.narrow()
    assert breadth.now == 1
    steps = [Step(number, BLOB) for number in range(40)]
    dispatcher = Dispatcher(steps, work, 4, breadth=breadth)
    dispatcher.run()
    assert len(dispatcher.done) == 40
    assert max(most) <= 2
