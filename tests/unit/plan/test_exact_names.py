"""Exactly these targets are planned: what moves, is renamed, named or tested otherwise."""

from __future__ import annotations

import pytest

from tests.fakes.files import EXECUTABLE
from tests.unit.plan.small import (
    APP,
    ONE,
    SETTINGS,
    change,
    tags,
    work,
)


def test_a_folder_moved_as_a_whole_builds_nothing() -> None:
    before = {"app/meta.yml": "1: {path: one/Dockerfile, smoke: one/smoke.yml}\n",
              "app/one/Dockerfile": "FROM debian:12\nCOPY . /\n", "app/one/sub/run.sh": "1",
              "app/one/.dockerignore": "x\n",
              "app/one/smoke.yml": "version: 1\ncommands: [{name: a, run: [a]}]\n"}  # fmt: skip
    moved: dict[str, str | None] = {
        path.replace("/one/", "/two/new/"): text.replace("one/", "two/new/") for path, text in before.items()
    }
    gone = dict.fromkeys(path for path in before if "/one/" in path)
    made = change(before, {**gone, **moved}, modes={"app/one/sub/run.sh": EXECUTABLE},
                  new_modes={"app/two/new/sub/run.sh": EXECUTABLE})  # fmt: skip
    assert work(made) == {}
    assert made.is_empty
    lost = change(before, {**gone, **moved}, modes={"app/one/sub/run.sh": EXECUTABLE}, new_modes={})
    assert work(lost) == {"app:1": [
        "path-changed app/two/new/Dockerfile", "context-changed app/two/new/sub/run.sh",
    ]}  # fmt: skip


def test_the_whole_catalog_moved_below_another_root_builds_nothing() -> None:
    below: dict[str, str | None] = {f"meta/{path}": text for path, text in APP.items()}
    rooted = SETTINGS.replace("catalog: {", "catalog: {root: meta, ")
    made = change(APP, {**dict.fromkeys(APP), **below, "publisher.yml": rooted})
    assert work(made) == {}
    assert made.is_empty


def test_a_renamed_image_is_a_copy_and_the_old_name_retires() -> None:
    moved: dict[str, str | None] = {path.replace("app/", "tool/"): text for path, text in APP.items()}
    made = change(APP, {**dict.fromkeys(APP), **moved})
    assert work(made) == {"tool:1": ["copy of app:1"], "app:1": ["retired"]}
    assert tags(made) == {"tool:1"}


def test_a_new_tag_with_equal_inputs_is_a_copy() -> None:
    made = change(APP, {"app/meta.yml": ONE + "2: {path: Dockerfile}\n"})
    assert work(made) == {"app:2": ["copy of app:1"]}
    assert tags(made) == {"app:2"}


def test_a_copy_is_made_of_what_stays_rather_than_of_what_changes() -> None:
    before = {**APP, "app/meta.yml": "1: {path: Dockerfile}\n2: {path: Dockerfile}\n"}
    made = change(before, {"app/meta.yml": "1: {path: Dockerfile, args: {A: x}}\n2: {path: Dockerfile}\n"
                                           "3: {path: Dockerfile}\n"})  # fmt: skip
    assert work(made) == {"app:1": ["args-changed A"], "app:3": ["copy of app:2"]}


def test_a_tag_that_was_retired_and_comes_back_is_added() -> None:
    made = change({**APP, "app/meta.yml": "2: {path: Dockerfile, args: {A: x}}\n"}, {"app/meta.yml": ONE})
    assert work(made) == {"app:1": ["added app/meta.yml"], "app:2": ["retired"]}


def test_a_smoke_test_comes_changes_and_goes() -> None:
    test = "version: 1\ncommands: [{name: a, run: [%s]}]\n"
    one = {**APP, "app/meta.yml": "1: {path: Dockerfile, smoke: smoke.yml}\n", "app/smoke.yml": test % "a"}
    assert work(change(APP, one)) == {"app:1": ["test"]}
    assert work(change(one, {"app/smoke.yml": test % "b"})) == {"app:1": ["test"]}
    assert change(one, {"app/smoke.yml": "# why\n" + test % "a"}).is_empty
    assert work(change(one, {"app/meta.yml": ONE})) == {"app:1": ["test"]}
    assert tags(change(one, {"app/smoke.yml": test % "b"})) == set()


@pytest.mark.parametrize(
    ("before", "after", "tested"),
    [
        ("", "native", True), ("untested", "emulated", True), ("emulated", "native", True),
        ("native", "emulated", False), ("emulated", "untested", False), ("", "emulated", False),
    ],
)  # fmt: skip
def test_a_policy_that_asks_for_a_better_test(before: str, after: str, tested: bool) -> None:
    """`policy.tests` is part of what a published image promises."""

    def policy(level: str) -> str:
        return SETTINGS + (f"policy: {{tests: {{linux/arm64: {level}}}}}\n" if level else "")

    one = {**APP, "app/meta.yml": ONE + "2: {path: Dockerfile, args: {A: x}, platforms: [linux/amd64]}\n"}
    made = change({**one, "publisher.yml": policy(before)}, {"publisher.yml": policy(after)})
    assert work(made) == ({"app:1": ["test"]} if tested else {})
    assert tags(made) == set()


def test_an_alias_moves_between_targets() -> None:
    entries = "1: {path: Dockerfile%s}\n2: {path: Dockerfile, args: {A: x}%s}\n"
    before = {**APP, "app/meta.yml": entries % (", aliases: [stable], latest: true", "")}
    made = change(before, {"app/meta.yml": entries % ("", ", aliases: [stable], latest: true")})
    assert work(made) == {}
    assert {(m.tag, m.target) for m in made.moves} == {("stable", "app:2"), ("latest", "app:2")}
    assert [m.tag for m in made.moves] == ["stable", "latest"]


def test_an_alias_that_moves_to_an_equal_image_moves_no_tag() -> None:
    entries = "1: {path: Dockerfile%s}\n2: {path: Dockerfile%s}\n"
    before = {**APP, "app/meta.yml": entries % (", aliases: [stable]", "")}
    assert change(before, {"app/meta.yml": entries % ("", ", aliases: [stable]")}).is_empty


def test_a_removed_tag_is_retired_and_never_deleted() -> None:
    before = {**APP, "app/meta.yml": "1: {path: Dockerfile, aliases: [one], latest: true}\n"}
    made = change(before, {"app/meta.yml": ONE})
    assert work(made) == {"app:one": ["retired"], "app:latest": ["retired"]}
    assert made.is_empty


def test_a_target_that_is_published_from_now_on() -> None:
    inner = {**APP, "app/meta.yml": "1: {path: Dockerfile, internal: true}\n"}
    assert tags(change(inner, {"app/meta.yml": ONE})) == {"app:1"}
    assert work(change(inner, {"app/meta.yml": ONE})) == {}
    assert work(change({**APP}, {"app/meta.yml": inner["app/meta.yml"]})) == {"app:1": ["retired"]}
