"""What a transfer is, does and did at one registry, in figures."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True, slots=True)
class LaneFigures:
    """One registry's part, at one moment or at the end.

    Bytes are those of blobs.  `bytes_total` and `blobs_total` are what may have to be sent; blobs
    that are mounted or there already count as done.  `requests` are all that the registry was
    asked, `retried` those that were asked again, `waited` the seconds that its limits cost, `waiting`
    whether one of them holds it up right now.  `steps_done` and `steps_total` count operations of
    every kind, checks included; 0 where they are not counted.
    """

    registry: str
    bytes_sent: int = 0
    bytes_done: int = 0
    bytes_total: int = 0
    blobs_sent: int = 0
    blobs_mounted: int = 0
    blobs_there: int = 0
    blobs_total: int = 0
    manifests: int = 0
    referrers: int = 0
    checked: int = 0
    moved: int = 0
    requests: int = 0
    retried: int = 0
    waited: float = 0.0
    seconds: float = 0.0
    ended: bool = False
    waiting: bool = False
    steps_done: int = 0
    steps_total: int = 0


def combined(first: LaneFigures, second: LaneFigures) -> LaneFigures:
    """Add up two parts of one registry, one after the other: contents and records, for example."""
    sums = {
        item.name: getattr(first, item.name) + getattr(second, item.name)
        for item in fields(LaneFigures)
        if item.name not in _STATES
    }
    return replace(second, **sums)


_STATES = frozenset({"registry", "ended", "waiting"})


@dataclass(frozen=True, slots=True)
class Traffic:
    """What one client asked its registry so far: requests, those asked again, seconds waited for limits.

    `waiting`: a limit holds up whatever would be asked now.
    """

    requests: int = 0
    retried: int = 0
    waited: float = 0.0
    waiting: bool = False
