from __future__ import annotations

import socket
import ssl
import threading
from collections.abc import Iterator
from http.client import HTTPException, HTTPResponse, IncompleteRead, RemoteDisconnected
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.registry import wire
from publisher.registry.incoming import Incoming
from publisher.registry.wire import Wire

SOON = 5.0


class Line:
    """A connection to whoever holds the other end of a socket pair."""

    def __init__(self) -> None:
        self.sock: socket.socket | None = None
        self.timeout: float | None = None
        self.far = socket.socket()
        self.opened = 0

    @property
    def is_closed(self) -> bool:
        """Tell that it was closed, or not opened yet."""
        return self.sock is None

    @property
    def is_connected(self) -> bool:
        """Tell that the other side is there."""
        return True

    def connect(self) -> None:
        """Open it."""
        self.far.close()
        self.sock, self.far = socket.socketpair()
        self.opened += 1

    def close(self) -> None:
        """Close it."""
        if self.sock:
            self.sock.close()
        self.sock = None


@pytest.fixture
def line() -> Iterator[Line]:
    found = Line()
    yield found
    found.close()
    found.far.close()


def asked(line: Line, *pieces: bytes) -> Incoming:
    """Ask, and let the other side answer in these pieces and hang up."""
    through = Wire(line)
    assert through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    for piece in pieces:
        line.far.sendall(piece)
    line.far.shutdown(socket.SHUT_WR)
    return Incoming(through, "GET", through.answer(SOON))


def whole(incoming: Incoming, most: int, *, at_once: bool) -> bytes:
    found = b""
    while piece := incoming.read(most, at_once=at_once):
        assert len(piece) <= most
        found += piece
    assert incoming.read(most) == b""
    return found


def cut(raw: bytes, at: list[int]) -> list[bytes]:
    places = sorted({0, len(raw), *(place % (len(raw) + 1) for place in at)})
    return [raw[start:end] for start, end in pairwise(places)]


def in_chunks(body: bytes, sizes: list[int]) -> bytes:
    pieces = [piece for piece in cut(body, sizes) if piece]
    return b"".join(b"%x;a=b\r\n%s\r\n" % (len(piece), piece) for piece in pieces) + b"0\r\nT: x\r\n\r\n"


BODIES = st.binary(max_size=300)
CUTS = st.lists(st.integers(0, 400), max_size=6)


@given(BODIES, CUTS, CUTS, st.sampled_from(["length", "chunks", "end"]), st.integers(1, 200), st.booleans())
def test_a_body_arrives_however_it_is_framed_cut_and_read(
    body: bytes, chunks: list[int], cuts: list[int], framing: str, most: int, at_once: bool
) -> None:
    """What the standard library reads of the same answer is what we read."""
    said = {
        "length": b"Content-Length: %d" % len(body),
        "chunks": b"Transfer-Encoding: chunked",
        "end": b"A: b",
    }
    sent = b"HTTP/1.1 200 OK\r\nX-Y: z\r\n%s\r\n\r\n" % said[framing]
    sent += in_chunks(body, chunks) if framing == "chunks" else body
    line = Line()
    try:
        incoming = asked(line, *cut(sent, cuts))
        assert whole(incoming, most, at_once=at_once) == body == theirs(sent)
        assert incoming.is_over is (framing != "end")
    finally:
        line.close()
        line.far.close()


def theirs(sent: bytes) -> bytes:
    near, far = socket.socketpair()
    with near, far:
        far.sendall(sent)
        far.shutdown(socket.SHUT_WR)
        response = HTTPResponse(near)
        response.begin()
        return response.read()


@pytest.mark.parametrize(
    ("headers", "sent"),
    [
        (b"Content-Length: 10", b"12345"),
        (b"Content-Length: 10", b""),
        (b"Transfer-Encoding: chunked", b"a\r\n12345"),
        (b"Transfer-Encoding: chunked", b"5\r\n12345\r\n"),
    ],
)
@pytest.mark.parametrize("at_once", [True, False])
def test_a_body_that_is_cut_off_is_no_body(line: Line, headers: bytes, sent: bytes, at_once: bool) -> None:
    incoming = asked(line, b"HTTP/1.1 200 OK\r\n%s\r\n\r\n" % headers, sent)
    with pytest.raises((IncompleteRead, RemoteDisconnected)):
        whole(incoming, 4, at_once=at_once)
    assert not incoming.is_over


@pytest.mark.parametrize("headers", [b"Content-Length: 10", b"Transfer-Encoding: chunked"])
def test_what_came_before_a_cut_is_given_first(line: Line, headers: bytes) -> None:
    """Whoever goes on from there must get somewhere."""
    sent = b"12345" if headers.startswith(b"Content") else b"a\r\n12345"
    incoming = asked(line, b"HTTP/1.1 200 OK\r\n%s\r\n\r\n" % headers, sent)
    assert incoming.read(10) == b"12345"
    with pytest.raises(IncompleteRead):
        incoming.read(10)


def test_who_hangs_up_after_the_last_chunk_has_said_everything(line: Line) -> None:
    sent = b"5\r\n12345\r\n0\r\n"
    incoming = asked(line, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
    assert whole(incoming, 100, at_once=False) == b"12345"
    assert not incoming.is_over


def test_what_came_already_is_passed_over_and_nothing_is_waited_for(line: Line) -> None:
    through = Wire(line)
    for size, is_over in ((5, True), (6, False)):
        through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
        line.far.sendall(b"HTTP/1.1 404 No\r\nContent-Length: %d\r\n\r\n12345" % size)
        incoming = Incoming(through, "GET", through.answer(SOON))
        incoming.skip()
        assert incoming.is_over is is_over


def test_what_tls_has_read_on_spoils_the_connection(line: Line) -> None:
    through = Wire(line)
    through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    assert through.is_connected
    line.sock = Ahead(line.sock)  # type: ignore[assignment]
    assert not through.is_connected


class Ahead:
    """A TLS socket that holds bytes nobody asked for."""

    def __init__(self, below: socket.socket | None) -> None:
        self.close = below.close if below else lambda: None

    def pending(self) -> int:
        """Count them."""
        return 3


@pytest.mark.parametrize(
    "sent",
    [
        b"5\r\n123456\r\n0\r\n\r\n",
        b"x\r\n",
        b"-5\r\n12345\r\n",
        b"\r\n",
        b"f" * 16 + b"\r\n",
        b"1" * 5000,
        b"0\r\n" + b"a: b\r\n" * 200,
    ],
)
def test_chunks_that_are_none_are_refused(line: Line, sent: bytes) -> None:
    incoming = asked(line, b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + sent)
    with pytest.raises(HTTPException):
        whole(incoming, 100, at_once=False)


def test_answers_follow_one_another_on_one_connection(line: Line) -> None:
    through = Wire(line)
    for number in range(3):
        assert through.send(b"GET / HTTP/1.1\r\n\r\n", b"abc", SOON)
        assert line.far.recv(100).endswith(b"\r\n\r\nabc")
        line.far.sendall(
            b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n%d" % number
        )
        incoming = Incoming(through, "GET", through.answer(SOON))
        assert incoming.read(10) == b"%d" % number
        assert incoming.is_over
        assert through.is_connected
    assert line.opened == 1


def test_what_nobody_asked_for_spoils_the_connection(line: Line) -> None:
    through = Wire(line)
    through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    line.far.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\n\r\n")
    assert Incoming(through, "GET", through.answer(SOON)).read(10) == b"1"
    assert not through.is_connected
    through.close()
    assert through.is_closed
    through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    line.far.sendall(b"HTTP/1.1 204 None\r\n\r\n")
    assert through.answer(SOON).status == 204


def test_a_head_without_end_is_refused(line: Line) -> None:
    def flood() -> None:
        try:
            while True:
                line.far.sendall(b"a: b\r\n" * 1000)
        except OSError:
            return

    through = Wire(line)
    through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    flooding = threading.Thread(target=flood)
    line.far.sendall(b"HTTP/1.1 200 OK\r\n")
    flooding.start()
    with pytest.raises(HTTPException):
        through.answer(SOON)
    through.close()
    flooding.join(SOON)
    assert not flooding.is_alive()


def test_a_head_that_comes_drop_by_drop_is_given_up(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wire, "LINES_WITHIN", 0.2)
    over = threading.Event()

    def drip() -> None:
        while not over.wait(0.02):
            line.far.sendall(b"a")

    through = Wire(line)
    through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    dripping = threading.Thread(target=drip)
    dripping.start()
    try:
        with pytest.raises(TimeoutError):
            through.answer(SOON)
    finally:
        over.set()
        dripping.join(SOON)


def test_interim_answers_end(line: Line) -> None:
    with pytest.raises(HTTPException, match="interim"):
        asked(line, b"HTTP/1.1 100 Continue\r\n\r\n" * 150)


def test_a_connection_that_closes_without_an_answer(line: Line) -> None:
    with pytest.raises(RemoteDisconnected):
        asked(line)


def test_who_hangs_up_midway_may_have_answered(line: Line) -> None:
    def pieces() -> Iterator[bytes]:
        line.far.sendall(b"HTTP/1.1 403 No\r\nContent-Length: 0\r\n\r\n")
        line.far.close()
        for _ in range(100):
            yield b"x" * 65536

    through = Wire(line)
    assert not through.send(b"PUT / HTTP/1.1\r\n\r\n", pieces(), SOON)
    assert through.answer(SOON).status == 403


@pytest.mark.parametrize("error", [BrokenPipeError, ConnectionResetError, ssl.SSLEOFError])
def test_who_hangs_up_may_say_so_in_other_words(line: Line, error: type[OSError]) -> None:
    through = Wire(line)
    assert through.send(b"GET / HTTP/1.1\r\n\r\n", None, SOON)
    through.close()
    line.sock = Torn(error)  # type: ignore[assignment]
    assert not through.send(b"PUT / HTTP/1.1\r\n\r\n", iter([b"a"]), SOON)


class Torn:
    """A socket whose other side hung up."""

    def __init__(self, error: type[OSError]) -> None:
        self._error = error

    def gettimeout(self) -> float:
        """Give what is set already."""
        return SOON

    def sendall(self, _: bytes) -> None:
        """Fail."""
        raise self._error

    def close(self) -> None:
        """Close it."""
