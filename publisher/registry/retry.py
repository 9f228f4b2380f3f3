"""When a request is tried again, and how long to wait before."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tenacity import RetryCallState, Retrying, retry_if_exception_type
from tenacity.wait import wait_random

from publisher.errors import RegistryError

T = TypeVar("T")
Sleep = Callable[[float], object]
Clock = Callable[[], float]


@dataclass(frozen=True, slots=True)
class RetryPolicy:
    """Attempts and seconds.

    By default a registry that refuses connections is given up after about three seconds.  `deadline`
    counts from the first failure, as a large blob may take its time before that.  A request
    that a limit holds up (429) does not use up its attempts: it waits as long as all others, for
    `patience` seconds in all.  `jitter` is the most by which a wait is longer than it must be, as a
    part of it: threads that failed together should not come back together.
    """

    attempts: int = 4
    first_wait: float = 0.4
    longest_wait: float = 60.0
    jitter: float = 0.25
    deadline: float = 120.0
    patience: float = 300.0


class Transient(Exception):
    """A failure that may pass; `error` is what the user sees when it does not.

    `after`: the seconds that the registry asks for.  `is_limit`: it answered, but limits requests.
    """

    def __init__(self, error: RegistryError, after: float | None = None, *, is_limit: bool = False) -> None:
        super().__init__(error.what)
        self.error = error
        self.after = after
        self.is_limit = is_limit


def with_retries(
    action: Callable[[], T],
    policy: RetryPolicy,
    sleep: Sleep = time.sleep,
    *,
    clock: Clock = time.monotonic,
    on_retry: Callable[[Transient, float], object] = lambda _, __: None,
) -> T:
    """Run an action, again for as long as it fails in a transient way and the policy allows.

    `on_retry` hears of each failure that is tried again, and of the seconds that are waited before.

    Raises:
        RegistryError: the last failure, or any that is not transient at once.
    """
    try:
        return action()
    except Transient as failure:
        attempts = _Attempts(action, policy, clock, failure)
    controller = Retrying(
        retry=retry_if_exception_type(Transient),
        stop=attempts.are_over,
        wait=attempts.wait,
        sleep=lambda seconds: _discard(sleep(seconds)),
        before_sleep=lambda state: _discard(on_retry(_failure(state), state.upcoming_sleep)),
        reraise=True,
    )
    try:
        return controller(attempts.next)
    except Transient as last:
        raise last.error from last.__cause__


class _Attempts(Generic[T]):
    """The attempts of one action, the first of which has `failed` already: most actions need no tenacity."""

    def __init__(self, action: Callable[[], T], policy: RetryPolicy, clock: Clock, failed: Transient) -> None:
        self._action = action
        self._policy = policy
        self._clock = clock
        self._began = clock()
        self._failed: Transient | None = failed
        self._faults = 0

    def next(self) -> T:
        """Tell of the failure that is known, then try again each time."""
        if (failed := self._failed) is not None:
            self._failed = None
            raise failed
        return self._action()

    def wait(self, state: RetryCallState) -> float:
        """Back off exponentially with jitter, and at least as long as the registry asks, within bounds."""
        failure, policy = _failure(state), self._policy
        if failure.is_limit:
            return min(failure.after or policy.first_wait, policy.longest_wait)
        self._faults += 1
        backoff: float = min(policy.first_wait * 2 ** (self._faults - 1), policy.longest_wait)
        more: float = wait_random(0, policy.jitter)(state)
        return max(backoff * (1 + more), min(failure.after or 0.0, policy.longest_wait))

    def are_over(self, state: RetryCallState) -> bool:
        """Tell whether to give up, rather than to begin a wait that ends too late."""
        spent = max(self._clock() - self._began, state.idle_for) + state.upcoming_sleep
        if _failure(state).is_limit:
            return spent > self._policy.patience
        return self._faults >= self._policy.attempts or spent > self._policy.deadline


def _failure(state: RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome else None
    assert isinstance(failure, Transient)  # noqa: S101 - tenacity tries nothing else again
    return failure


def _discard(_: object) -> None:
    """Give nothing back: tenacity wants it so."""
