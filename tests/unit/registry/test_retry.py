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
    _, slept = run(iter([Transient(FAULT)] * 3), RetryPolicy(jitter=0.2))
    assert all(base <= wait <= base + 0.2 for base, wait in zip([0.4, 0.8, 1.6], slept, strict=True))


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
