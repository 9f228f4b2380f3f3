"""What a person sees of a program's output."""

from __future__ import annotations

import shlex
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.tools.shown import MASK, MAX_LINE, as_typed, last_lines, mask, plain, shown_line


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("\x1b[31mred\x1b[0m", "red"),
        ("\x1b]0;title\x07text", "text"),
        ("\x1b]8;;http://x\x1b\\link", "link"),
        ("10%\r50%\r100%\r\n", "100%\n"),
        ("left\u202eright", "leftright"),
        ("a\tb", "a\tb"),
        ("bell\x07 null\x00", "bell null"),
    ],
)
def test_terminal_sequences_are_taken_out(raw: str, seen: str) -> None:
    assert plain(raw) == seen


@given(st.text())
def test_nothing_that_controls_a_terminal_is_left(text: str) -> None:
    assert not [char for char in plain(text) if unicodedata.category(char) == "Cc" and char not in "\t\n"]


@given(st.text(), st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1), max_size=4))
def test_no_secret_is_left(text: str, secrets: list[str]) -> None:
    shown = mask(text.join(["", *secrets, ""]), secrets)
    assert not [secret for secret in secrets if secret in shown]


def test_the_longest_secret_is_masked_first() -> None:
    assert mask("pass password", ["pass", "password", ""]) == f"{MASK} {MASK}"


def test_a_secret_between_colours_is_masked() -> None:
    assert shown_line(b"\x1b[1mhun\x1b[0mter2", ["hunter2"]) == MASK


def test_a_line_is_bounded() -> None:
    assert len(shown_line(b"x" * 100_000)) == MAX_LINE


@given(st.lists(st.text(), min_size=1))
def test_a_command_can_be_pasted(argv: list[str]) -> None:
    assert shlex.split(as_typed(argv)) == argv


def test_secrets_are_not_typed() -> None:
    assert "hunter2" not in as_typed(["login", "--password=hunter2"], ["hunter2"])


def test_last_lines_are_those_with_words() -> None:
    assert last_lines("a\n\nb\n  \nc\n", 2) == "b\nc"
