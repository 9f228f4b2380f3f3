"""Registries that limit, fall silent or die: how long they are waited for, and what is counted."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from threading import Barrier, Thread

import pytest

from publisher.errors import RegistryError, RegistryUnreachable
from publisher.registry.circuit import MOST_FAILURES, GivenUp
from publisher.registry.client import RegistryClient
from publisher.registry.retry import RetryPolicy
from publisher.transfer.figures import Traffic
from tests.fakes.http_server import HttpServer, Said, Seen

QUICK = RetryPolicy(jitter=0.0)


def answers(*said: Said) -> Callable[[Seen], Said]:
    """Answer in turn, the last one for ever."""
    turns = itertools.chain(said[:-1], itertools.repeat(said[-1]))
    return lambda _: next(turns)


def client(server: HttpServer, slept: list[float], **settings: object) -> RegistryClient:
    return RegistryClient(server.host, retry=QUICK, sleep=slept.append, **settings)  # type: ignore[arg-type]


def test_requests_repetitions_and_waits_are_counted() -> None:
    slept: list[float] = []
    with HttpServer(
        answers(Said(200), Said(503), Said(429, {"Retry-After": "7"}), Said(200))
    ).running() as server:
        registry = client(server, slept)
        registry.ping()
        assert registry.traffic == Traffic(1)
        registry.ping()
        traffic = registry.traffic
    assert (traffic.requests, traffic.retried) == (4, 2)
    assert (
        7.0 <= traffic.waited < 15.0
    )  # at least what was asked for; the fault's own wait is none of a limit


def test_every_429_is_told() -> None:
    told: list[int] = []
    with HttpServer(answers(Said(429), Said(429), Said(200))).running() as server:
        client(server, [], on_throttled=lambda: told.append(1)).ping()
    assert told == [1, 1]


def test_a_limit_without_an_end_is_given_up_when_patience_ends() -> None:
    slept: list[float] = []
    with HttpServer(lambda _: Said(429)).running() as server:
        registry = client(server, slept)
        with pytest.raises(RegistryError, match="limits requests") as limited:
            registry.ping()
        assert "requests_per_minute" in limited.value.hint
        assert len(server.seen) < 20


def test_a_dead_registry_is_not_asked_by_everybody_in_turn() -> None:
    slept: list[float] = []
    with HttpServer(lambda _: Said(503)).running() as server:
        registry = client(server, slept)
        for _ in range(MOST_FAILURES):
            with pytest.raises(RegistryUnreachable, match="503"):
                registry.ping()
        asked = len(server.seen)
        for _ in range(20):
            with pytest.raises(GivenUp, match="given up after"):
                registry.ping()
        assert len(server.seen) == asked == MOST_FAILURES * QUICK.attempts


def test_a_registry_that_is_given_up_ends_the_attempts_that_are_under_way() -> None:
    failed: list[RegistryUnreachable] = []
    with HttpServer(lambda _: Said(503)).running() as server:
        registry, start = client(server, []), Barrier(8)

        def ping() -> None:
            start.wait()
            for _ in range(5):
                try:
                    registry.ping()
                except RegistryUnreachable as error:
                    failed.append(error)

        threads = [Thread(target=ping) for _ in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(failed) == 40
        assert any(isinstance(error, GivenUp) for error in failed)
        assert len(server.seen) <= 8 * QUICK.attempts


def test_refusals_are_answers_and_close_no_circuit() -> None:
    with HttpServer(lambda _: Said(404)).running() as server:
        registry = client(server, [])
        for _ in range(3 * MOST_FAILURES):
            assert registry.head_manifest("a/b", "1.0") is None
        assert len(server.seen) == 3 * MOST_FAILURES


def test_an_answer_that_comes_in_pieces_is_read_whole_and_the_connection_kept() -> None:
    said = Said(200, {"Content-Type": "application/json"}, b'{"name": "a", "tags": ["1.0"]}')
    with HttpServer(lambda _: said).running() as server:
        registry = client(server, [])
        assert [registry.tags("a/b") for _ in range(3)] == [("1.0",)] * 3
        assert len({seen.peer for seen in server.seen}) == 1
