"""What a person means by IMAGE, IMAGE:TAG and --platform."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.errors import UsageError
from publisher.oci.platform import Platform
from publisher.plan.snapshot import Snapshot
from publisher.steps.selection import FEW, problems_of, select_platform, select_targets
from tests.unit.plan.five_layers import CANN, MINDSPORE, OPENMIND, OS, PYTHON, PYTORCH, state

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
MANY = "".join(f"v{number}: {{path: Dockerfile}}\n" for number in range(60))
ONES = {
    path: text
    for number in range(FEW + 1)
    for path, text in (
        (f"one{number}/meta.yml", "v: {path: Dockerfile}\n"),
        (f"one{number}/Dockerfile", "FROM scratch\n"),
    )
}


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return state()


@pytest.mark.parametrize(
    ("name", "target"),
    [
        (str(CANN), CANN),
        ("cann", CANN),
        ("cann:latest", CANN),
        ("pytorch:pytorch2.1.0-cann8.0.rc2.beta1", PYTORCH),
    ],
)
def test_a_tag_an_alias_latest_and_an_image_of_one_tag_name_a_target(
    snapshot: Snapshot, name: str, target: str
) -> None:
    assert select_targets(snapshot, name, most=1) == (target,)


def refused(snapshot: Snapshot, name: str, most: int | None = None) -> list[str]:
    with pytest.raises(UsageError) as caught:
        select_targets(snapshot, name, most=most)
    return caught.value.lines()


@pytest.mark.parametrize(("name", "near"), [("pytroch", "pytorch"), ("os:ubunto", "os:ubuntu")])
def test_the_suggestion_comes_first_then_names_where_they_are_few(
    snapshot: Snapshot, name: str, near: str
) -> None:
    first, *names = refused(snapshot, name)
    assert first == f"the catalog declares no {name!r}: did you mean {near}?"
    assert f"  | {near}" in names
    assert len(names) <= FEW
    assert not names[-1].startswith("  →")


@pytest.mark.parametrize("name", ["x" * 300, "", "--help"])
def test_a_name_that_is_near_to_nothing_is_answered_with_the_names(snapshot: Snapshot, name: str) -> None:
    first, *names, hint = refused(snapshot, name)
    assert first.startswith("the catalog declares no ")
    assert len(first) < 300
    assert "  | cann" in names
    assert hint == "  → `publisher catalog` shows what is declared"


def test_many_names_are_not_listed() -> None:
    many = state(ONES)
    assert refused(many, "one0x") == ["the catalog declares no 'one0x': did you mean one0?"]
    assert refused(many, "%%%%") == [
        "the catalog declares no '%%%%'",
        "  → `publisher catalog` shows what is declared",
    ]


def test_a_known_image_with_an_unknown_tag_lists_its_tags(snapshot: Snapshot) -> None:
    with pytest.raises(UsageError) as caught:
        select_targets(snapshot, "cann:9")
    assert caught.value.detail.splitlines() == sorted([CANN, "cann:latest"])


def test_an_image_of_many_tags_must_be_named_more_closely() -> None:
    many = state({"many/meta.yml": MANY, "many/Dockerfile": "FROM scratch\n"})
    assert len(select_targets(many, "many")) == 60
    with pytest.raises(UsageError, match="many has 60 tags; name one of them") as caught:
        select_targets(many, "many", most=4)
    assert len(caught.value.detail.splitlines()) == 41
    assert caught.value.detail.endswith("… and 20 more")


def test_lint_is_named_where_a_file_cannot_be_read() -> None:
    broken = replace(state({"new/meta.yml": "a: [\n"}), commit="f" * 40)
    first, *where, hint = refused(broken, "%%%%")
    assert first == "the catalog declares no '%%%%'"
    assert any("new/meta.yml:" in line for line in where)
    assert hint == "  → `publisher lint --head ffffffffffff` shows files that cannot be read"


def test_the_platform_is_the_one_asked_for_else_our_own_else_the_first(snapshot: Snapshot) -> None:
    both = replace(snapshot.entries[CANN], platforms=(ARM64, AMD64))
    assert select_platform(both, ARM64, AMD64) == ARM64
    assert select_platform(both, None, ARM64) == ARM64
    assert select_platform(both, None, Platform("linux/riscv64")) == AMD64
    with pytest.raises(UsageError, match="is not declared for linux/s390x") as caught:
        select_platform(both, Platform("linux/s390x"), AMD64)
    assert caught.value.where == "cann/meta.yml:1:1"
    assert "linux/amd64, linux/arm64" in caught.value.hint


def test_only_problems_of_a_target_and_its_ancestors_are_its_own() -> None:
    snapshot = state(
        {
            "os/Dockerfile": "FROM nowhere:1\n",
            "cann/ubuntu/Dockerfile": None,
            "mindspore/Dockerfile": "FROM nowhere:2\n",
        }
    )
    concerned = {problem.target for problem in problems_of(snapshot, [PYTORCH])}
    assert concerned == {OS, CANN}
    assert MINDSPORE in {problem.target for problem in problems_of(snapshot, [MINDSPORE, PYTHON])}


def test_an_entry_that_is_kept_shows_why_its_file_cannot_be_read() -> None:
    snapshot = state({"openmind/meta.yml": "a: [\n"}, last=state())
    (problem,) = problems_of(snapshot, [OPENMIND])
    assert (problem.file, problem.target) == ("openmind/meta.yml", None)
