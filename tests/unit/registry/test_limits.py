from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise
from threading import Thread

from hypothesis import given
from hypothesis import strategies as st

from publisher.registry.limits import LONGEST_PAUSE, SLOWEST, RateLimit


@dataclass
class Clock:
    """Time that passes only by sleeping."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def sleep(self, seconds: float) -> None:
        """Let time pass."""
        self.slept.append(seconds)
        self.now += seconds


def limit(per_minute: int | None, clock: Clock) -> RateLimit:
    return RateLimit(per_minute, clock=lambda: clock.now, sleep=clock.sleep)


def test_without_a_limit_nobody_waits() -> None:
    clock = Clock()
    unlimited = limit(None, clock)
    for _ in range(100):
        unlimited.wait()
    assert clock.slept == []


@given(st.integers(1, 20), st.lists(st.floats(0, 30), max_size=60))
def test_no_minute_has_more_requests_than_allowed(per_minute: int, pauses: list[float]) -> None:
    clock, starts = Clock(), list[float]()
    limited = limit(per_minute, clock)
    for pause in pauses:
        clock.now += pause
        limited.wait()
        starts.append(clock.now)
    windows = zip(starts, starts[per_minute:], strict=False)
    assert all(later - earlier >= 59.999 for earlier, later in windows)


def test_a_burst_is_allowed_and_then_the_rest_waits() -> None:
    clock = Clock()
    limited = limit(3, clock)
    for _ in range(4):
        limited.wait()
    assert clock.slept == [60.0]


def test_retry_after_stops_everybody_for_that_long() -> None:
    clock = Clock()
    limited = limit(None, clock)
    assert limited.throttled(5.0) == 5.0
    assert limited.throttled(2.0) == 5.0
    assert limited.wait() == 5.0
    assert limited.wait() == 0.0
    assert clock.slept == [5.0]


def test_retry_after_is_bounded() -> None:
    assert limit(None, Clock()).throttled(1e9) == LONGEST_PAUSE


def test_pauses_without_retry_after_grow_until_something_succeeds() -> None:
    clock = Clock()
    limited = limit(None, clock)
    pauses = []
    for _ in range(8):
        pauses.append(limited.throttled(None))
        limited.wait()
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    clock.now += 60
    limited.succeeded()
    assert limited.throttled(0.0) == 1.0


def test_stragglers_of_one_burst_count_once() -> None:
    clock = Clock()
    limited = limit(None, clock)
    assert [limited.throttled(None) for _ in range(8)] == [1.0] * 8
    limited.succeeded()  # also under way before the door was closed
    clock.now += 1.0
    assert limited.throttled(None) == 2.0


def test_after_a_429_requests_come_at_half_the_rate_and_faster_with_each_success() -> None:
    clock = Clock()
    limited = limit(None, clock)
    for _ in range(100):  # 20 a second
        limited.wait()
        clock.now += 0.05
    limited.throttled(None)
    starts = []
    for _ in range(1500):
        limited.wait()
        starts.append(clock.now)
        limited.succeeded()
    gaps = [later - earlier for earlier, later in pairwise(starts)]
    assert 0.08 <= gaps[0] <= 0.12  # about 10 a second
    assert all(later <= earlier + 1e-9 for earlier, later in pairwise(gaps))
    assert gaps[-1] == 0.0  # no limit any more


def test_however_often_it_says_429_it_is_asked_again() -> None:
    clock = Clock()
    limited = limit(None, clock)
    for _ in range(50):
        limited.wait()
        limited.throttled(None)
    clock.slept.clear()
    limited.wait()
    assert sum(clock.slept) <= LONGEST_PAUSE + 1 / SLOWEST


@given(st.lists(st.sampled_from(["ok", "429", "429 with", "pause"]), max_size=60), st.integers(1, 10))
def test_a_cap_holds_whatever_the_registry_says(events: list[str], per_minute: int) -> None:
    clock, starts = Clock(), list[float]()
    limited = limit(per_minute, clock)
    for event in events:
        limited.wait()
        starts.append(clock.now)
        if event == "ok":
            limited.succeeded()
        elif event == "pause":
            clock.now += 7.0
        else:
            closed = limited.throttled(3.0 if event == "429 with" else None)
            assert 0.0 < closed <= LONGEST_PAUSE
    assert all(b - a >= 59.999 for a, b in zip(starts, starts[per_minute:], strict=False))


def test_who_sleeps_while_the_door_is_closed_anew_waits_on() -> None:
    clock, naps = Clock(), list[float]()

    def sleep(seconds: float) -> None:
        naps.append(seconds)
        clock.now += seconds
        if len(naps) == 1:
            limited.throttled(4.0)

    limited = RateLimit(None, clock=lambda: clock.now, sleep=sleep)
    limited.throttled(2.0)
    assert limited.wait() == 6.0
    assert naps == [2.0, 4.0]


def test_many_threads_start_no_more_than_the_cap() -> None:
    clock, started = Clock(), list[int]()
    limited = limit(5, clock)

    def work() -> None:
        for _ in range(5):
            limited.wait()
            started.append(1)

    threads = [Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(started) == 40
    assert clock.now >= 7 * 60  # five at once, and five more each minute: time passes by sleeping alone


def test_a_person_hears_that_the_door_is_shut() -> None:
    clock, seen = Clock(), list[bool]()
    limited = limit(2, clock)
    limited.wait()
    seen.append(limited.is_shut)
    limited.wait()
    seen.append(limited.is_shut)  # the third of this minute would wait
    clock.now += 59.9
    seen.append(limited.is_shut)
    limited.throttled(5.0)
    seen.append(limited.is_shut)
    assert seen == [False, True, False, True]
