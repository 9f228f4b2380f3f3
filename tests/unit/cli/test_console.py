"""How a run talks, chosen from streams and environment."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path

import pytest

from publisher.catalog.problem import Problem, Severity
from publisher.cli.actions import ActionsProgress
from publisher.cli.console import Console, Display, make_console
from publisher.cli.live import LiveProgress
from publisher.cli.style import Style
from publisher.errors import BuildError, CatalogError, PublisherError, RegistryError
from publisher.transfer.figures import LaneFigures
from tests.unit.cli.story import Clock

XTERM = {"TERM": "xterm"}
ACTIONS = {"GITHUB_ACTIONS": "true", "TERM": "xterm"}
BROKEN = BuildError(
    "build failed",
    where="cann:1",
    detail="full\n\x1b[2J::set-env name=A::b",
    hint="free some",
)


class Terminal(io.StringIO):
    """A stream that says that it is a terminal."""

    def isatty(self) -> bool:
        return True


def console(environment: dict[str, str], *, terminal: bool = False, **flags: bool) -> Console:
    kind = Terminal if terminal else io.StringIO
    return make_console(environment, kind(), kind(), now=Clock(), **flags)


def written(console: Console) -> tuple[str, str]:
    out, err = console.out.stream, console.err.stream
    assert isinstance(out, io.StringIO)
    assert isinstance(err, io.StringIO)
    return out.getvalue(), err.getvalue()


@pytest.mark.parametrize(
    ("environment", "terminal", "flags", "display", "colour"),
    [
        (XTERM, True, {}, Display.LIVE, True),
        (XTERM, True, {"no_color": True}, Display.LIVE, False),
        (XTERM | {"NO_COLOR": "1"}, True, {}, Display.LIVE, False),
        (XTERM | {"NO_COLOR": ""}, True, {}, Display.LIVE, True),
        (XTERM, True, {"quiet": True}, Display.QUIET, True),
        ({"TERM": "dumb"}, True, {}, Display.PLAIN, False),
        ({}, True, {}, Display.PLAIN, False),
        (XTERM, False, {}, Display.PLAIN, False),
        (ACTIONS, False, {}, Display.ACTIONS, False),
        (ACTIONS, True, {}, Display.ACTIONS, False),
        (ACTIONS, False, {"quiet": True}, Display.QUIET, False),
        ({"GITHUB_ACTIONS": "false"}, False, {}, Display.PLAIN, False),
    ],
)
def test_the_display(
    environment: dict[str, str], terminal: bool, flags: dict[str, bool], display: Display, colour: bool
) -> None:
    chosen = console(environment, terminal=terminal, **flags)
    assert (chosen.display, chosen.out.colour, chosen.err.colour) == (display, colour, colour)


def test_an_error_has_four_parts() -> None:
    plain = console({})
    plain.error(BROKEN)
    assert written(plain)[0] == ""
    assert written(plain)[1].splitlines() == [
        "error: build failed – cann:1",
        "  | full",
        "  | \\x1b[2J::set-env name=A::b",
        "  → free some",
    ]


def test_an_error_starts_bold_on_a_terminal() -> None:
    shown = console(XTERM, terminal=True)
    shown.error(BROKEN)
    assert written(shown)[1].startswith("\x1b[1;31merror: build failed – cann:1\x1b[0m\n  | full")


@pytest.mark.parametrize(
    ("error", "command"),
    [
        (CatalogError("no such path", where="cann/meta.yml:3:5", hint="add it"),
         "::error file=catalog/cann/meta.yml,line=3,col=5::no such path%0Aadd it"),
        (CatalogError("no path", where="a/meta.yml:3"), "::error file=catalog/a/meta.yml,line=3::no path"),
        (PublisherError("no", where="Dockerfile:7:1"), "::error file=catalog/Dockerfile,line=7,col=1::no"),
        (RegistryError("down", where="localhost:5000"), "::error::localhost:5000: down"),
        (BROKEN, "::error::cann:1: build failed%0Afull%0A\\x1b[2J::set-env name=A::b%0Afree some"),
    ],
)  # fmt: skip
def test_an_error_is_annotated_in_actions(error: PublisherError, command: str) -> None:
    shown = replace(console(ACTIONS), root="catalog")
    shown.error(error)
    lines = written(shown)[1].splitlines()
    assert lines[0].startswith("error: ")
    assert [line for line in lines if line.startswith("::")] == [command]


def test_a_problem_names_its_place_rule_and_fix() -> None:
    problem = Problem("M004", Severity.WARNING, "cann/meta.yml", 3, 1, "no key 'pth'", "did you mean path?")
    plain, actions = console({}), console(ACTIONS)
    for shown in (plain, actions):
        shown.problem(problem)
        assert written(shown)[0] == (
            "cann/meta.yml:3:1: warning: no key 'pth' [M004]\n  → did you mean path?\n"
        )
    assert written(plain)[1] == ""
    assert written(actions)[1] == (
        "::warning file=cann/meta.yml,line=3,col=1,title=M004::no key 'pth'%0Adid you mean path?\n"
    )


def test_a_table_is_cut_on_a_terminal_only() -> None:
    terminal, pipe = console(XTERM | {"COLUMNS": "30"}, terminal=True), console({"COLUMNS": "30"})
    for shown in (terminal, pipe):
        shown.table(["image", "state"], [["x" * 60, shown.style("ok", Style.GOOD)]])
    assert written(terminal)[0].splitlines()[1] == f"{'x' * 11}…{'x' * 11}  \x1b[32mok\x1b[0m"
    assert written(pipe)[0] == f"image{' ' * 57}state\n{'x' * 60}  ok\n"


def test_style_is_plain_in_a_pipe() -> None:
    shown = console({})
    shown.print(shown.style("o\x1bk", Style.BAD))
    assert written(shown) == ("o\\x1bk\n", "")


def test_progress_goes_to_standard_error() -> None:
    shown = console({})
    with shown.progress() as progress:
        progress.note("hello")
        progress.lane(LaneFigures("hub", blobs_sent=1, bytes_sent=1000, requests=2, seconds=1, ended=True))
    assert written(shown) == (
        "", "12:03:04 hello\n12:03:05 publish hub  1 blob sent (1.0 kB), 2 requests in 1.0 s\n"
    )  # fmt: skip


def test_a_warning_is_an_annotation_in_actions() -> None:
    plain, actions, colour = console({}), console(ACTIONS), console(XTERM, terminal=True)
    for shown in (plain, actions, colour):
        shown.warning("50% of\nit")
    assert written(plain) == ("", "warning: 50% of\\nit\n")
    assert written(actions)[1] == "::warning::50%25 of%0Ait\n"
    assert "\x1b[33mwarning:\x1b[0m 50% of\\nit\n" in written(colour)[1]


def test_results_appear_above_the_live_view() -> None:
    shown = console(XTERM | {"COLUMNS": "80", "LINES": "20"}, terminal=True)
    with shown.progress() as progress:
        assert isinstance(progress, LiveProgress)
        shown.print(f"{shown.style('moved', Style.GOOD)} \x1b[2J")
        shown.error(BROKEN)
    shown.print("after")
    out, err = written(shown)
    assert out == "after\n"
    assert "\x1b[32mmoved\x1b[0m \\x1b[2J\n" in err
    assert "build failed" in err


def test_lines_are_written_out_when_work_fails() -> None:
    shown = console(ACTIONS)
    with pytest.raises(BuildError):
        _fail(shown)
    assert "last words" in written(shown)[1]


def _fail(shown: Console) -> None:
    with shown.progress() as progress:
        progress.update("build", "a", "last words")
        raise BROKEN


def test_the_summary_exists_in_actions_only(tmp_path: Path) -> None:
    page = tmp_path / "summary.md"
    console({"GITHUB_STEP_SUMMARY": str(page)}).summary("no")
    console(ACTIONS).summary("nowhere")
    assert not page.exists()
    shown = console(ACTIONS | {"GITHUB_STEP_SUMMARY": str(page)})
    shown.summary("# yes")
    with shown.progress() as progress:
        assert isinstance(progress, ActionsProgress)
        progress.summary("more")
    assert page.read_text() == "# yes\n\nmore\n\n"


@pytest.mark.parametrize(
    ("named", "width"), [("0", 80), ("00", 80), ("", 80), ("x", 80), ("5", 20), ("99", 99)]
)
def test_a_width_of_0_is_unknown(named: str, width: int) -> None:
    assert console({"COLUMNS": named}, terminal=True).width == width


def test_a_terminal_that_says_0_columns_is_80_wide(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("os.get_terminal_size", lambda _: os.terminal_size((0, 0)))
    with (tmp_path / "out").open("w") as stream:
        assert make_console({}, stream, stream).width == 80
