from __future__ import annotations

from collections.abc import Iterator

import pytest

from publisher.errors import NotFound, RegistryError
from publisher.registry.retry import RetryPolicy, Transient, with_retries

FAULT = RegistryError("it failed")


def run(failures: Iterator[Exception], policy: RetryPolicy) -> tuple[int, list[float]]:
    slept: list[float] = []
    calls = 0

    def action() -> None:
        nonlocal calls
        calls += 1
        if failure := next(failures, None):
            raise failure

    try:
        with_retries(action, policy, slept.append)
    finally:
        run.last = (calls, slept)  # type: ignore[attr-defined]
    return calls, slept


def last() -> tuple[int, list[float]]:
    seen: tuple[int, list[float]] = run.last  # type: ignore[attr-defined]
    return seen


def test_what_succeeds_runs_once() -> None:
    assert run(iter([]), RetryPolicy()) == (1, [])


def test_what_passes_is_tried_again_with_growing_waits() -> None:
    calls, slept = run(iter([Transient(FAULT)] * 3), RetryPolicy(jitter=0.0))
    assert calls == 4
    assert slept == pytest.approx([0.4, 0.8, 1.6])


def test_jitter_stays_within_its_bounds() -> None:
    _, slept = run(iter([Transient(FAULT)] * 3), RetryPolicy(jitter=0.5))
    assert all(base <= wait <= 1.5 * base for base, wait in zip([0.4, 0.8, 1.6], slept, strict=True))
    assert slept != [0.4, 0.8, 1.6]


def test_attempts_end_with_the_error_itself() -> None:
    with pytest.raises(RegistryError) as failed:
        run(iter([Transient(FAULT)] * 9), RetryPolicy(attempts=3))
    assert failed.value is FAULT
    assert last()[0] == 3


def test_what_lasts_is_not_tried_again() -> None:
    with pytest.raises(NotFound):
        run(iter([NotFound("not there")]), RetryPolicy())
    assert last() == (1, [])


def test_the_registrys_wish_counts_within_bounds() -> None:
    failures = iter([Transient(FAULT, 7.0), Transient(FAULT, 1e9), Transient(FAULT, 0.0)])
    _, slept = run(failures, RetryPolicy(longest_wait=9.0, jitter=0.0, deadline=1000))
    assert slept == pytest.approx([7.0, 9.0, 1.6])


def test_a_wait_beyond_the_deadline_is_not_begun() -> None:
    with pytest.raises(RegistryError):
        run(iter([Transient(FAULT, 30.0)] * 9), RetryPolicy(deadline=20.0))
    assert last() == (1, [])


def test_a_limit_uses_up_no_attempts_but_patience() -> None:
    limited = Transient(FAULT, 10.0, is_limit=True)
    policy = RetryPolicy(attempts=2, jitter=0.0, patience=100.0)
    calls, slept = run(iter([limited] * 5 + [Transient(FAULT)]), policy)
    assert calls == 7
    assert slept == [10.0] * 5 + [0.4]
    with pytest.raises(RegistryError):
        run(iter([limited] * 50), policy)
    assert last() == (11, [10.0] * 10)


def test_the_deadline_counts_the_time_of_the_attempts_too() -> None:
    now, slept = 0.0, list[float]()

    def hang() -> None:
        nonlocal now
        now += 50.0
        raise Transient(FAULT)

    with pytest.raises(RegistryError):
        with_retries(hang, RetryPolicy(attempts=9, deadline=120.0), slept.append, clock=lambda: now)
    assert now == 200.0  # from the first failure on: a large blob may take its time before
    assert len(slept) == 3


def test_each_repetition_is_heard_of() -> None:
    heard: list[tuple[bool, float]] = []
    failures = iter([Transient(FAULT), Transient(FAULT, 5.0, is_limit=True)])

    def action() -> None:
        if failure := next(failures, None):
            raise failure

    with_retries(
        action, RetryPolicy(jitter=0.0), lambda _: None,
        on_retry=lambda failure, seconds: heard.append((failure.is_limit, seconds)),
    )  # fmt: skip
    assert heard == [(False, 0.4), (True, 5.0)]


def test_the_cause_of_the_last_failure_is_kept() -> None:
    cause = OSError("reset")

    def action() -> None:
        raise Transient(FAULT) from cause

    with pytest.raises(RegistryError) as failed:
        with_retries(action, RetryPolicy(attempts=2), lambda _: None)
    assert failed.value.__cause__ is cause
