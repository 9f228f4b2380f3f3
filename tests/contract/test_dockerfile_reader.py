"""Our reader of Dockerfiles against BuildKit's own `parser`, `instructions`, `shell` and `dockerfile2llb`.

Where the two differ on purpose, `dockerfile_answers` says on what and why.
"""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from typing import Any

import pytest

from publisher.catalog.dockerfile.budget import Excessive
from publisher.catalog.dockerfile.words import Rules, expand
from publisher.catalog.ignore_file import read_ignore
from publisher.errors import CatalogError, Malformed
from tests.contract.dockerfile_answers import Tally, ask, compare, file_question
from tests.corpus.shape import catalog_files
from tests.fuzz.dockerfiles import dockerfile, word
from tests.fuzz.ignores import PATHS, ignore_text

SEED = int(os.environ.get("PUBLISHER_FUZZ_SEED", "20260701"))
BUILD_ARGS: tuple[dict[str, str], ...] = (
    {},
    {},
    {"A": "v", "BASE": "q.io/base:1"},
    {"TAG": "$A b", "TARGETARCH": "x"},
)
MISREAD = ("docker misreads", "empty class", "class that does not end", "ends in a backslash",
           "runs backwards")  # fmt: skip
"""Patterns of `.dockerignore` that we refuse: moby checks them against `.` only, then reads on."""
ENVIRONMENT = {"A": "a/b*c", "TAG": "", "B": "bananas", "BASE": "x\\y}z", "é": "ü"}


def judge(tally: Tally) -> None:
    assert not tally.differences, "\n\n".join(tally.differences[:5])
    assert tally.same
    print(f"{tally.same} equal, {tally.refused} refused by both, {tally.explained} explained")


def test_the_corpus() -> None:
    files = catalog_files()
    texts = [raw.decode() for path, raw in sorted(files.items()) if path.rpartition("/")[2] == "Dockerfile"]
    assert len(texts) > 1500
    tally = compare([file_question(text, {}) for text in texts])
    judge(tally)
    assert tally.same == len(texts)


def test_questions_that_somebody_thought_of() -> None:
    asked = json.loads((Path(__file__).parent / "dockerfile_questions.json").read_text())
    tally = compare([one for one in asked if one["kind"] == "file"])
    judge(tally)
    assert not tally.explained
    check_words([one for one in asked if one["kind"] == "word"])
    check_patterns([(one["text"], one["paths"]) for one in asked if one["kind"] == "ignore"])


def generated(seed: int, count: int) -> list[dict[str, Any]]:
    random = Random(seed)
    return [file_question(dockerfile(random), random.choice(BUILD_ARGS)) for _ in range(count)]


def test_generated_dockerfiles() -> None:
    judge(compare(generated(9, 3000)))


@pytest.mark.soak
def test_many_generated_dockerfiles() -> None:
    print(f"PUBLISHER_FUZZ_SEED={SEED}")
    judge(compare(generated(SEED, 60_000)))


def words(seed: int, count: int) -> list[dict[str, Any]]:
    random = Random(seed)
    escapes = ("\\", "\\", "`")
    return [{"kind": "word", "text": word(random), "env": ENVIRONMENT, "escape": random.choice(escapes)}
            for _ in range(count)]  # fmt: skip


def check_words(questions: list[dict[str, Any]]) -> None:
    for asked, answer in zip(questions, ask(questions), strict=True):
        try:
            found = expand(asked["text"], asked["env"], Rules(escape=asked["escape"], split=True))
        except Excessive:
            continue
        except Malformed:
            assert "error" in answer, asked
            continue
        assert [found.text, list(found.words), sorted(found.missing)] == [
            answer.get("text"), answer.get("words"), answer.get("missing")
        ], (asked, answer)  # fmt: skip


def test_words() -> None:
    check_words(words(2, 5000))


@pytest.mark.soak
def test_many_words() -> None:
    check_words(words(SEED, 200_000))


def check_patterns(asked: list[tuple[str, Sequence[str]]]) -> None:
    answers = ask([{"kind": "ignore", "text": text, "paths": paths} for text, paths in asked])
    for (text, paths), answer in zip(asked, answers, strict=True):
        ours = excluded(text, paths)
        if isinstance(ours, str):
            assert "error" in answer or any(part in ours for part in MISREAD), (text, answer)
        else:
            assert ours == answer.get("excluded"), (text, answer)


def excluded(text: str, paths: Sequence[str]) -> list[bool] | str:
    try:
        ignore = read_ignore(text.encode(), ".dockerignore")
    except CatalogError as error:
        return error.what
    return [ignore.excludes(path) for path in paths]


def check_ignores(seed: int, count: int) -> None:
    random = Random(seed)
    check_patterns([(ignore_text(random), PATHS) for _ in range(count)])


def test_ignore_files() -> None:
    check_ignores(9, 3000)


@pytest.mark.soak
def test_many_ignore_files() -> None:
    check_ignores(SEED, 100_000)
