"""Adapters that are made when they are first used."""

from __future__ import annotations

import threading

import pytest

from publisher.cli.lazily import lazily
from publisher.errors import EngineUnavailable


class Thing:
    """Something with a method."""

    def answer(self) -> int:
        """Answer."""
        return 42


def test_nothing_is_made_before_the_first_use_and_one_thing_afterwards() -> None:
    made: list[Thing] = []

    def make() -> Thing:
        made.append(Thing())
        return made[-1]

    stand_in = lazily(make)
    assert made == []
    threads = [threading.Thread(target=stand_in.answer) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert stand_in.answer() == 42
    assert len(made) == 1


def test_what_could_not_be_made_is_tried_again() -> None:
    tries = iter([EngineUnavailable("not yet"), None])

    def make() -> Thing:
        if error := next(tries):
            raise error
        return Thing()

    stand_in = lazily(make)
    with pytest.raises(EngineUnavailable):
        stand_in.answer()
    assert stand_in.answer() == 42


def test_what_the_thing_lacks_is_lacking() -> None:
    with pytest.raises(AttributeError):
        _ = lazily(Thing).question
