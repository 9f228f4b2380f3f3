"""One HTTP exchange; the only importer of urllib3.

No retries, no redirects, no decoding: each of these is decided by somebody who knows what the
request is for.  urllib3's connections are used without its pool manager: that takes apart and
encodes anew the whole address of each request, which costs more CPU than all the rest of a small one.
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
from urllib3.response import HTTPResponse

from publisher.registry.address import Origin, origin
from publisher.registry.connections import NoneFree, Pool
from publisher.registry.faults import ConnectionFault, TooLarge, TooSlow, connection_fault
from publisher.registry.proxies import NO_PROXIES, Proxies, Proxy
from publisher.registry.trust import Trust

CHUNK: Final = 1024 * 1024
"""Bytes of one piece of a blob.  Each is sent under one timeout, so pieces stay small."""
SMALL: Final = 64 * 1024
"""What is left of an answer, in bytes, that is cheaper to read than to lose the connection over."""
CONNECTIONS: Final = 64
"""Connections to one host; further threads wait.  A thread that copies within a host holds two."""
POOL_WAIT: Final = 300.0
"""Seconds that a thread waits for a connection; more than that is a deadlock and must not look like work."""
SLOWEST: Final = 16 * 1024 * 1024
"""Bytes a second at which the slowest registry stores what it received, before it answers."""
_FAULTS = (HTTPError, HTTPException, OSError)
_URL = re.compile(r"(https?://[^/?#]+)([^#]*)", re.IGNORECASE)
_PLAIN = re.compile(r"/[!-~]*")


class Answer:
    """Status and headers of an answer whose body is still to be read; must be closed.

    Names of headers are looked up without regard to case.
    """

    def __init__(self, response: HTTPResponse, lent: _Lent, url: str) -> None:
        self._response = response
        self._lent = lent
        self._is_broken = False
        self.url = url
        self.status: Final[int] = response.status
        self.headers: Final[Mapping[str, str]] = response.headers

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
        """Give the connection back, usable where little is left to read."""
        left = self._response.length_remaining
        if not self._response.closed and left is not None and left <= SMALL:
            self._drop()
        is_reusable = self._response.closed and not self._is_broken
        self._response.close()
        self._lent.give_back(is_reusable=is_reusable)

    def _read(self, most: int, *, at_once: bool = False) -> bytes:
        """Read a piece, with `at_once` what is there.

        Not with urllib3's `stream`, which reads chunk headers of any length; and again until a read
        gives nothing, as only then urllib3 tells that a body was shorter than announced.
        """
        try:
            return self._response.read1(most) if at_once else self._response.read(most)
        except _FAULTS as error:
            self._is_broken = True
            raise connection_fault(error) from error

    def _drop(self) -> None:
        try:
            self._read(SMALL)
            self._read(SMALL)
        except ConnectionFault:
            return


@dataclass(slots=True)
class _Lent:
    """A connection in use; it is not `whole` when a request did not get through it entirely."""

    connection: HTTPConnection
    pool: Pool[HTTPConnection]
    is_whole: bool = True
    is_lent: bool = True

    def give_back(self, *, is_reusable: bool) -> None:
        """Give it back, once."""
        if self.is_lent:
            self.is_lent = False
            self.pool.give(self.connection, is_reusable=is_reusable and self.is_whole)


@dataclass(frozen=True, slots=True)
class _Route:
    """How an origin is reached: by which connections, what stands before each target, and further headers."""

    pool: Pool[HTTPConnection]
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
        response = None
        try:
            target = route.before + _target(target)
            response = self._exchange(lent, method, target, headers, body, length)
        except _FAULTS as error:
            raise connection_fault(error) from error
        finally:
            if response is None:
                lent.give_back(is_reusable=False)
        return Answer(response, lent, url)

    def close(self) -> None:
        """Close idle connections."""
        for route in list(self._routes.values()):
            route.pool.clear()

    def _exchange(
        self,
        lent: _Lent,
        method: str,
        target: str,
        headers: Mapping[str, str],
        body: bytes | Iterator[bytes] | None,
        length: int,
    ) -> HTTPResponse:
        connection = lent.connection
        connection.timeout = self._timeout
        if connection.is_closed:
            connection.connect()  # on its own: what is passed over below must not be a failed handshake
        try:
            connection.request(method, target, body, headers, preload_content=False, decode_content=False)
        except (BrokenPipeError, ConnectionResetError):
            lent.is_whole = (
                False  # a registry may refuse and hang up midway; its answer is there all the same
            )
        connection.timeout = self._timeout + length / SLOWEST
        return connection.getresponse()

    def _reach(self, base: str) -> _Route:
        where = origin(base)
        proxy = self._proxies.to(where)
        pool = Pool(lambda: self._connection(where, proxy), CONNECTIONS, POOL_WAIT)
        forwards = proxy is not None and where.scheme == "http"
        route = _Route(pool, base if forwards else "", proxy.headers if proxy and forwards else {})
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


def _lend(pool: Pool[HTTPConnection]) -> _Lent:
    try:
        return _Lent(pool.take(), pool)
    except NoneFree as error:
        raise ConnectionFault("every connection is in use") from error


def _target(text: str) -> str:
    """Give path and query as they are sent; addresses that a registry names may hold anything."""
    if _PLAIN.fullmatch(text):
        return text
    return quote(text if text.startswith("/") else f"/{text}", safe=string.punctuation)
