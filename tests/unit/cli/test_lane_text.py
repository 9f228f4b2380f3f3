"""Registries as rows of a live view, and as lines of a log."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.lane_text import ended_line, lane_line, lane_rows
from publisher.cli.lanes import Lane
from publisher.cli.text import columns, printable
from publisher.transfer.figures import LaneFigures

FIGURES = LaneFigures(
    "hub",
    bytes_sent=412_300_000, bytes_done=412_300_000, bytes_total=1_100_000_000,
    blobs_sent=80, blobs_mounted=20, blobs_there=4, blobs_total=532, requests=1_204,
)  # fmt: skip
SENDING = Lane(FIGURES, rate=98_200_000.0, left=7.2)
WAITING = Lane(replace(FIGURES, registry="quay", retried=3), waiting=True)
ENDED = Lane(
    replace(FIGURES, registry="modelers", bytes_done=1_100_000_000, blobs_sent=508, seconds=12.34, ended=True)
)
LANES = (SENDING, WAITING, ENDED)


def test_eighty_columns_hold_everything() -> None:
    assert lane_rows(LANES, 80) == [
        "                    bytes    blobs        rate          left  requests  retried",
        "hub       412.3 MB/1.1 GB  104/532   98.2 MB/s           7 s     1,204        0",
        "quay      412.3 MB/1.1 GB  104/532                   waiting     1,204        3",
        "modelers    1.1 GB/1.1 GB  532/532   33.4 MB/s  done, 12.3 s     1,204        0",
    ]


def test_nobody_was_asked_again_so_nothing_is_said_of_it() -> None:
    assert "retried" not in lane_rows((SENDING, ENDED), 200)[0]
    assert lane_rows((SENDING, ENDED), 100)[1] == (
        "hub        37%  412.3 MB/1.1 GB  104/532   98.2 MB/s           7 s     1,204"
    )


def test_narrow_terminals_get_the_gist() -> None:
    assert lane_rows(LANES, 60)[1] == "hub       412.3 MB/1.1 GB   98.2 MB/s           7 s        0"
    assert lane_rows(LANES, 40)[1] == "hub        37%   98.2 MB/s           7 s"
    assert lane_rows(LANES, 30)[1] == "hub        37%           7 s"
    assert lane_rows((), 80) == []


def test_a_mount_is_progress_where_nothing_is_sent() -> None:
    lane = Lane(LaneFigures("hub", blobs_mounted=1, blobs_total=4))
    assert lane_rows((lane,), 100)[1].split()[1] == "25%"


@given(st.text(max_size=300), st.integers(1, 150), st.integers(0, 10**15))
def test_rows_are_never_wider_than_the_terminal(name: str, width: int, size: int) -> None:
    figures = LaneFigures(name, bytes_sent=size, bytes_total=10**15, requests=size, retried=size)
    for row in lane_rows((Lane(figures, float(size)), *LANES), width):
        assert columns(row) <= width
        assert row == printable(row)


@pytest.mark.parametrize(
    ("lane", "line"),
    [
        (
            SENDING,
            "412.3 MB of 1.1 GB, 104 of 532 blobs, 1,204 requests, 98.2 MB/s, about 7 s left",
        ),
        (
            WAITING,
            "412.3 MB of 1.1 GB, 104 of 532 blobs, 1,204 requests (3 retried), waiting for its limit",
        ),
        (Lane(LaneFigures("hub", blobs_total=1, requests=1)), "0 B of 0 B, 0 of 1 blob, 1 request"),
    ],
)
def test_a_line_of_a_log(lane: Lane, line: str) -> None:
    assert lane_line(lane) == line


@pytest.mark.parametrize(
    ("figures", "line"),
    [
        (
            replace(FIGURES, checked=40, moved=12, retried=2, seconds=75.0),
            (
                "80 blobs sent (412.3 MB), 20 mounted, 4 already there, 40 checked, 12 tags moved, "
                "1,204 requests (2 retried) in 1 min 15 s"
            ),
        ),
        (LaneFigures("hub", requests=1, seconds=0.04), "1 request in 0.0 s"),
    ],
)
def test_what_a_registry_came_to(figures: LaneFigures, line: str) -> None:
    assert ended_line(figures) == line
