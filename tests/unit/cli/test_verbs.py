"""The table of verbs."""

from __future__ import annotations

import pytest

from publisher.cli.arguments import Parser
from publisher.cli.verbs import VERBS, load
from publisher.errors import UsageError


@pytest.mark.parametrize(
    ("typed", "hint"),
    [
        ("biuld", "did you mean `publisher build`?"),
        ("Plan", "did you mean `publisher plan`?"),
        ("zzz", "`publisher --help` lists the commands"),
    ],
)
def test_an_unknown_verb_is_answered_with_the_nearest(typed: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown command '{typed}'") as caught:
        load(typed)
    assert caught.value.hint == hint


@pytest.mark.parametrize("name", VERBS)
def test_every_verb_fits_the_frame(name: str) -> None:
    verb = load(name)
    parser = Parser(f"publisher {name}")
    verb.configure(parser)
    assert callable(verb.run)
    assert "examples:" in parser.format_help()
