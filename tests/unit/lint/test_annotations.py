"""Problems as workflow commands."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.problem import Problem, Severity
from publisher.lint.annotations import SHOWN, as_github

PROBLEM = Problem(
    "P005", Severity.ERROR, "a/meta.yml", 3, 7, "there is no file a/Dockerfile", "add it", "a:1"
)
WARNING = Problem("P018", Severity.WARNING, "publisher.lock", 0, 0, "stale")


def test_an_annotation() -> None:
    expected = "::error file=a/meta.yml,line=3,col=7,title=P005::there is no file a/Dockerfile%0Aadd it\n"
    assert as_github([PROBLEM]) == expected


def test_a_problem_of_a_whole_file_has_no_line() -> None:
    assert as_github([WARNING]) == "::warning file=publisher.lock,title=P018::stale\n"


def test_files_are_named_from_the_workspace() -> None:
    assert as_github([WARNING], "catalog").startswith("::warning file=catalog/publisher.lock,")


def test_errors_come_first_because_github_shows_few() -> None:
    shown = as_github([WARNING, PROBLEM]).splitlines()
    assert [line.split(" ")[0] for line in shown] == ["::error", "::warning"]


def test_what_github_does_not_show_is_summed_up() -> None:
    many = [replace(PROBLEM, line=number) for number in range(1, SHOWN + 2)]
    assert as_github(many[:SHOWN]).count("\n") == SHOWN
    assert as_github(many).endswith("::notice title=publisher lint::11 errors in 1 file (P005: 11)\n")


def test_what_would_end_a_property_or_start_a_command_is_escaped() -> None:
    problem = Problem("P005", Severity.ERROR, "a,line=9::x%\n", 1, 1, "100%\r\n::set-output name=x::y")
    assert as_github([problem]) == (
        "::error file=a%2Cline=9%3A%3Ax%25\\n,line=1,col=1,title=P005::100%25%0A::set-output name=x::y\n"
    )


texts = st.text(max_size=20)


@given(texts, texts, texts)
def test_one_problem_is_one_visible_line(file: str, message: str, fix: str) -> None:
    said = as_github([Problem("P005", Severity.ERROR, file, 1, 1, message, fix)])
    assert said.endswith("\n")
    assert said[:-1].isprintable()
    assert "##[" not in said
