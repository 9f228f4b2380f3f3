"""How many requests a registry gets, and how fast."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from threading import Lock

WINDOW = 60.0
"""Seconds over which registries count, for example Docker Hub (docs.docker.com/docker-hub/usage/)."""
LONGEST_PAUSE = 60.0
"""Seconds that a registry may stop us for at a time, whatever it asks for."""
_LEAST_SPAN = 0.2
"""Seconds over which a rate is worked out at least: the first requests of a run come at once."""
FIRST_PAUSE = 1.0
"""Seconds without a request after a 429 that does not say how long; doubled each time in a row."""
SLOWEST = 0.2
"""Requests a second that a registry gets however often it says 429."""
REGAIN = 20.0
"""Seconds in which a registry that says no more 429 is back at the rate at which it said so."""
_REMEMBERED = 64
_RECENT = 10.0
_SOON = 1e-6


class RateLimit:
    """Let at most `per_minute` requests start in any minute, over all threads, and fewer on request.

    A registry that answers 429 stops everybody for a while, not only the thread that met it:
    otherwise the others would use up their attempts against a closed door.  Where it says how long
    (`Retry-After`), that is all.  Where it does not, the pauses grow and requests go on at half the
    rate; each success raises it again until it is no limit any more.
    """

    def __init__(
        self,
        per_minute: int | None,
        *,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], object] = time.sleep,
    ) -> None:
        self._starts: deque[float] = deque(maxlen=per_minute or _REMEMBERED)
        self._is_limited = per_minute is not None
        self._closed_until = 0.0
        self._pause = 0.0
        self._rate: float | None = None
        self._known_good = 0.0
        self._lock = Lock()
        self._clock = clock
        self._sleep = sleep

    def wait(self) -> float:
        """Return when the next request may start, which is now; give the seconds that it took."""
        waited, now = 0.0, self._clock()
        while (pause := self._begin(now)) > 0.0:
            self._sleep(pause)
            waited += pause
            now = max(now + pause, self._clock())
        return waited

    @property
    def is_shut(self) -> bool:
        """Tell whether a request would have to wait for so long that a person should know."""
        with self._lock:
            return self._next_start() - self._clock() > FIRST_PAUSE / 2

    def throttled(self, after: float | None) -> float:
        """Take note of a 429; give the seconds until a request may start.

        While the door is closed, further ones come from requests that were under way before.
        """
        with self._lock:
            now = self._now()
            if after:
                self._closed_until = max(self._closed_until, now + min(after, LONGEST_PAUSE))
            elif now >= self._closed_until:
                self._pause = min(LONGEST_PAUSE, max(FIRST_PAUSE, 2 * self._pause))
                self._closed_until = now + self._pause
                self._slow_down(now)
            return max(0.0, self._closed_until - now)

    def succeeded(self) -> None:
        """Take note of an answer that is no 429."""
        if self._rate is None and not self._pause:
            return
        with self._lock:
            if self._now() < self._closed_until:
                return
            self._pause = 0.0
            if self._rate is not None:
                self._rate += self._known_good / (REGAIN * self._rate)
                if self._rate > 2 * self._known_good:
                    self._rate = None

    def _begin(self, now: float) -> float:
        """Take the right to start, or give the seconds until one may ask again: others may be first then."""
        with self._lock:
            start = self._next_start()
            if start - now > _SOON:
                return start - now
            self._starts.append(now)
            return 0.0

    def _next_start(self) -> float:
        start = self._closed_until
        if self._rate and self._starts:
            start = max(start, self._starts[-1] + 1 / self._rate)
        if self._is_limited and len(self._starts) == self._starts.maxlen:
            start = max(start, self._starts[0] + WINDOW)
        return start

    def _now(self) -> float:
        """Give the time, which is not before the last start: who sleeps is believed to have slept."""
        return max(self._clock(), self._starts[-1] if self._starts else 0.0)

    def _slow_down(self, now: float) -> None:
        recent = [start for start in self._starts if now - start <= _RECENT]
        seen = len(recent) / max(now - recent[0], _LEAST_SPAN) if recent else SLOWEST
        self._known_good = max(SLOWEST, min(seen, self._rate or seen))
        self._rate = max(SLOWEST, self._known_good / 2)
