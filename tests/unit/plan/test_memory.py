"""What is remembered changes no answer: neither within a run nor from one run to the next."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings

from publisher.catalog.dockerfile.reader import read_dockerfile
from publisher.catalog.dockerfile.stages import resolve
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.oci.platform import Platform
from publisher.plan.memory import Memory
from publisher.plan.planner import make_plan
from publisher.plan.readings import Question, Reading, read
from publisher.plan.render import as_json
from publisher.plan.snapshot import Snapshot, load_snapshot
from tests.corpus.shape import catalog_files
from tests.fakes.files import MemoryFiles
from tests.unit.plan.five_layers import BASE_COMMIT, FILES, HEAD_COMMIT
from tests.unit.plan.test_properties import content, edits

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
PARTS = ("AI/", "Distroless/", "Others/python/", "Others/node/", "Others/image-list.yml", "Cloud/nginx/")
CHANGED = "Others/python/3.11.13/24.03-lts/Dockerfile"


class DictShelf:
    """A shelf in memory; counts what is taken from it."""

    def __init__(self, texts: Mapping[str, str] | None = None) -> None:
        self.texts = dict(texts or {})
        self.taken = 0

    def get(self, key: str) -> str | None:
        self.taken += key in self.texts
        return self.texts.get(key)

    def put(self, key: str, text: str) -> None:
        self.texts[key] = text


def part_of_corpus() -> tuple[MemoryFiles, MemoryFiles]:
    """Give some hundred tags before and after their parent changes."""
    before = {path: raw for path, raw in catalog_files().items() if path.startswith(PARTS)}
    after = {**before, CHANGED: before[CHANGED].rstrip() + b"\nRUN true\n"}
    return MemoryFiles(before), MemoryFiles(after)


def plan_with(shelf: DictShelf | None, states: tuple[MemoryFiles, MemoryFiles]) -> str:
    base = load_snapshot(states[0], BASE_COMMIT, memory=Memory(shelf=shelf))
    return as_json(make_plan(base, load_snapshot(states[1], HEAD_COMMIT, last=base)))


def everything(snapshot: Snapshot) -> list[Any]:
    builds = [{t: dict(part[t]) for t in part} for part in (snapshot.inputs, snapshot.identities)]
    return [
        *builds,
        snapshot.problems,
        snapshot.outlines,
        snapshot.parents,
        snapshot.owners,
        snapshot.entries,
    ]


@given(edits, edits)
@settings(deadline=None, max_examples=40)
def test_a_state_is_the_same_after_another(before: list[Any], after: list[Any]) -> None:
    base = load_snapshot(MemoryFiles(content(before)), BASE_COMMIT)
    files = MemoryFiles(content([*before, *after]))
    shared = load_snapshot(files, HEAD_COMMIT, last=base)
    alone = load_snapshot(files, HEAD_COMMIT, last=base, memory=Memory())
    assert as_json(make_plan(base, shared)) == as_json(make_plan(base, alone))
    assert everything(shared) == everything(alone)


def test_what_is_the_same_is_taken_over_and_not_worked_out() -> None:
    base = load_snapshot(MemoryFiles(FILES), BASE_COMMIT)
    other = {**FILES, "pytorch/Dockerfile": FILES["pytorch/Dockerfile"] + "RUN true\n"}
    head = load_snapshot(MemoryFiles(other), HEAD_COMMIT, last=base)
    shared = {target.image for target in head.inputs if head.shares_builds(base, target)}
    assert shared == {"os", "python", "cann", "mindspore"}
    for target in head.inputs:
        same = base.inputs[target] == head.inputs[target]
        assert same == head.shares_builds(base, target)
    assert not head.shares_builds(load_snapshot(MemoryFiles(FILES), BASE_COMMIT), TargetId("os:ubuntu"))


def test_a_long_chain_of_parents_is_worked_out_from_its_end() -> None:
    metas = {f"i{n}/meta.yml": f'"1": {{path: Dockerfile, base: "i{n - 1}:1"}}\n' for n in range(1, 3000)}
    dockerfiles = {f"i{n}/Dockerfile": "ARG BASE\nFROM $BASE\n" for n in range(1, 3000)}
    first = {"i0/meta.yml": '"1": {path: Dockerfile}\n', "i0/Dockerfile": "FROM scratch\n"}
    files = {"publisher.yml": FILES["publisher.yml"], **first, **metas, **dockerfiles}
    snapshot = load_snapshot(MemoryFiles(files), BASE_COMMIT)
    assert snapshot.inputs[TargetId("i2999:1")][AMD64].parents[0].target == "i2998:1"


def test_a_plan_is_the_same_cold_and_warm() -> None:
    states = part_of_corpus()
    shelf = DictShelf()
    cold = plan_with(None, states)
    assert len(json.loads(cold)["builds"]) > 50
    assert plan_with(shelf, states) == cold
    for state in states:
        state.reads = 0
    warm = DictShelf(shelf.texts)
    assert plan_with(warm, states) == cold
    assert warm.texts == shelf.texts
    assert warm.taken > 200
    assert states[1].reads <= 2, "no file of the head is read again"


@pytest.mark.parametrize(
    "text",
    ["", "{", "null", "0", "[]", "[[],[[]]]\nx", "[1,2,3]", "[1,1,null]", '["a",[[1,2,3,4,5]]]\nFROM a'],
)
def test_texts_that_are_none_of_ours_are_ignored(text: str) -> None:
    states = part_of_corpus()
    shelf = DictShelf()
    cold = plan_with(shelf, states)
    keys = [key for key in shelf.texts if text not in ("null", "") or key.startswith("dockerfile")]
    assert plan_with(DictShelf({**shelf.texts, **dict.fromkeys(keys, text)}), states) == cold


@pytest.mark.parametrize(
    "text",
    [
        "FROM a\nCOPY x /\n",
        "ARG TARGETARCH\nFROM a\nARG TARGETARCH\nRUN echo $TARGETARCH\nCOPY x /\n",
        "FROM a\nARG TARGETARCH\nCOPY $TARGETARCH /\n",
        "ARG TARGETARCH\nFROM a-$TARGETARCH\n",
        "ARG NAME=a-${TARGETARCH}\nFROM $NAME\n",
        "FROM a\nARG TARGETARCH\nENV DIR=/$TARGETARCH\nCOPY $DIR /\n",
        "FROM a\nARG TARGETPLATFORM\nARG X=${TARGETPLATFORM}\nRUN --mount=type=bind,source=$X true\n",
        "FROM --platform=$BUILDPLATFORM a AS b\nFROM c\nCOPY --from=b /x /\n",
        "FROM --platform=linux/amd64 a AS b\nFROM c\nCOPY --from=b /x /\n",
        "FROM a\nCOPY --from=c /x /\nARG BUILDARCH\nADD ${BUILDARCH:-x} /\n",
        "FROM a\nONBUILD COPY $TARGETARCH /\n",
        "FROM a AS b\nONBUILD ARG TARGETARCH\nONBUILD COPY $TARGETARCH /\nFROM b\n",
        "FROM a\nCOPY $TARGETOSVERSION$TARGETVARIANT /\n",
        "FROM $MISSING\n",
    ],
)
def test_one_reading_for_all_platforms_says_what_each_would(text: str) -> None:
    dockerfile = read_dockerfile(text.encode(), "Dockerfile")
    questions = [Question((), None, platform, ARM64) for platform in (AMD64, ARM64, Platform("linux/arm/v7"))]
    reading = read(text.encode(), "Dockerfile", questions)
    for question in questions:
        answer = reading.answers[question]
        try:
            expected: object = resolve(dockerfile, {}, None, question.platform, ARM64)
        except CatalogError as error:
            expected = error.what
        assert (answer.what if isinstance(answer, CatalogError) else answer) == expected


def test_readings_hold_no_more_than_answers() -> None:
    reading = read(b"FROM a\nARG X\nARG Y=1\nCOPY x /\n", "Dockerfile", [Question((), None, AMD64, AMD64)])
    assert isinstance(reading, Reading)
    assert reading.visible == {"X", "Y"}
