"""Workflow commands: ours are escaped, foreign ones are not obeyed."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from publisher.cli.commands import Command, annotation, group, harmless
from publisher.cli.text import printable


def obeyed(line: str) -> bool:
    """Tell whether the runner might take a line for a command."""
    return line.strip().startswith("::") or "##[" in line


def test_annotation_of_a_place() -> None:
    shown = annotation("error", "50% done\nnot: found", file="a,b:c.yml", line=3, column=5, title="M004")
    assert shown == "::error file=a%2Cb%3Ac.yml,line=3,col=5,title=M004::50%25 done%0Anot: found"
    assert isinstance(shown, Command)


def test_annotation_without_a_place() -> None:
    assert annotation("warning", "slow") == "::warning::slow"
    assert annotation("warning", "slow", line=3) == "::warning::slow"


def test_group_title_is_one_line() -> None:
    assert group("a\r\n::set-env name=X::y") == "::group::a%0A::set-env name=X::y"


@pytest.mark.parametrize(
    "line",
    ["::set-env name=A::b", "  ::stop-commands::x", "\u3000::error::x", "x ##[error]", "###[error]", ":"],
)  # fmt: skip
def test_foreign_commands_are_broken(line: str) -> None:
    assert not obeyed(harmless(line))


@given(st.text(alphabet=":#[ ]\u2003\u200b\ufe0fa%"))
@example("#\ufe0f#[error]x")
@example("\u200b::error::x")
def test_no_line_is_obeyed(text: str) -> None:
    assert not obeyed(harmless(printable(text)))


def test_ordinary_lines_stay() -> None:
    assert harmless("12:00:00 std::vector # [x]") == "12:00:00 std::vector # [x]"
