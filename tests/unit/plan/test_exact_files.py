"""Exactly these targets are planned: files that a build consumes, and others."""

from __future__ import annotations

import pytest

from tests.fakes.files import EXECUTABLE, LINK
from tests.unit.plan.small import (
    APP,
    EVERYTHING,
    ONE,
    Content,
    change,
    work,
)


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM debian:12\nCOPY run.sh /\n",
        "FROM debian:12\nADD run.sh /\n",
        'FROM debian:12\nCOPY ["run.sh", "/"]\n',
        "FROM debian:12\nCOPY r*.sh /\n",
        "FROM debian:12\nCOPY ./sub/../run.sh /\n",
        "FROM debian:12\nARG NAME=run\nCOPY ${NAME}.sh /\n",
        "FROM debian:12\nARG NAME\nCOPY $NAME /\n",
        "FROM debian:12\nRUN --mount=type=bind,source=run.sh,target=/run.sh sh /run.sh\n",
        "FROM debian:12\nRUN --mount=target=/src sh /src/run.sh\n",
        "FROM debian:12 AS build\nCOPY run.sh /\nFROM scratch\nCOPY --from=build /run.sh /\n",
        "FROM debian:12 AS build\nCOPY run.sh /\nFROM scratch\nRUN --mount=from=build,target=/b cp /b/x /\n",
        "# syntax=example.com/front/end:1\nFROM debian:12\nRUN whatever\n",
        "FROM debian:12\nCOPY --exclude=x . /\n",
        "FROM debian:12 AS one\nONBUILD COPY run.sh /\nFROM one\n",
    ],
)
def test_a_file_that_the_build_consumes(dockerfile: str) -> None:
    made = change({**APP, "app/Dockerfile": dockerfile}, {"app/run.sh": "echo 2\n"})
    assert work(made) == {"app:1": ["context-changed app/run.sh"]}


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM debian:12\nCOPY other.sh /\n",
        "FROM debian:12\nCOPY o*.sh /\n",
        "FROM debian:12\nCOPY <<EOF /run.sh\nrun.sh\nEOF\n",
        "FROM debian:12 AS build\nRUN make\nFROM scratch\nCOPY --from=build /run.sh /run.sh\n",
        "FROM debian:12 AS unused\nCOPY run.sh /\nFROM debian:12\nRUN other\n",
        "FROM debian:12\nADD https://example.com/run.sh /\n",
        "FROM debian:12\nRUN --mount=type=cache,target=/run.sh,source=run.sh true\n",
        "FROM debian:12\nRUN --mount=type=bind,source=other.sh,target=/run.sh sh /run.sh\n",
    ],
)
def test_a_file_that_the_build_does_not_consume(dockerfile: str) -> None:
    made = change({**APP, "app/Dockerfile": dockerfile}, {"app/run.sh": "echo 2\n"})
    assert work(made) == {}


def test_a_file_comes_and_goes() -> None:
    assert work(change(EVERYTHING, {"app/new.sh": "x"})) == {"app:1": ["context-changed app/new.sh"]}
    assert work(change(EVERYTHING, {"app/other.sh": None})) == {"app:1": ["context-changed app/other.sh"]}


@pytest.mark.parametrize("path", ["app/README.md", "app/logo.png", "app/docs/use.txt", "app/meta.yml"])
def test_documentation_counts_only_where_it_is_named(path: str) -> None:
    changed: Content = {path: f"{APP[path]}\n# more\n"}
    assert work(change(EVERYTHING, changed)) == {}
    name = path.removeprefix("app/")
    folder = name.partition("/")[0]
    for source in dict.fromkeys((name, folder)):
        named = {**APP, "app/Dockerfile": f"FROM debian:12\nCOPY {source} /\n"}
        assert work(change(named, changed)) == {"app:1": [f"context-changed {path}"]}


def test_a_pattern_names_documentation() -> None:
    named = {**APP, "app/Dockerfile": "FROM debian:12\nCOPY *.md /\n"}
    assert work(change(named, {"app/README.md": "other"})) == {"app:1": ["context-changed app/README.md"]}


def test_an_ignore_file_that_changes_what_is_consumed() -> None:
    for text in ("other.sh\n", "*.sh\n!run.sh\n", "**\n!run.sh\n"):
        made = change(EVERYTHING, {"app/.dockerignore": text})
        assert work(made) == {"app:1": ["context-changed app/.dockerignore"]}
    both = change(EVERYTHING, {"app/.dockerignore": "other.sh\n", "app/run.sh": "2"})
    assert work(both) == {"app:1": ["context-changed app/.dockerignore", "context-changed app/run.sh"]}


@pytest.mark.parametrize("text", ["# nothing\n", "absent\n", "README.md\n", ""])
def test_an_ignore_file_that_changes_nothing(text: str) -> None:
    assert change(EVERYTHING, {"app/.dockerignore": text}).is_empty


def test_an_ignored_file_may_change() -> None:
    before = {**EVERYTHING, "app/.dockerignore": "*.sh\n!run.sh\n"}
    assert change(before, {"app/other.sh": "x"}).is_empty
    assert work(change(before, {"app/run.sh": "x"})) == {"app:1": ["context-changed app/run.sh"]}


def test_the_ignore_file_of_one_dockerfile_goes_before_that_of_the_folder() -> None:
    before = {**EVERYTHING, "app/.dockerignore": "other.sh\n"}
    made = change(before, {"app/Dockerfile.dockerignore": "# all\n"})
    assert work(made) == {"app:1": ["context-changed app/Dockerfile.dockerignore"]}


def test_files_that_count_because_of_another_line_of_the_entry() -> None:
    smoke = "version: 1\ncommands: [{name: a, run: [a]}]\n"
    before = {**EVERYTHING, "app/meta.yml": "1: {path: Dockerfile, smoke: x.yml}\n", "app/x.yml": smoke}
    assert work(change(before, {"app/meta.yml": ONE})) == {"app:1": ["context-changed app/x.yml"]}
    wider = change({**EVERYTHING, "meta.txt": "1"}, {"app/meta.yml": "1: {path: Dockerfile, context: ..}\n"})
    assert "app:1" in work(wider)


def test_a_lost_executable_bit_is_a_change() -> None:
    made = change(APP, {}, modes={"app/run.sh": EXECUTABLE}, new_modes={})
    assert work(made) == {"app:1": ["context-changed app/run.sh"]}
    assert change(APP, {}, modes={"app/other.sh": EXECUTABLE}, new_modes={}).is_empty


def test_a_file_that_becomes_a_link_is_a_change() -> None:
    made = change(EVERYTHING, {"app/other.sh": "run.sh"}, new_modes={"app/other.sh": LINK})
    assert work(made) == {"app:1": ["context-changed app/other.sh"]}


def test_where_a_link_leads() -> None:
    folder = {**APP, "app/Dockerfile": "FROM debian:12\nCOPY files /\n", "app/files/link": "../run.sh"}
    links = {"app/files/link": LINK}
    made = change(folder, {"app/files/link": "../other.sh"}, modes=links)
    assert work(made) == {"app:1": ["context-changed app/files/link"]}
    assert change(folder, {"app/run.sh": "x"}, modes=links).is_empty, "a link is copied as a link"


@pytest.mark.parametrize("source", ["link", "link/run.sh", "l*"])
def test_a_link_on_the_way_to_a_source_may_lead_anywhere(source: str) -> None:
    before = {**APP, "app/Dockerfile": f"FROM debian:12\nCOPY {source} /\n", "app/link": "sub",
              "app/sub/run.sh": "1"}  # fmt: skip
    made = change(before, {"app/sub/run.sh": "2"}, modes={"app/link": LINK})
    assert work(made) == {"app:1": ["context-changed app/sub/run.sh"]}


def test_a_context_of_its_own() -> None:
    before = {"app/meta.yml": "1: {path: one/Dockerfile, context: .}\n",
              "app/one/Dockerfile": "FROM debian:12\nCOPY shared.sh /\n", "app/shared.sh": "1"}  # fmt: skip
    assert work(change(before, {"app/shared.sh": "2"})) == {"app:1": ["context-changed app/shared.sh"]}
    wider = {"app/meta.yml": "1: {path: one/Dockerfile, context: ..}\n", "shared.sh": "1"}
    assert change(before, wider).is_empty, "the same bytes from elsewhere"
