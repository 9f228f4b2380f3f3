"""What is said of a name that there is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.cli.choice import FEW, choose_targets
from publisher.errors import UsageError
from publisher.plan.snapshot import Snapshot
from tests.unit.plan.five_layers import CANN, state

MANY = {
    path: text
    for number in range(FEW + 1)
    for path, text in (
        (f"one{number}/meta.yml", "v: {path: Dockerfile}\n"),
        (f"one{number}/Dockerfile", "FROM scratch\n"),
    )
}


def refused(snapshot: Snapshot, name: str, most: int | None = None) -> list[str]:
    with pytest.raises(UsageError) as caught:
        choose_targets(snapshot, name, most=most)
    return caught.value.lines()


def test_a_name_that_there_is() -> None:
    assert choose_targets(state(), "cann:latest") == choose_targets(state(), "cann", most=1) == (CANN,)


def test_the_suggestion_comes_first_then_names_where_they_are_few() -> None:
    first, *names = refused(state(), "pytroch")
    assert first == "the catalog declares no 'pytroch': did you mean pytorch?"
    assert "  | cann" in names
    assert len(names) <= FEW


def test_many_names_are_not_listed() -> None:
    many = state(MANY)
    assert refused(many, "one0x") == ["the catalog declares no 'one0x': did you mean one0?"]
    assert refused(many, "%%%%") == [
        "the catalog declares no '%%%%'",
        "  → `publisher catalog` shows what is declared",
    ]


def test_lint_is_named_where_a_file_cannot_be_read() -> None:
    broken = replace(state({"new/meta.yml": "a: [\n"}), commit="f" * 40)
    first, *where, hint = refused(broken, "%%%%")
    assert first == "the catalog declares no '%%%%'"
    assert any("new/meta.yml:" in line for line in where)
    assert hint == "  → `publisher lint --head ffffffffffff` shows files that cannot be read"


def test_an_image_of_too_many_tags_lists_them() -> None:
    tags = "".join(f"v{number}: {{path: Dockerfile}}\n" for number in range(3))
    lines = refused(state({"many/meta.yml": tags, "many/Dockerfile": "FROM scratch\n"}), "many", most=2)
    assert lines[0] == "many has 3 tags; name one of them"
