"""Steps on threads: order, failures, giving up."""

from __future__ import annotations

from collections.abc import Mapping
from threading import Barrier, Lock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.errors import PublisherError, RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.engine.dispatcher import Dispatcher
from publisher.transfer.operations import PlaceBlob, Step

PLACE = Repository("there.test/one")
BLOB = PlaceBlob(PLACE, PLACE, Descriptor("text/plain", Digest.of(b""), 0), PLACE)

graphs = st.integers(0, 12).flatmap(
    lambda size: st.tuples(
        *(st.frozensets(st.integers(0, max(number - 1, 0)), max_size=3) if number else st.just(frozenset())
          for number in range(size))
    )
)  # fmt: skip


def steps(needs: tuple[frozenset[int], ...]) -> list[Step]:
    return [Step(number, BLOB, wanted) for number, wanted in enumerate(needs)]


class Diary:
    """Notes what is done, and fails where it is told to."""

    def __init__(self, failing: frozenset[int] = frozenset()) -> None:
        self.failing = failing
        self.order: list[int] = []
        self.lock = Lock()

    def work(self, step: Step) -> None:
        if step.number in self.failing:
            raise RegistryError(f"step {step.number}")
        with self.lock:
            self.order.append(step.number)


@settings(max_examples=100, deadline=None)
@given(graphs, st.integers(1, 4))
def test_everything_is_done_once_and_after_what_it_needs(
    needs: tuple[frozenset[int], ...], width: int
) -> None:
    diary = Diary()
    Dispatcher(steps(needs), diary.work, width).run()
    assert sorted(diary.order) == list(range(len(needs)))
    places = {number: place for place, number in enumerate(diary.order)}
    assert all(places[need] < places[number] for number, wanted in enumerate(needs) for need in wanted)


@settings(max_examples=100, deadline=None)
@given(graphs, st.integers(1, 4), st.data())
def test_a_failure_blocks_those_that_need_it_and_nobody_else(
    needs: tuple[frozenset[int], ...], width: int, data: st.DataObject
) -> None:
    failing = (
        data.draw(st.frozensets(st.integers(0, max(len(needs) - 1, 0)), max_size=2)) if needs else frozenset()
    )
    diary = Diary(failing)
    dispatcher = Dispatcher(steps(needs), diary.work, width)
    dispatcher.run()
    assert dispatcher.done == set(diary.order) == reachable(needs, failing)
    assert dispatcher.errors.keys() <= failing


def reachable(needs: tuple[frozenset[int], ...], failing: frozenset[int]) -> set[int]:
    found: set[int] = set()
    for number, wanted in enumerate(needs):
        if number not in failing and wanted <= found:
            found.add(number)
    return found


def test_one_thread_takes_the_lowest_number_first() -> None:
    diary = Diary()
    Dispatcher(steps((frozenset(), frozenset(), frozenset({0}), frozenset())), diary.work, 1).run()
    assert diary.order == [0, 1, 2, 3]


def test_as_many_threads_as_were_asked_for_work_at_a_time() -> None:
    together = Barrier(3, timeout=20)

    def work(_: Step) -> None:
        together.wait()

    Dispatcher(steps((frozenset(),) * 3), work, 3).run()
    assert not together.broken


def test_it_gives_up_when_there_is_no_point() -> None:
    diary = Diary(frozenset(range(10)))
    dispatcher = Dispatcher(steps((frozenset(),) * 20), diary.work, 1, lambda errors: len(errors) >= 3)
    dispatcher.run()
    assert set(dispatcher.errors) == {0, 1, 2}
    assert dispatcher.done == set()


def test_what_is_no_error_of_ours_ends_everything_and_is_raised() -> None:
    def work(step: Step) -> None:
        if step.number == 1:
            raise KeyError("bug")

    dispatcher = Dispatcher(steps((frozenset(),) * 5), work, 1)
    with pytest.raises(KeyError, match="bug"):
        dispatcher.run()
    assert 4 not in dispatcher.done


def test_nothing_to_do_ends_at_once() -> None:
    errors: Mapping[int, PublisherError] = {}
    dispatcher = Dispatcher([], Diary().work, 4)
    dispatcher.run()
    assert dispatcher.errors == errors
