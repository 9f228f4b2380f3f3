"""What registries are seen to do while a transfer runs: sums, rates, and the time that is left."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass

from publisher.transfer.figures import LaneFigures, combined

RATE_WINDOW = 5.0
"""Seconds over which a rate is averaged."""
LEFT_WINDOW = 90.0
"""Seconds that tell how long the rest takes; longer than the minute over which registries count."""
LEAST_SEEN = 5.0
"""Seconds before which nothing is said about the time that is left."""
_HELD_UP = 0.5
"""Part of the time that limits must have cost for a registry that sends nothing to be called waiting."""

Samples = deque[tuple[float, LaneFigures]]


@dataclass(frozen=True, slots=True)
class Lane:
    """One registry at one moment: `rate` in bytes a second, `left` in seconds, None where nothing tells."""

    figures: LaneFigures
    rate: float = 0.0
    left: float | None = None
    waiting: bool = False


class Lanes:
    """Follows figures; `at` is seconds of a monotonic clock.  The caller keeps other threads out.

    A registry that begins again after its end (records after contents) goes on from the sum.
    """

    def __init__(self) -> None:
        self._before: dict[str, LaneFigures] = {}
        self._samples: dict[str, Samples] = {}

    def add(self, figures: LaneFigures, at: float) -> None:
        """Note new figures; samples older than the window are dropped, but for the one it starts at."""
        name = figures.registry
        before = self._before.get(name)
        total = combined(before, figures) if before else figures
        samples = self._samples.setdefault(name, deque())
        if samples and samples[-1][1].ended:
            samples.clear()
        samples.append((at, total))
        while len(samples) > 2 and samples[1][0] < at - LEFT_WINDOW:
            samples.popleft()
        if figures.ended:
            self._before[name] = total

    def view(self, at: float) -> tuple[Lane, ...]:
        """Give every registry at this moment, in the order in which they began."""
        return tuple(_lane(samples, at) for samples in self._samples.values())

    def of(self, registry: str, at: float) -> Lane:
        """Give one registry that was heard of."""
        return _lane(self._samples[registry], at)


def _lane(samples: Samples, at: float) -> Lane:
    now = samples[-1][1]
    if now.ended:
        return Lane(now)
    rate = _rate(samples, at)
    waiting = now.waiting or (not rate and _held_up(samples, at))
    return Lane(now, rate, None if waiting else _left(samples, at), waiting)


def _rate(samples: Samples, at: float) -> float:
    """Average over the window; what was silent for a whole window has no rate."""
    began, before = _since(samples, at - RATE_WINDOW)
    sent = samples[-1][1].bytes_sent - before.bytes_sent
    return sent / max(at - began, 0.5) if sent and at - samples[-1][0] <= RATE_WINDOW else 0.0


def _held_up(samples: Samples, at: float) -> bool:
    """Tell whether limits took most of the last seconds; several threads may wait at a time."""
    began, before = _since(samples, at - RATE_WINDOW)
    return samples[-1][1].waited - before.waited > _HELD_UP * max(at - began, 0.5)


def _left(samples: Samples, at: float) -> float | None:
    """Go on as in the window, by the slowest of bytes, blobs and steps; None where one stands still."""
    began, then = samples[0]
    now, seen = samples[-1][1], at - began
    if seen < LEAST_SEEN:
        return None
    slowest = 0.0
    for total, done, before in zip(_totals(now), _done(now), _done(then), strict=True):
        if total > done:
            if done <= before:
                return None
            slowest = max(slowest, (total - done) * seen / (done - before))
    return slowest or None


def _since(samples: Samples, start: float) -> tuple[float, LaneFigures]:
    """Give the newest sample that is not after `start`, or the oldest."""
    return next((item for item in reversed(samples) if item[0] <= start), samples[0])


def _totals(figures: LaneFigures) -> tuple[int, int, int]:
    return figures.bytes_total, figures.blobs_total, figures.steps_total


def _done(figures: LaneFigures) -> tuple[int, int, int]:
    return bytes_done(figures), blobs_done(figures), figures.steps_done


def bytes_done(figures: LaneFigures) -> int:
    """Give the bytes that are where they belong, those of blobs that are under way included."""
    return min(max(figures.bytes_done, figures.bytes_sent), figures.bytes_total)


def blobs_done(figures: LaneFigures) -> int:
    """Count the blobs that are where they belong."""
    return figures.blobs_sent + figures.blobs_mounted + figures.blobs_there
