"""Foreign text on one line, visible, measured."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.text import columns, fit, fit_middle, printable, printable_lines

HIDDEN = {"Cc", "Cf", "Cs", "Zl", "Zp"}


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("cann:8.0", "cann:8.0"),
        ("\x1b[2J\x1b]0;title\x07", r"\x1b[2J\x1b]0;title\x07"),
        ("a\r\nb", r"a\r\nb"),
        ("\x9b31m", r"\x9b31m"),
        ("a\tb", "a    b"),
        ("user\u202egpj.exe", r"user\u202egpj.exe"),
        ("a\u2028b\u200bc\ufeffd", r"a\u2028b\u200bc\ufeffd"),
        ("\udc80", r"\udc80"),
        ("昇腾 ⚠\ufe0f é", "昇腾 ⚠ é"),
    ],
)
def test_printable(text: str, shown: str) -> None:
    assert printable(text) == shown


@given(st.text(st.characters(codec=None)))
def test_nothing_hidden_survives(text: str) -> None:
    assert not {unicodedata.category(char) for char in printable(text)} & HIDDEN


def test_lines_end_at_cr_and_lf_only() -> None:
    assert printable_lines("a\r\nb\rc\n\nd\x0be\u2028f\n") == ["a", "b", "c", "", r"d\x0be\u2028f"]


def test_columns() -> None:
    assert columns("abc") == 3
    assert columns("昇腾") == 4
    assert columns("e\u0301") == 1


@pytest.mark.parametrize("shorten", [fit, fit_middle])
@given(text=st.text().map(printable), limit=st.integers(0, 40))
def test_shortened_text_fits(shorten: object, text: str, limit: int) -> None:
    shown = shorten(text, limit)  # type: ignore[operator]
    assert columns(shown) <= limit
    assert shown == text or "…" in shown or limit == 0


def test_fit_middle_keeps_both_ends() -> None:
    assert fit_middle("cann:ubuntu-python3.9 linux/arm64", 20) == "cann:ubunt…nux/arm64"
    assert fit_middle("日本語日本語日本語", 8) == "日本…語"
    assert fit("cann:ubuntu", 6) == "cann:…"
