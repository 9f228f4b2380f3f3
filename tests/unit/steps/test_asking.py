"""Asking several registries: order, silence, and who waits for whom."""

from __future__ import annotations

import threading

import pytest

from publisher.errors import AccessDenied, NotFound, RegistryUnreachable
from publisher.ports.progress import Progress
from publisher.steps.asking import AT_ONCE, ask_everywhere

QUESTIONS = [(host, number) for number in range(40) for host in ("a", "b")]


class Heard(Progress):
    def __init__(self) -> None:
        self.ended: dict[str, str] = {}

    def finished(self, step: str, node: str, result: str, seconds: float) -> None:
        self.ended[node] = result


def test_answers_come_in_the_order_of_the_questions() -> None:
    assert ask_everywhere(QUESTIONS, lambda one: one[0], lambda one: one) == QUESTIONS
    assert ask_everywhere([], lambda one: one[0], lambda one: one) == []


def test_a_host_that_is_silent_is_asked_nothing_more_and_the_others_everything() -> None:
    asked: list[tuple[str, int]] = []

    def ask(question: tuple[str, int]) -> int:
        asked.append(question)
        if question[0] == "a":
            raise RegistryUnreachable("nobody is there")
        return question[1]

    heard = Heard()
    answers = dict(
        zip(QUESTIONS, ask_everywhere(QUESTIONS, lambda one: one[0], ask, progress=heard), strict=True)
    )
    assert all(isinstance(answers["a", number], RegistryUnreachable) for number in range(40))
    assert [answers["b", number] for number in range(40)] == list(range(40))
    assert sum(host == "a" for host, _ in asked) <= AT_ONCE
    assert heard.ended == {"a": "failed", "b": "done"}


def test_another_error_is_an_answer_like_any_other() -> None:
    def ask(question: tuple[str, int]) -> int:
        if question[1] == 3:
            raise AccessDenied("no") if question[0] == "a" else NotFound("not there")
        return question[1]

    answers = ask_everywhere(QUESTIONS, lambda one: one[0], ask)
    assert [type(answer) for answer in answers if not isinstance(answer, int)] == [AccessDenied, NotFound]


def test_a_registry_that_hangs_keeps_no_other_waiting() -> None:
    others = threading.Semaphore(0)

    def ask(question: tuple[str, int]) -> int:
        if question[0] == "a":
            for _ in range(40 if question[1] == 0 else 0):
                assert others.acquire(timeout=30)
            return 0
        others.release()
        return 1

    assert sum(ask_everywhere(QUESTIONS, lambda one: one[0], ask)) == 40  # type: ignore[arg-type]


def test_a_bug_is_not_taken_for_an_answer() -> None:
    def ask(question: tuple[str, int]) -> int:
        raise ZeroDivisionError(question)

    with pytest.raises(ZeroDivisionError):
        ask_everywhere(QUESTIONS, lambda one: one[0], ask)
