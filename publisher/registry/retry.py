"""When a request is tried again, and how long to wait before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type, stop_after_attempt, stop_before_delay
from tenacity.wait import wait_exponential, wait_random

from publisher.errors import RegistryError

T = TypeVar("T")
Sleep = Callable[[float], object]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts and seconds.

    By default a registry that refuses connections is given up after about three seconds,
    while one that says `Retry-After` is waited for up to a minute at a time, two minutes in all.
    """

    attempts: int = 4
    first_wait: float = 0.4
    longest_wait: float = 60.0
    jitter: float = 0.2
    deadline: float = 120.0


class Transient(Exception):
    """A failure that may pass; `error` is what the user sees when it does not."""

    def __init__(self, error: RegistryError, after: float | None = None) -> None:
        super().__init__(error.what)
        self.error = error
        self.after = after


def with_retries(
    action: Callable[[], T],
    policy: RetryPolicy,
    sleep: Sleep = time.sleep,
    on_retry: Callable[[], object] = lambda: None,
) -> T:
    """Run an action, again for as long as it fails in a transient way and the policy allows.

    Raises:
        RegistryError: the last failure, or any that is not transient at once.
    """
    controller = Retrying(
        retry=retry_if_exception_type(Transient),
        stop=stop_after_attempt(policy.attempts) | stop_before_delay(policy.deadline),
        wait=lambda state: _wait(state, policy),
        sleep=lambda seconds: _discard(sleep(seconds)),
        before_sleep=lambda _: _discard(on_retry()),
        reraise=True,
    )
    try:
        return controller(action)
    except Transient as last:
        raise last.error from last.__cause__


def _wait(state: RetryCallState, policy: RetryPolicy) -> float:
    """Back off exponentially with jitter, and at least as long as the registry asks, within bounds."""
    backoff = wait_exponential(multiplier=policy.first_wait, max=policy.longest_wait) + wait_random(
        0, policy.jitter
    )
    failure = state.outcome.exception() if state.outcome else None
    asked = failure.after if isinstance(failure, Transient) else None
    return max(backoff(state), min(asked or 0.0, policy.longest_wait))


def _discard(_: object) -> None:
    """Give nothing back: tenacity wants it so."""
