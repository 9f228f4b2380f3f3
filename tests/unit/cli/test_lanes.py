"""Rates, waiting and the time that is left, from what registries tell."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.lanes import LEFT_WINDOW, Lane, Lanes
from publisher.transfer.figures import LaneFigures

MB = 1_000_000


def sending(seconds: int, rate: int = MB, total: int = 100 * MB) -> Lanes:
    """Send at an even rate, told once a second."""
    lanes = Lanes()
    for second in range(seconds + 1):
        sent = second * rate
        lanes.add(LaneFigures("hub", bytes_sent=sent, bytes_done=sent, bytes_total=total), float(second))
    return lanes


def test_an_even_rate_is_known_and_tells_the_time_left() -> None:
    lane = sending(10).of("hub", 10.0)
    assert lane.rate == MB
    assert lane.left == pytest.approx(90.0)
    assert not lane.waiting


def test_too_little_was_seen_to_tell_the_time_left() -> None:
    assert sending(4).of("hub", 4.0).left is None
    assert sending(5).of("hub", 5.0).left == pytest.approx(95.0)


def test_the_rate_follows_the_last_seconds() -> None:
    lanes = sending(30)
    for second in range(31, 41):
        sent = 30 * MB + (second - 30) * 4 * MB
        lanes.add(LaneFigures("hub", bytes_sent=sent, bytes_total=100 * MB), float(second))
    assert lanes.of("hub", 40.0).rate == 4 * MB
    assert lanes.of("hub", 50.0).rate == 0, "quiet for a whole window"


def test_the_slowest_kind_of_work_tells_the_time_left() -> None:
    lanes = Lanes()
    for second in range(11):
        lanes.add(
            LaneFigures(
                "hub",
                bytes_done=10 * second, bytes_total=200, steps_done=second, steps_total=20,
                blobs_sent=second, blobs_there=second, blobs_total=220,
            ),
            float(second),
        )  # fmt: skip
    assert lanes.of("hub", 10.0).left == pytest.approx(100.0), "200 more blobs at 2 a second"


def test_what_stands_still_has_no_time_left() -> None:
    lanes = Lanes()
    for second in range(11):
        lanes.add(LaneFigures("hub", blobs_mounted=second, blobs_total=20, bytes_total=5), float(second))
    assert lanes.of("hub", 10.0).left is None


def test_work_that_is_under_way_counts() -> None:
    lanes = Lanes()
    for second in range(11):
        sent = second * MB
        lanes.add(LaneFigures("hub", bytes_sent=sent, bytes_done=0, bytes_total=20 * MB), float(second))
    assert lanes.of("hub", 10.0).left == pytest.approx(10.0)


@pytest.mark.parametrize(
    ("figures", "waiting"),
    [
        (LaneFigures("hub", bytes_total=9, waiting=True), True),
        (LaneFigures("hub", bytes_total=9, waited=30.0), True),
        (LaneFigures("hub", bytes_total=9, waited=1.0), False),
        (LaneFigures("hub", bytes_total=9, bytes_sent=5, waited=30.0), False),
        (LaneFigures("hub", bytes_total=9, waited=30.0, ended=True), False),
    ],
)
def test_a_limit_that_stops_a_registry_is_seen(figures: LaneFigures, waiting: bool) -> None:
    lanes = Lanes()
    lanes.add(LaneFigures("hub", bytes_total=9), 0.0)
    lanes.add(figures, 4.0)
    lane = lanes.of("hub", 4.0)
    assert (lane.waiting, lane.left) == (waiting, None)


def test_what_begins_again_goes_on_from_the_sum() -> None:
    lanes = Lanes()
    lanes.add(LaneFigures("hub", blobs_sent=5, blobs_total=5, requests=20, seconds=2.0, ended=True), 2.0)
    lanes.add(LaneFigures("hub", blobs_sent=1, blobs_total=2, requests=3, seconds=0.5), 60.0)
    lanes.add(LaneFigures("hub", blobs_sent=2, blobs_total=2, requests=4, seconds=1.0, ended=True), 61.0)
    figures = lanes.of("hub", 61.0).figures
    assert (figures.blobs_sent, figures.blobs_total, figures.requests, figures.seconds) == (7, 7, 24, 3.0)
    assert figures.ended


def test_registries_come_in_the_order_in_which_they_began() -> None:
    lanes = Lanes()
    for name in ("quay", "hub", "quay"):
        lanes.add(LaneFigures(name), 0.0)
    assert [lane.figures.registry for lane in lanes.view(0.0)] == ["quay", "hub"]


@given(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 50), st.integers(0, 5)), max_size=60))
def test_whatever_comes_figures_are_sane(changes: list[tuple[float, int, int]]) -> None:
    lanes, at, sent, blobs = Lanes(), 0.0, 0, 0
    for later, more, placed in changes:
        at, sent, blobs = at + later, sent + more, blobs + placed
        lanes.add(LaneFigures("hub", bytes_sent=sent, bytes_total=900, blobs_sent=blobs, blobs_total=90), at)
        lane = lanes.of("hub", at)
        assert 0 <= lane.rate <= 50 * len(changes) / 0.5
        assert lane.left is None or lane.left > 0
    assert all(isinstance(lane, Lane) for lane in lanes.view(at + LEFT_WINDOW))
