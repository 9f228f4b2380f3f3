"""Patterns, as expressions and walked: both must say the same."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog import wildcards
from publisher.catalog.context import consumed
from publisher.catalog.dockerfile.stages import CopySource
from publisher.catalog.files import TreeFile
from publisher.catalog.ignore_file import read_ignore
from publisher.catalog.wildcards import (
    MAX_PATTERN,
    Folders,
    Many,
    One,
    Pattern,
    Token,
    file_pattern,
    literal,
    matches,
)
from publisher.errors import CatalogError, Malformed

TOKENS: st.SearchStrategy[list[Token]] = st.lists(
    st.sampled_from([
        literal("a"), literal("b"), literal("/"), wildcards.NOT_SLASH, Many(slash=False), Many(slash=True),
        Folders(),
        One((("a", "b"),)), One((("a", "a"),), negated=True), One((("-", "a"),)), One((("b", "a"),)),
    ]),
    max_size=8,
)  # fmt: skip


@given(TOKENS, st.text(alphabet="ab/", max_size=10))
def test_the_expression_and_the_walk_agree(tokens: list[Token], text: str) -> None:
    pattern = Pattern(tuple(tokens))
    assert matches(pattern, text) is wildcards._walk(pattern.tokens, text)


def test_simple_patterns_are_expressions_and_others_are_not() -> None:
    assert file_pattern("a*b?[c-d]").expression is not None
    assert file_pattern("a*[^b]*").expression is None  # the class may be a slash
    assert file_pattern("ab").plain == "ab"
    assert file_pattern("a*").weight < file_pattern("*[^a]*").weight


def test_a_pattern_is_no_longer_than_a_path() -> None:
    with pytest.raises(Malformed):
        file_pattern("?" * (MAX_PATTERN + 1))


def test_many_patterns_for_many_files_are_refused() -> None:
    ignore = read_ignore(b"**/*a*a*b\n" * 900, "x/.dockerignore")
    files = {f"f{n}": TreeFile("100644", "0" * 40, 1) for n in range(4000)}
    with pytest.raises(CatalogError, match="too many") as caught:
        consumed(files, "Dockerfile", ignore, None)
    assert caught.value.where == "x/.dockerignore"
    assert consumed(dict(list(files.items())[:10]), "Dockerfile", ignore, None)


def test_many_sources_for_many_files_are_the_whole_folder() -> None:
    files = {f"f{n}": TreeFile("100644", "0" * 40, 1) for n in range(4000)}
    sources = [CopySource(f"s{n}", 1) for n in range(300)]
    assert consumed(files, "Dockerfile", read_ignore(b"", "i"), sources) == tuple(sorted(files))


@pytest.mark.parametrize("text", ["[a*]", "[?]", "[b-a]"])
def test_classes_that_docker_misreads(text: str) -> None:
    with pytest.raises(CatalogError):
        read_ignore(text.encode(), "i")


def test_a_pattern_is_cleaned_and_trimmed_as_docker_does() -> None:
    assert read_ignore(b"**/  ///", "i").excludes("a")
    assert not read_ignore(b"*\n!/ b", "i").excludes(" b")
    assert read_ignore(b"*\n!/ b", "i").excludes("b")
