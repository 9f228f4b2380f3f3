"""Readings of Dockerfiles as text and back: the facts as a line of JSON, then a line for each instruction."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from publisher.catalog.dockerfile.stages import CopySource, ImageUse, Resolved
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform
from publisher.plan.readings import Question, Reading

_write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


@lru_cache(maxsize=64)
def questions_to_text(questions: tuple[Question, ...]) -> str:
    """Write questions down, different ones differently."""
    plain = [[one.args, one.stage, one.platform, one.build_platform] for one in questions]
    return _write(plain)


def reading_to_text(reading: Reading, questions: Sequence[Question]) -> str | None:
    """Write a reading down; None where an answer is an error, which names a file."""
    answers = [reading.answers[question] for question in questions]
    good = [answer for answer in answers if not isinstance(answer, CatalogError)]
    instructions = good[0].instructions if good else ()
    text = "\n".join(instructions)
    if len(good) < len(answers) or text.count("\n") != max(0, len(instructions) - 1):
        return None
    facts = [sorted(reading.visible), [_plain(answer) for answer in good]]
    return f"{_write(facts)}\n{text}" if instructions else _write(facts)


def _plain(answer: Resolved) -> list[Any]:
    images = [[image.reference, image.platform, image.line] for image in answer.images]
    sources = None if answer.sources is None else [[one.pattern, one.line] for one in answer.sources]
    return [images, sources, answer.uses_build_platform, answer.frontend, answer.triggers]


def reading_from_text(text: str, questions: Sequence[Question]) -> Reading:
    """Read a reading back that answers these questions.

    Raises:
        Malformed: this is not what `reading_to_text` writes.
    """
    facts, *instructions = text.split("\n")
    try:
        visible, plain = json.loads(facts)
        answers = _answers(plain, tuple(instructions))
        return Reading(frozenset(visible), dict(zip(questions, answers, strict=True)))
    except (ValueError, TypeError, IndexError) as error:
        raise Malformed("this is no reading") from error


def _answers(plain: list[Any], instructions: tuple[str, ...]) -> list[Resolved]:
    found: list[Resolved] = []
    for number, (images, sources, uses_build_platform, frontend, triggers) in enumerate(plain):
        used = tuple([ImageUse(name, Platform(platform), line) for name, platform, line in images])
        if number and sources == plain[0][1]:
            copied = found[0].sources
        else:
            copied = None if sources is None else tuple([CopySource(text, line) for text, line in sources])
        found.append(Resolved(used, copied, uses_build_platform, instructions, frontend, triggers))
    return found
