"""The live view, drawn into memory."""

from __future__ import annotations

import io

import pytest
from rich.console import Console as RichConsole

from publisher.cli.board import Board
from publisher.cli.live import LiveProgress, draw
from publisher.cli.text import columns
from publisher.transfer.figures import LaneFigures
from tests.unit.cli.story import tell

HIDE_CURSOR, SHOW_CURSOR = "\x1b[?25l", "\x1b[?25h"


def drawn(board: Board, width: int, height: int) -> list[str]:
    stream = io.StringIO()
    console = RichConsole(file=stream, width=width, height=height, color_system=None)
    for part in draw(board.view(9.0), width, height):
        console.print(part)
    return [line.rstrip() for line in stream.getvalue().splitlines()]


@pytest.fixture
def board() -> Board:
    board = Board(0.0)
    board.finished("build", "cann:ubuntu-python3.9-cann8.0.rc2.beta1 linux/amd64", "done", 2.0, 3.0)
    board.started("test", "cann:ubuntu-python3.9-cann8.0.rc2.beta1 linux/amd64", 4.0)
    board.finished("build", "os:日本 linux/arm64", "blocked", 0.0, 3.0)
    board.lane(LaneFigures("hub", bytes_total=24_600_000, blobs_total=8), 1.0)
    board.lane(
        LaneFigures(
            "hub",
            bytes_sent=12_300_000, bytes_total=24_600_000, blobs_sent=4, blobs_total=8, requests=9,
        ),
        8.0,
    )  # fmt: skip
    board.said("test cann: importing")
    return board


def test_a_wide_terminal_shows_columns(board: Board) -> None:
    assert drawn(board, 100, 24) == [
        "                                                     build        test",
        "cann:ubuntu-python3.9-cann8.0.rc2.beta1 linux/amd64  ✓ 2.0 s      ● 5.0 s",
        "os:日本 linux/arm64                                  ! blocked    ·",
        "     sent            bytes  blobs        rate      left  requests",
        "hub   50%  12.3 MB/24.6 MB    4/8    1.5 MB/s       8 s         9",
        "test cann: importing",
        "9.0 s · 1 running · 1 done · 1 blocked",
    ]


def test_a_narrow_terminal_shows_marks(board: Board) -> None:
    assert drawn(board, 48, 24)[:2] == [
        "cann:ubunt…nux/amd64  ✓●  test 5.0 s",
        "os:日本 linux/arm64   !   build 0.0 s",
    ]


@pytest.mark.parametrize("width", [20, 40, 60, 80, 200])
@pytest.mark.parametrize("height", [3, 8, 50])
@pytest.mark.parametrize("registries", [0, 3, 30])
def test_it_never_outgrows_the_terminal(width: int, height: int, registries: int) -> None:
    board = Board(0.0)
    for index in range(100):
        for step in ("build", "test", "index", "attest", "publish"):
            board.finished(step, f"image:{'x' * index} linux/amd64", "done", 1000.0, 3.0)
    for index in range(registries):
        board.lane(LaneFigures(f"registry-{index}", bytes_total=10**12, requests=10**6, retried=5), 3.0)
    lines = drawn(board, width, height)
    assert len(lines) <= height
    assert max(map(columns, lines)) <= width
    assert any("more rows" in line for line in lines) or width < 60


def test_registries_that_ended_make_room_for_others() -> None:
    board = Board(0.0)
    for index in range(12):
        board.lane(LaneFigures(f"r{index:02}", seconds=1.0, ended=index < 6), 3.0)
    assert [line.split()[0] for line in drawn(board, 80, 16)[1:-1]] == [
        "r00", "r06", "r07", "r08", "r09", "r10", "r11",
    ]  # fmt: skip


def test_the_cursor_comes_back_after_an_exception() -> None:
    stream = io.StringIO()
    with pytest.raises(RuntimeError, match="boom"):
        _fail(_live(stream))
    shown = stream.getvalue()
    assert shown.index(HIDE_CURSOR) < shown.rindex(SHOW_CURSOR)
    assert "○" in shown


def test_nothing_hostile_reaches_the_terminal() -> None:
    stream = io.StringIO()
    with _live(stream) as live:
        tell(live)
        live.note("\x1b]0;title\x07[red]no markup[/red] :smile:")
        live.update("build", "\x1b[2Jnode", "\x1b[2Jtext")
        live.started("build", "\x1b[2Jnode")
    shown = stream.getvalue()
    assert "\x1b[2J" not in shown
    assert "\x1b]" not in shown
    assert "\\x1b[2Jnode" in shown
    assert "[red]no markup[/red] :smile:" in shown
    assert "cann/meta.yml:3: warning: no test for 50% of\\nthe targets" in shown


def test_commands_are_shown_in_verbose_mode_only() -> None:
    for verbose in (False, True):
        stream = io.StringIO()
        with _live(stream, verbose=verbose) as live:
            live.command(["syft", "a b"])
        assert ("$ syft 'a b'" in stream.getvalue()) is verbose


def _fail(live: LiveProgress) -> None:
    with live:
        live.started("build", "a")
        raise RuntimeError("boom")


def _live(stream: io.StringIO, *, verbose: bool = False) -> LiveProgress:
    environment = {"TERM": "xterm-256color", "COLUMNS": "120", "LINES": "30"}
    return LiveProgress(stream, environment, colour=False, verbose=verbose)
