"""Counting what happens in a lane, from any of its threads, and telling it now and then."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from threading import Lock
from typing import Any

from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.transfer.figures import LaneFigures, Traffic

TELL_EVERY = 0.25
"""Seconds between two tellings of one lane."""


class Tally:
    """The figures of one lane."""

    def __init__(
        self,
        name: str,
        registry: Registry,
        progress: Progress,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._name = name
        self._counts: defaultdict[str, int] = defaultdict(int)
        self._registry = registry
        self._before = registry.traffic
        self._progress = progress
        self._clock = clock
        self._began = clock()
        self._told = self._began
        self._lock = Lock()
        self._last: LaneFigures | None = None

    def expect(self, **totals: int) -> None:
        """Set what is to be done, named as in `LaneFigures`."""
        with self._lock:
            self._counts.update(totals)

    def add(self, **changes: int) -> None:
        """Add to counts, named as in `LaneFigures`; called for each piece, so it makes no figures."""
        with self._lock:
            for name, count in changes.items():
                self._counts[name] += count
            now = self._clock()
            is_due = now - self._told >= TELL_EVERY
            if is_due:
                self._told = now
        if is_due:
            self._progress.lane(self.figures())

    def figures(self, *, ended: bool = False) -> LaneFigures:
        """Give what was counted so far, with what the registry was asked meanwhile."""
        asked = _since(self._before, self._registry.traffic)
        with self._lock:
            named: dict[str, Any] = {**self._counts}
        return replace(
            LaneFigures(self._name, **named),
            requests=asked.requests,
            retried=asked.retried,
            waited=asked.waited,
            waiting=asked.waiting and not ended,
            seconds=self._clock() - self._began,
            ended=ended,
        )

    def end(self) -> LaneFigures:
        """Give the last figures, and tell them once."""
        if self._last is None:
            self._last = self.figures(ended=True)
            self._progress.lane(self._last)
        return self._last

    def tell(self) -> None:
        """Say where the lane is though nothing happens: a limit may hold it up."""
        if self._last is None:
            self._progress.lane(self.figures())


def _since(before: Traffic, now: Traffic) -> Traffic:
    return replace(
        now,
        requests=now.requests - before.requests,
        retried=now.retried - before.retried,
        waited=now.waited - before.waited,
    )
