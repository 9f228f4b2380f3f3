"""When a registry is given up: one that is dead is not asked by everybody in turn."""

from __future__ import annotations

import time
from collections.abc import Callable
from threading import Lock

from publisher.errors import RegistryUnreachable

MOST_FAILURES = 3
"""Requests in a row without an answer, each after all its attempts."""
REST = 30.0
"""Seconds until a registry that was given up is asked again, by one request."""


class GivenUp(RegistryUnreachable):
    """A registry was not even asked, because it did not answer others."""


class Circuit:
    """Open after `MOST_FAILURES` in a row; then each request fails at once, but for one in `REST` seconds."""

    def __init__(self, host: str, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._host = host
        self._clock = clock
        self._lock = Lock()
        self._failures = 0
        self._open_until = 0.0
        self._last: RegistryUnreachable | None = None

    def check(self) -> None:
        """Let a request pass.

        Raises:
            GivenUp: the registry did not answer the last ones.
        """
        if self._failures < MOST_FAILURES:
            return
        with self._lock:
            now = self._clock()
            if self._failures >= MOST_FAILURES and now < self._open_until:
                raise self._given_up()
            self._open_until = now + REST

    def succeeded(self) -> None:
        """Take note of an answer, of any kind."""
        if self._failures:
            with self._lock:
                self._failures = 0

    def failed(self, error: RegistryUnreachable) -> None:
        """Take note of a request that came to no answer, after all its attempts."""
        if isinstance(error, GivenUp) or error.where != self._host:
            return
        with self._lock:
            self._failures += 1
            self._last = error
            if self._failures >= MOST_FAILURES:
                self._open_until = self._clock() + REST

    def _given_up(self) -> GivenUp:
        last = self._last
        return GivenUp(
            f"the registry is given up after {self._failures} requests in a row without an answer",
            where=self._host,
            detail=last.detail if last else "",
            hint=last.hint if last else "",
        )
