"""How many requests a registry may get in a minute."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW = 60.0
"""Seconds over which registries count, for example Docker Hub (docs.docker.com/docker-hub/usage/)."""


class RateLimit:
    """Let at most `per_minute` requests start in any minute, over all threads.

    A registry that answers 429 stops everybody for a while, not only the thread that met it:
    otherwise the others would use up their attempts against a closed door.
    """

    def __init__(
        self,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._starts: deque[float] = deque(maxlen=per_minute or 1)
        self._limited = per_minute is not None
        self._closed_until = 0.0
        self._lock = Lock()
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> float:
        """Return when the next request may start; give the seconds that this took."""
        with self._lock:
            now = self._clock()
            start = max(now, self._closed_until)
            if self._limited and len(self._starts) == self._starts.maxlen:
                start = max(start, self._starts[0] + WINDOW)
            self._starts.append(start)
        if start > now:
            self._sleep(start - now)
        return start - now

    def pause(self, seconds: float) -> None:
        """Let no request start for some seconds."""
        with self._lock:
            self._closed_until = max(self._closed_until, self._clock() + seconds)
