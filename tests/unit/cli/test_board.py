"""What the live view knows."""

from __future__ import annotations

from publisher.cli.board import Board, Row, State, choose_rows


def test_cells_run_and_end() -> None:
    board = Board(0.0)
    board.started("test", "a", 1.0)
    board.started("build", "b", 2.0)
    board.finished("test", "a", "failed", 3.5, 4.5)
    board.finished("scan", "a", "something new", 1.0, 5.0)
    view = board.view(6.0)
    assert view.steps == ("build", "test", "scan")
    assert [row.node for row in view.rows] == ["a", "b"]
    assert (view.rows[0].cells["test"].state, view.rows[0].cells["test"].seconds) == (State.FAILED, 3.5)
    assert view.rows[0].cells["scan"].state is State.DONE
    assert (view.rows[1].cells["build"].state, view.rows[1].cells["build"].seconds) == (State.RUNNING, 4.0)
    assert (view.count(State.RUNNING), view.count(State.FAILED), view.seconds) == (1, 1, 6.0)


def test_stop_leaves_nothing_running() -> None:
    board = Board(0.0)
    board.started("build", "a", 1.0)
    board.stop(3.0)
    cell = board.view(9.0).rows[0].cells["build"]
    assert (cell.state, cell.seconds) == (State.STOPPED, 2.0)


def test_the_most_urgent_rows_are_chosen_and_keep_their_order() -> None:
    board = Board(0.0)
    for index, name in enumerate("abcdef"):
        board.started("build", name, float(index))
    for index, (name, result) in enumerate({"a": "done", "b": "failed", "c": "done", "e": "done"}.items()):
        board.finished("build", name, result, 1.0, 10.0 + index)
    rows = board.view(20.0).rows
    assert _names(choose_rows(rows, 3)) == "bdf"
    assert _names(choose_rows(rows, 4)) == "bdef"
    assert _names(choose_rows(rows, 9)) == "abcdef"
    assert choose_rows(rows, -1) == ()


def _names(rows: tuple[Row, ...]) -> str:
    return "".join(row.node for row in rows)
