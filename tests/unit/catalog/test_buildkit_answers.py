"""Answers that BuildKit's and moby's own packages gave, kept beside the questions.

`buildkit_answers.json` was made by a Go program over BuildKit 0.32.2's `parser`, `instructions`
and `shell` and moby's patternmatcher 0.6.1: hand-written questions and random ones.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.catalog.dockerfile import Instruction, copy_words, declared_args, read_dockerfile
from publisher.catalog.dockerfile_mounts import read_mount
from publisher.catalog.dockerfile_split import pairs
from publisher.catalog.dockerfile_words import Rules, expand
from publisher.catalog.ignore_file import read_ignore

ANSWERS = json.loads((Path(__file__).parent / "buildkit_answers.json").read_text())


def answers(kind: str) -> list[Any]:
    found = [(one["case"], one["answer"]) for one in ANSWERS if one["case"]["kind"] == kind]
    return [pytest.param(*one, id=f"{kind}-{n}") for n, one in enumerate(found)]


@pytest.mark.parametrize(("case", "answer"), answers("word"))
def test_words(case: dict[str, Any], answer: dict[str, Any]) -> None:
    found = expand(case["text"], case["env"], Rules(escape=case["escape"], split=True))
    assert [found.text, list(found.words), sorted(found.missing)] == [
        answer["text"], answer["words"], answer["missing"]
    ]  # fmt: skip


@pytest.mark.parametrize(("case", "answer"), answers("ignore"))
def test_ignore(case: dict[str, Any], answer: dict[str, Any]) -> None:
    ignore = read_ignore(case["text"].encode(), ".dockerignore")
    excluded = [path for path in case["paths"] if ignore.excludes(path)]
    wanted = [path for path, out in zip(case["paths"], answer["excluded"], strict=True) if out]
    assert excluded == wanted


@pytest.mark.parametrize(("case", "answer"), answers("file"))
def test_dockerfiles(case: dict[str, Any], answer: dict[str, Any]) -> None:
    found = read_dockerfile(case["text"].encode(), "Dockerfile")
    assert found.escape == answer["escape"]
    assert (found.syntax or "") == answer["syntax"]
    assert [_bare(*one) for one in found.global_args] == answer["args"]
    bodies = [[one.line, list(one.heredocs)] for stage in found.stages for one in stage.instructions]
    assert bodies == answer["heredocs"]
    for stage, wanted in zip(found.stages, answer["stages"], strict=True):
        assert [stage.name or "", stage.base, stage.platform or ""] == [
            wanted["name"], wanted["base"], wanted["platform"]
        ]  # fmt: skip
        told = [told for one in stage.instructions if (told := _told(one, found.escape))]
        assert told == wanted["commands"]


def _told(one: Instruction, escape: str) -> dict[str, Any] | None:
    """Give an instruction as the Go program tells it."""
    match one.keyword:
        case "ENV":
            return {"k": "ENV", "env": [list(pair) for pair in pairs(one.text, escape)]}
        case "ARG":
            return {"k": "ARG", "args": [_bare(*pair) for pair in declared_args(one, escape)]}
        case "RUN":
            return {"k": "RUN", "from": [read_mount(flag).origin or "" for flag in one.flag("mount")]}
        case "COPY" | "ADD":
            *sources, _ = copy_words(one)
            told = {"k": one.keyword, "src": sources or None}
            return told | ({"from": (one.flag("from") or ("",))[0]} if one.keyword == "COPY" else {})
    return None


def _bare(name: str, default: str | None) -> list[str]:
    return [name] if default is None else [name, default]
