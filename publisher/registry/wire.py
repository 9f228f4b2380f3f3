"""One connection on which requests follow one another: what is sent, and what comes back.

HTTP/1.1 by RFC 9112.  Opening it (names, TLS, proxies) is urllib3's part, in `transport`.
"""

from __future__ import annotations

import re
import socket
import ssl
import time
from collections.abc import Iterator
from http.client import HTTPException, LineTooLong, RemoteDisconnected
from io import BytesIO
from typing import BinaryIO, Final, Protocol, cast

from publisher.registry.connections import Connection
from publisher.registry.heads import MAX_HEAD, Head, parse_head

LINES_WITHIN: Final = 60.0
"""Seconds in which a head, or what stands between two chunks, must be complete once it began."""
MAX_LINE: Final = 4096
"""Bytes of a line between two chunks."""
_INTERIM = 100
_AT_ONCE = 4096
_UNBUFFERED = 1
"""Bytes that a reader keeps: what is read of a body goes where it is needed, once."""
_END = re.compile(rb"\r?\n\r?\n")
_HUNG_UP = (BrokenPipeError, ConnectionResetError, ssl.SSLEOFError)


class Opened(Connection, Protocol):
    """A connection that somebody else opens."""

    sock: socket.socket | None
    timeout: float | None

    def connect(self) -> None:
        """Open it."""


class Wire:
    """Sends requests and reads answers, one after the other, for one thread at a time."""

    def __init__(self, connection: Opened) -> None:
        self._connection = connection
        self._reader: BinaryIO = BytesIO()
        self._rest = b""

    @property
    def is_closed(self) -> bool:
        """Tell that it was closed, or not opened yet."""
        return self._connection.is_closed

    @property
    def is_connected(self) -> bool:
        """Tell that the other side has neither hung up nor sent what nobody asked for."""
        return not self._rest and not _holds_more(self._connection.sock) and self._connection.is_connected

    def close(self) -> None:
        """Close it; it opens again by itself."""
        self._rest = b""
        self._reader.close()
        self._connection.close()

    def send(self, head: bytes, body: bytes | Iterator[bytes] | None, timeout: float) -> bool:
        """Send a request; False when the other side hung up midway: its answer may be there all the same.

        `timeout` in seconds, for connecting and for each piece.

        Raises:
            HTTPError, OSError: it did not get through.
        """
        if self._connection.is_closed:
            self._open(timeout)  # on its own: what is passed over below must not be a failed handshake
        sock = self._within(timeout)
        try:
            if body is None or isinstance(body, bytes):
                sock.sendall(head + body if body else head)
                return True
            sock.sendall(head)
            for piece in body:
                sock.sendall(piece)
        except _HUNG_UP:
            return False
        return True

    def answer(self, timeout: float) -> Head:
        """Read the head of the answer; `timeout` in seconds, for each wait.

        Raises:
            HTTPException: it is not one.
            OSError: the connection broke, or nothing came in time.
        """
        self._within(timeout)
        for _ in range(_INTERIM):
            head = parse_head(self._head())
            if not head.is_interim:
                return head
        raise HTTPException("one interim answer after another")

    def some(self, most: int) -> bytes:
        """Give what is there, waiting for the first byte; nothing when the other side closed."""
        if self._rest:
            piece, self._rest = self._rest[:most], self._rest[most:]
            return piece
        return self._socket.recv(most) or b""  # TLS within TLS says 0 for nothing

    def all(self, count: int) -> bytes:
        """Give so many bytes; fewer when the other side closed."""
        first = self._rest[:count]
        self._rest = self._rest[count:]
        if len(first) == count:
            return first
        rest = self._reader.read(count - len(first))
        return first + rest if first else rest

    def skip(self, count: int) -> bool:
        """Leave out so many bytes, if they came already."""
        if len(self._rest) < count:
            return False
        self._rest = self._rest[count:]
        return True

    def line(self, deadline: float) -> bytes:
        """Give a line without its end."""
        while (end := self._rest.find(b"\n")) < 0:
            if len(self._rest) > MAX_LINE:
                raise LineTooLong("between two chunks")
            self._more(deadline)
        line, self._rest = self._rest[:end], self._rest[end + 1 :]
        return line.rstrip(b"\r")

    def _open(self, timeout: float) -> None:
        self._connection.timeout = timeout
        self._connection.connect()
        self._reader = cast(BinaryIO, self._socket.makefile("rb", _UNBUFFERED))

    def _head(self) -> bytes:
        deadline, seen = 0.0, 0
        while (found := _END.search(self._rest, max(0, seen - 3))) is None:
            seen = len(self._rest)
            if seen > MAX_HEAD:
                raise LineTooLong("head")
            self._more(deadline)
            deadline = deadline or time.monotonic() + LINES_WITHIN
        head, self._rest = self._rest[: found.start()], self._rest[found.end() :]
        return head

    def _more(self, deadline: float) -> None:
        if deadline and time.monotonic() > deadline:
            raise TimeoutError
        more = self._socket.recv(_AT_ONCE)
        if not more:
            raise RemoteDisconnected("the connection was closed without an answer")
        self._rest += more

    @property
    def _socket(self) -> socket.socket:
        sock = self._connection.sock
        if sock is None:
            raise RemoteDisconnected("the connection is closed")
        return sock

    def _within(self, timeout: float) -> socket.socket:
        sock = self._socket
        if sock.gettimeout() != timeout:
            sock.settimeout(timeout)
        return sock


def _holds_more(sock: object) -> bool:
    """Tell whether TLS has read on, which nobody sees by looking at the connection."""
    pending = getattr(sock, "pending", None) or getattr(getattr(sock, "sslobj", None), "pending", None)
    return bool(pending and pending())
