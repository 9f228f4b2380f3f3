"""What a lane tells of itself, and when."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.ports.progress import Progress
from publisher.registry.engine.tally import Tally
from publisher.transfer.figures import LaneFigures, Traffic
from tests.fakes.registry import FakeRegistry


@dataclass
class Told(Progress):
    """Keeps everything that is told."""

    lanes: list[LaneFigures] = field(default_factory=list)

    def lane(self, figures: LaneFigures) -> None:
        """Keep it."""
        self.lanes.append(figures)


class Busy(FakeRegistry):
    """A registry with traffic as it is set."""

    seen = Traffic()

    @property
    def traffic(self) -> Traffic:
        return self.seen


def test_the_end_is_told_once_and_nothing_after_it() -> None:
    told = Told()
    tally = Tally("hub", FakeRegistry(), told, lambda: 0.0)
    tally.tell()
    first = tally.end()
    assert tally.end() is first
    tally.tell()
    assert [one.ended for one in told.lanes] == [False, True]


def test_a_limit_is_told_while_it_holds() -> None:
    told, registry = Told(), Busy()
    registry.seen = Traffic(requests=5, waited=1.0)
    tally = Tally("hub", registry, told, lambda: 0.0)
    registry.seen = Traffic(requests=9, retried=1, waited=31.0, waiting=True)
    tally.tell()
    tally.end()
    [now, last] = told.lanes
    assert (now.requests, now.retried, now.waited, now.waiting) == (4, 1, 30.0, True)
    assert not last.waiting
