"""Markdown pieces keep any text as it is."""

from __future__ import annotations

from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from publisher.notes.markdown import code, fenced, folded, line, table

_TEXT = st.one_of(st.text(max_size=40), st.text("`|\\<>& *_a", max_size=20))


def render(markdown: str) -> str:
    return str(MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown))


@given(_TEXT)
def test_code_shows_exactly_its_line(text: str) -> None:
    html = render(f"x {code(text)} y")
    shown = line(text)
    if shown:
        assert html == f"<p>x <code>{html[11:-14]}</code> y</p>\n"
        assert unescape(html[11:-14]) == shown
    else:
        assert html == "<p>x – y</p>\n"


@given(_TEXT, _TEXT)
def test_a_table_cell_stays_one_cell(one: str, two: str) -> None:
    html = render("\n".join(table(["a", "b"], [[code(one), code(two)]])))
    assert html.count("<td>") == 2
    assert html.count("<tr>") == 2
    cells = [part.partition("</td>")[0] for part in html.split("<td>")[1:]]
    shown = [unescape(cell.removeprefix("<code>").removesuffix("</code>")) for cell in cells]
    assert shown == [line(one) or "–", line(two) or "–"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\nb\tc", "a b c"),
        ("\u202eabc\x1b[31m", "\ufffdabc\ufffd[31m"),
        ("x" * 400, "x" * 299 + "…"),
        ("\ud800", "\ufffd"),
        ("  ", ""),
    ],
)
def test_a_line_is_visible_and_bounded(text: str, shown: str) -> None:
    assert line(text) == shown


def test_ordinary_names_stay_readable() -> None:
    assert code("cann:8.0.rc2_a-b") == "`cann:8.0.rc2_a-b`"


@given(st.lists(st.text(max_size=20), max_size=3))
def test_a_fence_is_not_ended_by_its_content(lines: list[str]) -> None:
    html = render("\n".join(fenced([*lines, "```"])) + "\n\nafter")
    assert html.endswith("</code></pre>\n<p>after</p>\n")


def test_a_fold_has_a_title_that_is_text() -> None:
    assert folded("<b>", ["x"])[1] == "<summary>&lt;b&gt;</summary>"
