"""Tables keep their columns, whatever is in them."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.style import Style, paint
from publisher.cli.table import table_lines
from publisher.cli.text import columns

ROWS = [["cann:" + "x" * 30, "sha256:" + "a" * 64], ["日本語:1", "–"]]


def test_in_a_pipe_nothing_is_cut() -> None:
    assert table_lines(["image", "digest"], ROWS, None) == [
        "image" + " " * 32 + "digest",
        "cann:" + "x" * 30 + "  sha256:" + "a" * 64,
        "日本語:1" + " " * 29 + "–",
    ]


def test_on_a_terminal_the_widest_columns_shrink() -> None:
    lines = table_lines(["image", "digest"], ROWS, 40)
    assert lines == [
        "image                digest",
        "cann:xxxx…xxxxxxxxx  sha256:aa…aaaaaaaaa",
        "日本語:1             –",
    ]


def test_colours_take_no_room_and_stay_around_the_text() -> None:
    lines = table_lines(["state", "x"], [[paint("ok", Style.GOOD), "1"], ["missing", "2"]], 80)
    assert lines == ["state    x", "\x1b[32mok\x1b[0m       1", "missing  2"]


def test_a_cell_is_one_line() -> None:
    assert table_lines(["a", "b"], [["x\n::error::y"]], None)[1] == r"x\n::error::y"


@given(st.lists(st.lists(st.text(max_size=60), min_size=3, max_size=3), max_size=5), st.integers(24, 120))
def test_lines_fit_the_terminal(rows: list[list[str]], width: int) -> None:
    assert all(columns(line) <= width for line in table_lines(["a", "b", "c"], rows, width))
