"""One connection on which requests follow one another: what is sent, and where an answer ends.

HTTP/1.1 by RFC 9112.  Opening it (names, TLS, proxies) is urllib3's part, in `transport`.
"""

from __future__ import annotations

import re
import socket
import time
from collections.abc import Iterator
from http.client import HTTPException, IncompleteRead, LineTooLong, RemoteDisconnected
from io import BytesIO
from typing import BinaryIO, Final, Protocol, cast

from publisher.registry.heads import MAX_HEAD, Head, body_length, is_chunked, parse_head

LINES_WITHIN: Final = 60.0
"""Seconds in which a head, or what stands between two chunks, must be complete once it began."""
MAX_LINE: Final = 4096
"""Bytes of a line between two chunks."""
MAX_LINES: Final = 100
"""Lines after the last chunk."""
_INTERIM = 8
_AT_ONCE = 4096
_UNBUFFERED = 1
"""Bytes that a reader keeps: what is read of a body goes where it is needed, once."""
_END = re.compile(rb"\r?\n\r?\n")
_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")


class Opened(Protocol):
    """A connection that somebody else opens and closes."""

    sock: socket.socket | None
    timeout: float | None

    @property
    def is_closed(self) -> bool:
        """Tell that it was closed, or not opened yet."""

    @property
    def is_connected(self) -> bool:
        """Tell that the other side has neither hung up nor sent what nobody asked for."""

    def connect(self) -> None:
        """Open it."""

    def close(self) -> None:
        """Close it."""


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
        return not self._rest and self._connection.is_connected

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
        except (BrokenPipeError, ConnectionResetError):
            return False
        return True

    def answer(self, method: str, timeout: float) -> Incoming:
        """Read the head of the answer; `timeout` in seconds, for each wait.

        Raises:
            HTTPException: it is not one.
            OSError: the connection broke, or nothing came in time.
        """
        self._within(timeout)
        for _ in range(_INTERIM):
            head = parse_head(self._head())
            if not head.is_interim:
                return Incoming(self, method, head)
        raise HTTPException("one interim answer after another")

    def some(self, most: int) -> bytes:
        """Give what is there, waiting for the first byte; nothing when the other side closed."""
        if self._rest:
            piece, self._rest = self._rest[:most], self._rest[most:]
            return piece
        return self._socket.recv(most)

    def all(self, count: int) -> bytes:
        """Give so many bytes; fewer when the other side closed."""
        first = self._rest[:count]
        self._rest = self._rest[count:]
        if len(first) == count:
            return first
        rest = self._reader.read(count - len(first))
        return first + rest if first else rest

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
        deadline = 0.0
        while (found := _END.search(self._rest)) is None:
            if len(self._rest) > MAX_HEAD:
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


class Incoming:
    """An answer whose body is still to be read.

    `left`: bytes of the body that are still to come, None where only its end shows.
    """

    def __init__(self, wire: Wire, method: str, head: Head) -> None:
        self.head: Final = head
        self.left = body_length(method, head)
        self._wire = wire
        self._in_chunks = self.left is None and is_chunked(head)
        self._chunk = -1
        self._has_ended = self.left == 0

    @property
    def is_over(self) -> bool:
        """Tell that the body is read and another request may follow."""
        return self._has_ended and self.head.keeps and (self._in_chunks or self.left == 0)

    def read(self, most: int, *, at_once: bool = False) -> bytes:
        """Give a piece of the body, full but for the last, or `at_once` what is there; nothing at the end.

        Raises:
            HTTPException: it is cut off, or its chunks are none.
            OSError: the connection broke, or nothing came in time.
        """
        if self._has_ended:
            return b""
        if self._in_chunks:
            return self._chunks(most, at_once=at_once)
        count = most if self.left is None else min(most, self.left)
        piece = self._wire.some(count) if at_once else self._wire.all(count)
        if self.left is not None:
            self.left -= len(piece)
            if len(piece) < count and not (at_once and piece):
                raise IncompleteRead(b"", self.left)
        self._has_ended = self.left == 0 or not piece
        return piece

    def _chunks(self, most: int, *, at_once: bool) -> bytes:
        found = bytearray()
        while len(found) < most and not (at_once and found):
            if self._chunk <= 0:
                self._next_chunk()
            if self._has_ended:
                break
            count = min(most - len(found), self._chunk)
            piece = self._wire.some(count) if at_once else self._wire.all(count)
            self._chunk -= len(piece)
            if len(piece) < count and not (at_once and piece):
                raise IncompleteRead(b"", self._chunk)
            found += piece
        return bytes(found)

    def _next_chunk(self) -> None:
        deadline = time.monotonic() + LINES_WITHIN
        if self._chunk == 0 and self._wire.line(deadline):
            raise HTTPException("a chunk that is longer than it says")
        size = _SIZE.fullmatch(self._wire.line(deadline))
        if size is None:
            raise HTTPException("a chunk without its size")
        self._chunk = int(size[1], 16)
        if self._chunk:
            return
        for _ in range(MAX_LINES):
            if not self._wire.line(deadline):
                self._has_ended = True
                return
        raise HTTPException("lines without end after the last chunk")
