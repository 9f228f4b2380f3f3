"""One HTTP exchange; the only importer of urllib3.

No retries, no redirects, no decoding: each of these is decided by somebody who knows what the
request is for.  urllib3 opens connections (names, TLS, proxies); `wire` and `incoming` know what goes
over them.
"""

from __future__ import annotations

import re
import string
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from http.client import HTTPException
from threading import Lock
from typing import Final
from urllib.parse import quote

from urllib3.connection import HTTPConnection, HTTPSConnection, ProxyConfig
from urllib3.exceptions import HTTPError

from publisher.registry.address import DEFAULT_PORTS, Origin, origin
from publisher.registry.connections import NoneFree, Pool
from publisher.registry.faults import ConnectionFault, TooLarge, TooSlow, connection_fault
from publisher.registry.heads import request_head
from publisher.registry.incoming import Incoming
from publisher.registry.proxies import NO_PROXIES, Proxies, Proxy
from publisher.registry.trust import Trust
from publisher.registry.wire import Wire

CHUNK: Final = 1024 * 1024
"""Bytes of one piece of a blob.  Each is sent under one timeout, so pieces stay small."""
SMALL: Final = 64 * 1024
"""Bytes of one piece of an answer that is read as a whole."""
CONNECTIONS: Final = 64
"""Connections to one host; further threads wait.  A thread that copies within a host holds two."""
POOL_WAIT: Final = 300.0
"""Seconds that a thread waits for a connection; more than that is a deadlock and must not look like work."""
SLOWEST: Final = 16 * 1024 * 1024
"""Bytes a second at which the slowest registry stores what it received, before it answers."""
_FAULTS = (HTTPError, HTTPException, OSError, UnicodeError)
_URL = re.compile(r"(https?://[^/?#]+)([^#]*)", re.IGNORECASE)
_PLAIN = re.compile(r"/[!-~]*")


class Answer:
    """Status and headers of an answer whose body is still to be read; must be closed.

    Names of headers are looked up without regard to case.
    """

    def __init__(self, incoming: Incoming, lent: _Lent, url: str) -> None:
        self._incoming = incoming
        self._lent = lent
        self.url = url
        self.status: Final[int] = incoming.head.status
        self.headers: Final[Mapping[str, str]] = incoming.head.headers

    def read(self, limit: int, within: float) -> bytes:
        """Read the body.

        Raises:
            TooLarge: it has more than `limit` bytes.
            TooSlow: it is not complete after `within` seconds.
            ConnectionFault: it broke off.
        """
        body, deadline = bytearray(), time.monotonic() + within
        while chunk := self._read(SMALL, at_once=True):
            body += chunk
            if len(body) > limit:
                raise TooLarge
            if time.monotonic() > deadline:
                raise TooSlow
        return bytes(body)

    def chunks(self) -> Iterator[bytes]:
        """Read the body in pieces of at most `CHUNK` bytes.

        Raises:
            ConnectionFault: it broke off.
        """
        while chunk := self._read(CHUNK):
            yield chunk

    def close(self) -> None:
        """Give the connection back, usable where the rest of the body came already."""
        if self._lent.is_lent and self._lent.is_whole:
            self._incoming.skip()
        self._lent.give_back(is_reusable=self._incoming.is_over)

    def _read(self, most: int, *, at_once: bool = False) -> bytes:
        try:
            return self._incoming.read(most, at_once=at_once)
        except _FAULTS as error:
            self._lent.is_whole = False
            raise connection_fault(error) from error


@dataclass(slots=True)
class _Lent:
    """A connection in use; it is not `whole` when a request or its answer did not get through entirely."""

    wire: Wire
    pool: Pool[Wire]
    is_whole: bool = True
    is_lent: bool = True

    def give_back(self, *, is_reusable: bool) -> None:
        """Give it back, once."""
        if self.is_lent:
            self.is_lent = False
            self.pool.give(self.wire, is_reusable=is_reusable and self.is_whole)


@dataclass(frozen=True, slots=True)
class _Route:
    """How an origin is reached: by which connections, under which name, what stands before each target."""

    pool: Pool[Wire]
    host: str
    before: str
    headers: Mapping[str, str]


class Transport:
    """Connections to a registry and to where it redirects, shared by threads.

    `timeout` in seconds, for each connection and for each wait within it.
    """

    def __init__(
        self, *, trust: Trust | None = None, proxies: Proxies = NO_PROXIES, timeout: float = 30.0
    ) -> None:
        self._trust = trust or Trust()
        self._proxies = proxies
        self._timeout = timeout
        self._lock = Lock()
        self._routes: dict[str, _Route] = {}

    def send(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str],
        body: bytes | Iterator[bytes] | None,
        length: int = 0,
    ) -> Answer:
        """Send a request; an iterator needs a Content-Length header, and its `length` in bytes.

        Raises:
            ConnectionFault: no answer.
        """
        match = _URL.match(url)
        base, target = (match[1], match[2]) if match else (url, "/")
        route = self._routes.get(base) or self._reach(base)
        if route.headers:
            headers = {**headers, **route.headers}
        lent = _lend(route.pool)
        incoming = None
        try:
            size = len(body or b"") if body is None or isinstance(body, bytes) else None
            head = request_head(method, route.before + _target(target), route.host, headers, size)
            lent.is_whole = lent.wire.send(head, body, self._timeout)
            answered = lent.wire.answer(self._timeout + length / SLOWEST)
            incoming = Incoming(lent.wire, method, answered)
        except _FAULTS as error:
            raise connection_fault(error) from error
        finally:
            if incoming is None:
                lent.give_back(is_reusable=False)
        return Answer(incoming, lent, url)

    def close(self) -> None:
        """Close idle connections."""
        for route in list(self._routes.values()):
            route.pool.clear()

    def _reach(self, base: str) -> _Route:
        where = origin(base)
        proxy = self._proxies.to(where)
        pool = Pool(lambda: Wire(self._connection(where, proxy)), CONNECTIONS, POOL_WAIT)
        forwards = proxy is not None and where.scheme == "http"
        further = proxy.headers if proxy and forwards else {}
        route = _Route(pool, _authority(where), base if forwards else "", further)
        with self._lock:
            return self._routes.setdefault(base, route)

    def _connection(self, where: Origin, proxy: Proxy | None) -> HTTPConnection:
        if proxy is None or where.scheme == "http":
            first = proxy.origin if proxy else where
            if first.scheme == "http":
                return HTTPConnection(first.host, first.port)
            return HTTPSConnection(first.host, first.port, ssl_context=self._trust.context)
        context, first = self._trust.context, proxy.origin
        config = ProxyConfig(
            context, use_forwarding_for_https=False, assert_hostname=None, assert_fingerprint=None
        )
        through = HTTPSConnection(first.host, first.port, ssl_context=context, proxy_config=config)
        through.set_tunnel(where.host, where.port, proxy.headers, first.scheme)
        return through


def _authority(where: Origin) -> str:
    """Name an origin as the Host header does (RFC 9110, section 7.2)."""
    host = f"[{where.host}]" if ":" in where.host else where.host
    return host if where.port == DEFAULT_PORTS[where.scheme] else f"{host}:{where.port}"


def _lend(pool: Pool[Wire]) -> _Lent:
    try:
        return _Lent(pool.take(), pool)
    except NoneFree as error:
        raise ConnectionFault("every connection is in use") from error
    except _FAULTS as error:
        raise connection_fault(error) from error


def _target(text: str) -> str:
    """Give path and query as they are sent; addresses that a registry names may hold anything."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(text if text.startswith("/") else f"/{text}", safe=string.punctuation)
