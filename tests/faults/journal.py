"""What passed through the proxies of one test, all in one order, and a death at a chosen request.

One counter numbers arrivals and ends over all registries: what ended before another request
arrived has a smaller number, exactly, whatever the clocks say.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from threading import Condition

from tests.faults.kinds import Address, Kind


@dataclass(slots=True, eq=False)
class Exchange:
    """One request; `ended` is the moment at which the registry had acted, 0 until then.

    `stored` is the registry's own status, 0 when it never heard of the request; `told` is what the
    client was told, 0 when its connection was cut.  `content` is a manifest that was written.
    `orphan` is an exchange under way when the client died.  Sizes in bytes of bodies.
    """

    registry: str
    method: str
    target: str
    kind: Kind
    address: Address
    sent: int = 0
    content: bytes = b""
    arrived: int = 0
    ended: int = 0
    stored: int = 0
    told: int = 0
    received: int = 0
    fault: str = ""
    orphan: bool = False
    over: bool = False

    @property
    def acted(self) -> bool:
        """Tell whether the registry did what was asked."""
        return 200 <= self.stored < 300

    def __str__(self) -> str:
        what = f"{self.arrived} {self.registry} {self.method} {self.target.partition('?')[0]}"
        return f"{what} ({self.kind}) → {self.stored}/{self.told}{' ' + self.fault if self.fault else ''}"


@dataclass
class Journal:
    """Numbers and keeps exchanges; after a death nothing passes until somebody revives it."""

    exchanges: list[Exchange] = field(default_factory=list)
    _moment: int = 0
    _left: int = 0
    _after: bool = False
    _kill: Callable[[], object] | None = None
    _doomed: Exchange | None = None
    _dead: bool = False
    _change: Condition = field(default_factory=Condition)

    def kill_at(self, count: int, kill: Callable[[], object], *, after: bool = False) -> None:
        """Call `kill` at the `count`-th request from now on, and let nothing pass from then on.

        With `after` the registry acts on that request, and nobody hears of it.
        """
        with self._change:
            self._left, self._kill, self._after = count, kill, after
            self._dead, self._doomed = False, None

    def revive(self) -> None:
        """Let requests pass again, and forget a death that did not come."""
        with self._change:
            self._kill, self._dead, self._doomed = None, False, None

    @property
    def dead(self) -> bool:
        """Tell whether the client was killed."""
        return self._dead

    def arrive(self, exchange: Exchange) -> None:
        """Take a request in.

        Raises:
            ClientIsDead: it is the one to die at, or comes from beyond.
        """
        with self._change:
            if self._dead:
                exchange.over = True
                raise ClientIsDead
            self._moment += 1
            exchange.arrived = self._moment
            self.exchanges.append(exchange)
            self._left -= 1
            if self._kill is not None and self._left == 0:
                self._doomed = exchange
                if not self._after:
                    self._die()

    def end(self, exchange: Exchange) -> None:
        """Note that the registry has acted; the client hears of it later.

        Raises:
            ClientIsDead: it never will.
        """
        with self._change:
            self._moment += 1
            exchange.ended = self._moment
            if exchange is self._doomed:
                self._die()

    def _die(self) -> None:
        self._dead, self._doomed = True, None
        for exchange in self.exchanges:
            exchange.orphan = exchange.orphan or not exchange.over
        if self._kill is not None:
            self._kill()
        raise ClientIsDead

    def close(self, exchange: Exchange) -> None:
        """Note that the client has its answer, or never will."""
        with self._change:
            exchange.over = True
            self._change.notify_all()

    def settle(self, patience: float = 20.0) -> None:
        """Wait until nothing is under way."""
        with self._change:
            done = self._change.wait_for(lambda: all(item.over for item in self.exchanges), patience)
        assert done, [str(item) for item in self.exchanges if not item.over]

    def of(self, registry: str, *kinds: Kind, since: int = 0) -> list[Exchange]:
        """Give the exchanges of one registry, those of some kinds, after a moment."""
        return [
            item for item in self.exchanges
            if item.registry == registry and item.arrived > since and (not kinds or item.kind in kinds)
        ]  # fmt: skip

    @property
    def now(self) -> int:
        """Give the present moment."""
        return self._moment


class ClientIsDead(Exception):
    """The request comes from a process that was killed."""
