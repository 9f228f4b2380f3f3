"""Exactly these targets are planned: what entries and Dockerfiles say."""

from __future__ import annotations

import pytest

from tests.fakes.files import EXECUTABLE
from tests.unit.plan.small import (
    APP,
    COPYING,
    ONE,
    change,
    tags,
    work,
)


def test_an_added_entry_is_built_and_nothing_else() -> None:
    made = change(APP, {"app/meta.yml": ONE + "2: {path: two/Dockerfile}\n",
                        "app/two/Dockerfile": "FROM debian:12\nRUN two\n"})  # fmt: skip
    assert work(made) == {"app:2": ["added app/meta.yml"]}
    assert tags(made) == {"app:2"}


def test_an_entry_is_re_pathed_to_other_inputs() -> None:
    made = change(APP, {"app/meta.yml": "1: {path: two/Dockerfile}\n",
                        "app/two/Dockerfile": "FROM debian:12\nRUN two\n"})  # fmt: skip
    assert work(made) == {"app:1": ["path-changed app/two/Dockerfile"]}
    assert tags(made) == {"app:1"}


def test_an_entry_is_re_pathed_to_the_same_dockerfile_with_other_files() -> None:
    made = change(APP, {"app/meta.yml": "1: {path: two/Dockerfile}\n", "app/two/Dockerfile": COPYING,
                        "app/two/run.sh": "echo 2\n"})  # fmt: skip
    assert work(made) == {"app:1": ["path-changed app/two/Dockerfile", "context-changed app/two/run.sh"]}


def test_an_entry_is_re_pathed_to_equal_inputs() -> None:
    made = change(APP, {"app/meta.yml": "1: {path: two/Dockerfile}\n", "app/two/Dockerfile": COPYING,
                        "app/two/run.sh": "echo 1\n", "app/Dockerfile": None})  # fmt: skip
    assert work(made) == {}
    assert made.is_empty


def test_a_re_path_that_is_not_the_cause_is_no_reason() -> None:
    made = change(APP, {"app/meta.yml": "1: {path: two/Dockerfile, args: {A: x}}\n",
                        "app/two/Dockerfile": COPYING, "app/two/run.sh": "echo 1\n"})  # fmt: skip
    assert work(made) == {"app:1": ["args-changed A"]}


def test_other_words_for_the_same_entry_are_no_change() -> None:
    made = change(APP, {"app/meta.yml": "# which\n'1':\n  path: ./Dockerfile\n  context: .\n"
                                        "  platforms: [linux/arm64, linux/amd64]\n"})  # fmt: skip
    assert made.is_empty


def test_keys_that_are_no_input_are_no_change() -> None:
    made = change(APP, {"app/meta.yml": "1: {path: Dockerfile, requires: {chip: [910b]}}\n"})
    assert made.is_empty


@pytest.mark.parametrize(
    "text",
    [
        "# which base\nFROM debian:12\n\n  # the program\nCOPY run.sh /\n",
        "FROM debian:12\r\nCOPY run.sh /\r\n",
        "FROM debian:12\nCOPY run.sh /",
        "from debian:12\ncopy run.sh /\n",
        "FROM debian:12\nCOPY \\\n# between\nrun.sh /\n",
    ],
    ids=["comments", "crlf", "no last newline", "case", "comment between"],
)
def test_a_dockerfile_that_says_the_same(text: str) -> None:
    assert change(APP, {"app/Dockerfile": text}).is_empty


@pytest.mark.parametrize(
    "text",
    [
        "FROM debian:12\nCOPY run.sh /bin/\n",
        "# escape=`\nFROM debian:12\nCOPY run.sh /\n",
        "FROM debian:12\nCOPY run.sh /\nLABEL a=b\n",
        "FROM debian:12 AS one\nCOPY run.sh /\n",
        "FROM debian:12\nCOPY <<EOF /x\n# no comment\nEOF\nCOPY run.sh /\n",
    ],
    ids=["instruction", "directive", "label", "stage name", "heredoc"],
)
def test_a_dockerfile_that_says_something_else(text: str) -> None:
    assert work(change(APP, {"app/Dockerfile": text})) == {"app:1": ["dockerfile-changed app/Dockerfile"]}


def test_what_looks_like_a_comment_inside_of_a_heredoc_counts() -> None:
    one, two = (f"FROM debian:12\nRUN <<EOF\n# {text}\necho\nEOF\n" for text in ("a", "b"))
    assert work(change({**APP, "app/Dockerfile": one}, {"app/Dockerfile": two})) == {
        "app:1": ["dockerfile-changed app/Dockerfile"]
    }


def test_the_mode_of_the_dockerfile_itself_is_no_change() -> None:
    assert change(APP, {}, new_modes={"app/Dockerfile": EXECUTABLE}).is_empty


def test_a_dockerfile_that_copies_itself_counts_as_a_file() -> None:
    before = {**APP, "app/Dockerfile": "FROM debian:12\nCOPY Dockerfile /\n"}
    made = change(before, {"app/Dockerfile": "# new\nFROM debian:12\nCOPY Dockerfile /\n"})
    assert work(made) == {"app:1": ["context-changed app/Dockerfile"]}
