"""The short ways through the Dockerfile reader say what the long ones say."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from publisher.catalog.dockerfile.reader import Instruction, read_dockerfile
from publisher.catalog.dockerfile.scope import expand_at
from publisher.catalog.dockerfile.split import quoted_words
from publisher.catalog.dockerfile.words import Rules, expand
from publisher.errors import CatalogError, Malformed

PIECES = (
    "$A", "${B}", "$MISSING", "${A", "}", "$", "$$", "$1", "$é", "$Aé", "${A:-x}", "a", " ", "/", "<<", "{",
    "'", '"', "\\", "`", "\t", "$A_1", "${A}B", "$_",
)  # fmt: skip
ENV = {"A": "one", "B": "t wo", "A_1": "three", "_": "four"}
DOCKERFILE = read_dockerfile(b"FROM a\n", "Dockerfile")


@given(st.lists(st.sampled_from(PIECES), max_size=6).map("".join))
def test_expansion(text: str) -> None:
    try:
        long = expand(text, ENV, Rules())
        expected: object = (long.text, long.missing)
    except Malformed as error:
        expected = error.what
    try:
        found: object = expand_at(text, ENV, DOCKERFILE, 1)
    except CatalogError as error:
        found = error.what
    assert found == expected


@given(st.text("ab=$ \t\r\v\x1c\x85\xa0\u3000", max_size=12))
def test_words_without_quotes(text: str) -> None:
    assert (*quoted_words(text, "\\"), '""') == quoted_words(f'{text} ""', "\\")


texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)


@given(texts, st.lists(texts, max_size=2), texts, st.lists(texts, max_size=2))
def test_the_canonical_text_is_json(keyword: str, flags: list[str], text: str, heredocs: list[str]) -> None:
    """Guard the stored form: every BuildId depends on it."""
    one = Instruction(keyword, text, tuple(flags), 1, tuple(heredocs))
    assert one.canonical == json.dumps([keyword, flags, text, heredocs], ensure_ascii=False)
