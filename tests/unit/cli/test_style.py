"""Only our own colours reach the terminal."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from publisher.cli.style import Style, paint, safe, unwrap
from publisher.cli.text import printable

GREEN = "\x1b[32mok\x1b[0m"


def test_paint_wraps_what_is_printable() -> None:
    assert paint("ok", Style.GOOD) == GREEN
    assert paint("o\x1b[0mk", Style.GOOD) == "\x1b[32mo\\x1b[0mk\x1b[0m"


def test_safe_lets_our_codes_through_where_colour_is_wanted() -> None:
    assert safe(f"all {GREEN} \x1b[2J", colour=True) == f"all {GREEN} \\x1b[2J"
    assert safe(GREEN, colour=False) == r"\x1b[32mok\x1b[0m"


def test_safe_closes_what_was_left_open() -> None:
    assert safe("\x1b[2mfaint", colour=True) == "\x1b[2mfaint\x1b[0m"


@given(st.text())
def test_without_colour_it_is_printable(text: str) -> None:
    assert safe(text, colour=False) == printable(text)


@given(st.text().filter(lambda text: "\x1b[" not in text), st.sampled_from(Style))
def test_unwrap_finds_what_paint_wrapped(text: str, style: Style) -> None:
    code, inner, reset = unwrap(paint(text, style))
    assert code + inner + reset == paint(text, style)
    assert inner == printable(text)


def test_unwrap_of_plain_text_has_no_codes() -> None:
    assert unwrap("a\x1b[2Jb") == ("", r"a\x1b[2Jb", "")
    assert unwrap(f"{GREEN}{GREEN}")[1].startswith("ok\\x1b")
