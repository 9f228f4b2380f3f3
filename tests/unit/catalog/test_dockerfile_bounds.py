"""What the reader of Dockerfiles refuses so that it ends soon, and so that a reviewer sees what is built."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.dockerfile.arguments import check_arguments
from publisher.catalog.dockerfile.budget import Budget, Excessive
from publisher.catalog.dockerfile.reader import read_dockerfile
from publisher.catalog.dockerfile.stages import resolve
from publisher.catalog.dockerfile.trims import cost, replaced, without_prefix, without_suffix
from publisher.catalog.dockerfile.words import Rules, expand
from publisher.catalog.shown import shown
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")


def refusal(text: str) -> CatalogError:
    with pytest.raises(CatalogError) as caught:
        resolve(read_dockerfile(text.encode(), "D"), {}, None, ARM64, AMD64)
    return caught.value


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("FROM scratch\nCOPY a\u202eb /\n", "D:2:7"),
        ("FROM scratch\nRUN a \\\n# \u2066 here it is fine\n  b\u2066c\n", "D:4:4"),
        ("FROM a\u202e\n", "D:1:7"),
    ],
)
def test_text_that_turns_is_refused_at_its_place(text: str, where: str) -> None:
    error = refusal(text)
    assert error.where == where
    assert "turns the direction" in error.what
    assert error.what.isprintable()


def test_text_may_turn_in_comments_and_heredocs() -> None:
    raw = "# \u202e\nFROM scratch\nRUN <<E\n\u2066\nE\n".encode()
    assert len(read_dockerfile(raw, "D").stages) == 1


def test_a_nul_byte_is_refused_at_its_place() -> None:
    error = refusal("FROM a\nRUN x\0y\n")
    assert (error.where, "binary" in error.what) == ("D:2:6", True)


def test_a_global_argument_that_cannot_be_read_names_its_line() -> None:
    assert refusal("ARG A=a\nARG B=${A\nFROM $B\n").where == "D:2"


def test_work_is_counted_and_not_timed() -> None:
    error = refusal("FROM scratch\nENV A=" + "a" * 7000 + "\n" + "ENV B=${A//a/b}\n" * 2000)
    assert "too much work" in error.what
    assert (
        error.where == refusal("FROM scratch\nENV A=" + "a" * 7000 + "\n" + "ENV B=${A//a/b}\n" * 3000).where
    )


def test_a_stage_that_inherits_much_is_counted() -> None:
    assert "too much work" in refusal("FROM x AS s\n" + "ONBUILD RUN x\n" * 15_000 + "FROM s\n" * 499).what
    many = "ENV " + " ".join(f"a{n}=1" for n in range(900)) + "\n"
    variables = "FROM scratch AS s\n" + many.replace("a", "b") + many + "FROM s AS s\n" * 499
    assert len(resolve(read_dockerfile(variables.encode(), "D"), {}, None, ARM64, AMD64).images) == 0


def test_a_budget_is_shared() -> None:
    budget = Budget(100)
    expand("a" * 5, {}, Rules(), budget)
    with pytest.raises(Excessive):
        expand("a" * 10, {}, Rules(), budget)


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("ENV", ""), ("ENV", "=x"), ("LABEL", "a"), ("LABEL", "a=b c"), ("WORKDIR", ""), ("SHELL", "a"),
        ("SHELL", "[]"),
        ("VOLUME", "[]"), ("VOLUME", '[" "]'), ("RUN", '["a", 1]'), ("HEALTHCHECK", "CMD"),
        ("HEALTHCHECK", "NONE x"),
        ("HEALTHCHECK", "x"), ("ONBUILD", "FROM a"), ("ONBUILD", "ONBUILD RUN x"),
        ("ONBUILD", 'CMD ["a", 1]'),
        ("ONBUILD", "ENV a"),
    ],
)  # fmt: skip
def test_arguments_that_make_no_sense(keyword: str, text: str) -> None:
    with pytest.raises(Malformed):
        check_arguments(keyword, text, "\\")


@pytest.mark.parametrize(
    ("keyword", "text"),
    [
        ("CMD", ""), ("RUN", ""), ("ENV", "a b"), ("LABEL", "a=b"), ("SHELL", '["a"]'), ("VOLUME", "/v /w"),
        ("HEALTHCHECK", "NONE"), ("HEALTHCHECK", "cmd x"), ("ONBUILD", "BOGUS"), ("ONBUILD", "COPY a b"),
    ],
)  # fmt: skip
def test_arguments_that_do(keyword: str, text: str) -> None:
    check_arguments(keyword, text, "\\")


@given(st.text(alphabet="ab", max_size=8), st.text(alphabet="ab*?", max_size=6), st.booleans())
def test_trims_leave_a_part_of_the_value(value: str, pattern: str, greedy: bool) -> None:
    assert value.endswith(without_prefix(value, pattern, greedy=greedy))
    assert value.startswith(without_suffix(value, pattern, greedy=greedy))
    assert len(without_prefix(value, pattern, greedy=True)) <= len(
        without_prefix(value, pattern, greedy=False)
    )


def test_replacements_as_in_go() -> None:
    assert replaced("aXbXc", "X", "-", everywhere=True) == "a-b-c"
    assert replaced("aXbXc", "X", "-", everywhere=False) == "a-bXc"
    assert replaced("abc", "", "-", everywhere=True) == "-a-b-c-"
    assert replaced("abc", "a*", "-", everywhere=True) == "-"
    assert replaced("abab", "?b", "-", everywhere=True) == "--"


def test_only_question_marks_make_a_search_dear() -> None:
    assert cost("a" * 100, "a*" * 10) < cost("a" * 100, "?" * 20)
    assert cost("a" * 100, "a", everywhere=True) > cost("a" * 100, "a")


def test_what_is_shown_can_be_printed() -> None:
    assert shown("a\x1b[1m\u202eb") == "a\\x1b[1m\\u202eb"
    assert shown("a" * 100, 3) == "aaa"
