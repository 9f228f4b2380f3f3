"""Exactly these targets are planned: arguments, stages, platforms, the lock, settings, frozen targets."""

from __future__ import annotations

import pytest

from tests.unit.plan.small import (
    APP,
    COPYING,
    DEBIAN,
    ONE,
    SETTINGS,
    change,
    locked,
    tags,
    work,
)


@pytest.mark.parametrize(
    ("entry", "reason"),
    [
        ("{path: Dockerfile, args: {A: x}}", "args-changed A"),
        ("{path: Dockerfile, target: one}", "stage-changed one"),
        ("{path: Dockerfile, platforms: [linux/amd64]}", "platform-removed linux/arm64"),
        ("{path: Dockerfile, arch: aarch64}", "platform-removed linux/amd64"),
    ],
)
def test_an_entry_that_says_something_else(entry: str, reason: str) -> None:
    before = {**APP, "app/Dockerfile": "FROM debian:12 AS one\nRUN one\nFROM one\nRUN two\n"}
    made = change(before, {"app/meta.yml": f"1: {entry}\n"})
    assert work(made) == {"app:1": [reason]}
    assert tags(made) == {"app:1"}
    back = change({**before, "app/meta.yml": f"1: {entry}\n"}, {"app/meta.yml": ONE})
    expected = reason.replace("removed", "added").replace("stage-changed one", "stage-changed the last stage")
    assert work(back) == {"app:1": [expected]}


def test_a_generation_is_raised() -> None:
    lock = locked(DEBIAN) + 'generations: {"app:1": {number: %d, date: "2024-06-0%dT00:00:00Z"}}\n'
    assert work(change(APP, {"publisher.lock": lock % (1, 1)})) == {"app:1": ["generation publisher.lock"]}
    again = change({**APP, "publisher.lock": lock % (1, 1)}, {"publisher.lock": lock % (2, 2)})
    assert work(again) == {"app:1": ["generation publisher.lock"]}


def test_a_generation_of_another_target_is_no_change() -> None:
    two = {**APP, "app/meta.yml": ONE + "2: {path: Dockerfile, args: {A: x}}\n"}
    lock = locked(DEBIAN) + 'generations: {"app:2": {number: 1, date: "2024-06-01T00:00:00Z"}}\n'
    assert work(change(two, {"publisher.lock": lock})) == {"app:2": ["generation publisher.lock"]}


def test_a_base_is_refreshed() -> None:
    made = change(APP, {"publisher.lock": locked(DEBIAN, digit="c")})
    assert work(made) == {"app:1": [f"base-refreshed {DEBIAN}"]}


def test_an_unused_base_is_no_change() -> None:
    assert change(APP, {"publisher.lock": locked(DEBIAN, "docker.io/library/alpine:3")}).is_empty
    unused = {**APP, "app/Dockerfile": "FROM alpine:3 AS unused\nFROM debian:12\n"}
    alpine = "docker.io/library/alpine:3"
    new = locked(DEBIAN) + locked(alpine, digit="d").partition("bases:\n")[2]
    assert change({**unused, "publisher.lock": locked(DEBIAN, alpine)}, {"publisher.lock": new}).is_empty


def test_the_base_of_a_builder_stage_is_refreshed() -> None:
    before = {**APP, "app/Dockerfile": "FROM debian:12 AS b\nRUN b\nFROM scratch\nCOPY --from=b /x /\n"}
    assert work(change(before, {"publisher.lock": locked(DEBIAN, digit="c")})) == {
        "app:1": [f"base-refreshed {DEBIAN}"]
    }


def test_a_front_end_is_refreshed() -> None:
    front = "docker.io/docker/dockerfile:1"
    before = {**APP, "app/Dockerfile": f"# syntax=docker/dockerfile:1\n{COPYING}",
              "publisher.lock": locked(DEBIAN, front)}  # fmt: skip
    new = locked(DEBIAN) + locked(front, digit="d").partition("bases:\n")[2]
    assert work(change(before, {"publisher.lock": new})) == {"app:1": [f"base-refreshed {front}"]}


def test_the_media_types_of_the_catalog() -> None:
    made = change(APP, {"publisher.yml": SETTINGS.replace("version: 1", "version: 1\nformat: docker")})
    assert work(made) == {"app:1": ["format-changed publisher.yml"]}


@pytest.mark.parametrize(
    "settings",
    [
        SETTINGS.replace("example/images", "example/other"),
        SETTINGS.replace("staging.test", "other.test"),
        SETTINGS + "policy: {tests: {linux/amd64: untested, linux/arm64: untested}}\n",
        SETTINGS + "forge: {kind: local, directory: other}\n",
        SETTINGS + "builders: {linux/amd64: {driver: docker-container}}\n",
        SETTINGS.replace("[hub.test/us]", "[quay.test/us]"),
    ],
)
def test_settings_that_change_no_image(settings: str) -> None:
    assert change(APP, {"publisher.yml": settings}).is_empty


@pytest.mark.parametrize("status", ["frozen", "end-of-life", "end-of-life 2026-01-01"])
def test_a_frozen_target_stays_as_it_is(status: str) -> None:
    frozen = {**APP, "app/meta.yml": f"1: {{path: Dockerfile, status: {status}}}\n"}
    assert change(APP, frozen).is_empty
    made = change(frozen, {"app/run.sh": "2"})
    assert made.is_empty
    assert [(p.rule, p.severity, p.target) for p in made.problems] == [("P016", "warning", "app:1")]


def test_a_target_that_is_no_longer_frozen_is_built_since_its_inputs_may_have_changed_meanwhile() -> None:
    frozen = {**APP, "app/meta.yml": "1: {path: Dockerfile, status: frozen}\n"}
    assert work(change(frozen, {"app/meta.yml": ONE})) == {"app:1": ["added app/meta.yml"]}
    assert work(change(frozen, {"app/meta.yml": ONE, "app/run.sh": "2"})) == {
        "app:1": ["added app/meta.yml", "context-changed app/run.sh"]
    }


def test_a_tag_of_a_frozen_target_moves() -> None:
    frozen = "1: {path: Dockerfile, status: frozen}\n"
    made = change({**APP, "app/meta.yml": frozen}, {"app/meta.yml": frozen.replace("}", ", aliases: [one]}")})
    assert (work(made), tags(made)) == ({}, {"app:one"})
