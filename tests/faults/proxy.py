"""A proxy before one registry: it keeps a journal, and misbehaves as its rules say.

On loopback, bounded, and gone with the test: daemon threads, a deadline on every wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import ThreadingHTTPServer
from threading import Event, Thread

from tests.faults.acts import ACTS, Act, Answer, Delivery, Request
from tests.faults.journal import Exchange, Journal
from tests.faults.kinds import Kind
from tests.faults.renaming import Renaming
from tests.faults.rules import Fault, Rule, RuleBook
from tests.faults.token_guard import TokenGuard
from tests.faults.upstream import Upstream

PLAIN = Act()


@dataclass
class FaultProxy:
    """One registry, known to the client as `host`.

    `guard` asks for tokens, `renaming` gives every test repositories of its own.  `strays` are
    requests that carried credentials to the storage address, where they have no business.
    """

    name: str
    upstream: str
    journal: Journal = field(default_factory=Journal)
    guard: TokenGuard | None = None
    renaming: Renaming = field(default_factory=Renaming)
    book: RuleBook = field(default_factory=RuleBook)
    strays: list[str] = field(default_factory=list)
    ended: Event = field(default_factory=Event)
    down: bool = False
    _servers: list[ThreadingHTTPServer] = field(default_factory=list)

    @property
    def host(self) -> str:
        """Give `host:port` under which the client knows the registry."""
        return f"127.0.0.1:{self._servers[0].server_address[1]}"

    @property
    def storage(self) -> str:
        """Give another `host:port`, to which answers may lead."""
        return f"127.0.0.1:{self._servers[1].server_address[1]}"

    def rule(self, *rules: Rule) -> None:
        """Misbehave in these ways and no others; with none, behave."""
        self.book.write(rules)

    def open(self) -> None:
        """Listen, on two ports."""
        from tests.faults.handler import Server, handler_of

        for is_storage in (False, True):
            server = Server(("127.0.0.1", 0), handler_of(self, is_storage=is_storage))
            self._servers.append(server)
            Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Stop listening, and let whoever hangs go on."""
        self.ended.set()
        for server in self._servers:
            server.shutdown()
            server.server_close()

    def take(
        self, request: Request, connection: Upstream, *, is_storage: bool
    ) -> tuple[Answer, Delivery, Exchange]:
        """Carry out one request, in the way that the rules want.

        Raises:
            ClientIsDead: nothing comes back.
        """
        exchange = Exchange(
            self.name, request.method, request.target, request.kind, request.address, len(request.body),
            request.body if request.address.noun == "manifests" else b"",
        )  # fmt: skip
        try:
            self.journal.arrive(exchange)
            answer, delivery = self._answered(request, connection, exchange, is_storage=is_storage)
            exchange.told, exchange.received = answer.status, len(answer.body)
            self.journal.end(exchange)
        except BaseException:
            exchange.told = 0
            self.journal.close(exchange)
            raise
        return answer, delivery, exchange

    def _answered(
        self, request: Request, connection: Upstream, exchange: Exchange, *, is_storage: bool
    ) -> tuple[Answer, Delivery]:
        if self.down:
            return Answer(0), Delivery.CUT
        fault = None if is_storage else self.book.due(request.kind, request.address.rest)
        exchange.fault = fault or ""
        if fault is Fault.EXPIRED and self.guard:
            self.guard.expire()
        act = PLAIN if fault in (None, Fault.EXPIRED) else ACTS[fault]
        if act.instead is not None:
            return act.instead(request), act.delivery
        if guarded := self._guarded(request, is_storage=is_storage):
            return guarded, act.delivery
        changed = act.before(request) if act.before else request
        answer = connection.pass_on(changed, self.renaming)
        exchange.stored = answer.status
        return (act.after(request, answer) if act.after else answer), act.delivery

    def _guarded(self, request: Request, *, is_storage: bool) -> Answer | None:
        """Give what the guard says; None lets the request pass."""
        if is_storage:
            if any(name.lower() == "authorization" for name, _ in request.headers):
                self.strays.append(f"{request.method} {request.target}")
            return None
        if self.guard is None:
            return None
        if request.kind is Kind.TOKEN:
            return self.guard.issue(request)
        return None if self.guard.admits(request) else self.guard.challenge(request, self.host)


@contextmanager
def proxy_before(
    name: str, upstream: str, journal: Journal | None = None, guard: TokenGuard | None = None
) -> Iterator[FaultProxy]:
    """Stand in front of a registry until the block ends."""
    proxy = FaultProxy(name, upstream, journal or Journal(), guard)
    proxy.open()
    try:
        yield proxy
    finally:
        proxy.close()
