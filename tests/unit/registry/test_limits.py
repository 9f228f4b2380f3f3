from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from publisher.registry.limits import RateLimit


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


def test_a_pause_stops_everybody() -> None:
    clock = Clock()
    limited = limit(None, clock)
    limited.pause(5.0)
    limited.pause(2.0)
    limited.wait()
    limited.wait()
    assert clock.slept == [5.0]
