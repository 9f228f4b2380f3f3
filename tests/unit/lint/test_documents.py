"""Problems as text and as JSON."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.problem import Problem, Severity
from publisher.codec import from_plain
from publisher.lint.documents import as_json, as_text, summary

PROBLEM = Problem(
    "P005", Severity.ERROR, "a/meta.yml", 3, 7, "there is no file a/Dockerfile", "add it", "a:1"
)
WARNING = Problem("P018", Severity.WARNING, "publisher.lock", 0, 0, "stale")


def test_text_says_where_what_and_what_to_do_and_sums_up() -> None:
    assert as_text([PROBLEM, WARNING]) == (
        "a/meta.yml:3:7: error: there is no file a/Dockerfile [P005]\n"
        "  → add it\n"
        "publisher.lock: warning: stale [P018]\n"
        "1 error, 1 warning in 2 files (P005: 1, P018: 1)\n"
        "`publisher lint --explain P005` says what a rule means\n"
    )


def test_nothing_wrong_is_said_too() -> None:
    assert as_text([]) == "no problems\n"
    assert json.loads(as_json([])) == {"schema_version": 1, "problems": []}


def test_the_same_of_two_targets_is_said_once() -> None:
    twin = Problem("P005", Severity.ERROR, "a/meta.yml", 3, 7, PROBLEM.message, "add it", "a:2")
    assert as_text([PROBLEM, twin]).count("P005]") == 1
    assert summary([PROBLEM, PROBLEM]) == "2 errors in 1 file (P005: 2)"
    assert len(json.loads(as_json([PROBLEM, twin]))["problems"]) == 2


def test_severities_can_be_marked() -> None:
    assert "a/meta.yml:3:7: ERROR: there" in as_text([PROBLEM], lambda severity: severity.upper())


texts = st.text(max_size=20)


@given(texts, texts, texts)
def test_text_never_speaks_to_a_terminal(file: str, message: str, fix: str) -> None:
    said = as_text([Problem("P005", Severity.ERROR, file, 1, 1, message, fix)])
    assert all(line.isprintable() for line in said.splitlines())
    assert len(said.split("\n")) == (5 if fix else 4)


@given(st.text(), st.text())
def test_json_is_ascii_and_gives_the_problem_back(file: str, message: str) -> None:
    problem = Problem("P005", Severity.ERROR, file, 1, 1, message)
    said = as_json([problem])
    assert said.isascii()
    (plain,) = json.loads(said)["problems"]
    assert from_plain(Problem, plain) == problem
