"""Problems as text, JSON and workflow commands."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.problem import Problem, Severity
from publisher.codec import from_plain
from publisher.lint.annotations import as_github, as_json, as_text

PROBLEM = Problem(
    "P005", Severity.ERROR, "a/meta.yml", 3, 7, "there is no file a/Dockerfile", "add it", "a:1"
)


def test_text_says_where_what_and_what_to_do() -> None:
    assert as_text([PROBLEM]) == (
        "a/meta.yml:3:7: error: there is no file a/Dockerfile [P005]\n"
        "  → add it\n"
    )  # fmt: skip


def test_github_annotation() -> None:
    assert as_github([PROBLEM]) == (
        "::error file=a/meta.yml,line=3,col=7,title=P005::there is no file a/Dockerfile%0Aadd it\n"
    )


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    problem = Problem("P018", Severity.WARNING, "publisher.lock", 0, 0, "stale")
    assert as_github([problem]) == "::warning file=publisher.lock,title=P018::stale\n"


def test_github_escapes_what_would_end_a_property_or_start_a_command() -> None:
    problem = Problem("P005", Severity.ERROR, "a,line=9::x%\n", 1, 1, "100%\r\n::set-output name=x::y")
    assert as_github([problem]) == (
        "::error file=a%2Cline=9%3A%3Ax%25%0A,line=1,col=1,title=P005::100%25%0D%0A::set-output name=x::y\n"
    )


texts = st.text(max_size=20)


@given(texts, texts, texts)
def test_one_problem_is_one_line_for_github(file: str, message: str, fix: str) -> None:
    said = as_github([Problem("P005", Severity.ERROR, file, 1, 1, message, fix)])
    assert said.count("\n") == 1
    assert "\r" not in said


@given(texts, texts)
def test_text_never_speaks_to_a_terminal(file: str, message: str) -> None:
    said = as_text([Problem("P005", Severity.ERROR, file, 1, 1, message)])
    assert said.endswith("\n")
    assert said[:-1].isprintable()


def test_json_round_trip() -> None:
    (plain,) = json.loads(as_json([PROBLEM]))
    assert from_plain(Problem, plain) == PROBLEM
