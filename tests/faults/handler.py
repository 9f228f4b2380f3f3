"""The proxy's side of a connection: read a request, tell the answer, well or badly."""

from __future__ import annotations

import select
import socket
import struct
import time
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

from tests.faults.acts import Answer, Delivery, Request
from tests.faults.journal import ClientIsDead
from tests.faults.kinds import address_of, kind_of
from tests.faults.upstream import LIMIT, Upstream

if TYPE_CHECKING:
    from tests.faults.proxy import FaultProxy

PIECES = 6
PAUSE = 0.05
"""Seconds between the pieces of a slow answer."""
HANG = 8.0
"""Seconds after which even an answer that never comes ends."""


class Server(ThreadingHTTPServer):
    """Ends connections as they are: without a goodbye where they are cut."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def shutdown_request(self, request: Any) -> None:
        """Close and nothing else, so that a reset stays one."""
        self.close_request(request)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that were cut."""


def handler_of(proxy: FaultProxy, *, is_storage: bool) -> type[BaseHTTPRequestHandler]:
    """Make the handler of a proxy's registry address, or of its storage address."""
    return type("Handler", (_Handler,), {"proxy": proxy, "is_storage": is_storage})


class _Handler(BaseHTTPRequestHandler):
    proxy: FaultProxy
    is_storage: bool
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    disable_nagle_algorithm = True
    timeout = 60

    def setup(self) -> None:
        super().setup()
        self.upstream = Upstream(self.proxy.upstream)

    def finish(self) -> None:
        self.upstream.close()
        with suppress(OSError):
            super().finish()

    def answer(self) -> None:
        body = self._body()
        if body is None:
            self._cut()
            return
        request = Request(
            self.command, self.path, tuple(self.headers.items()), body,
            kind_of(self.command, self.path, body), address_of(self.path), self.proxy.storage,
        )  # fmt: skip
        try:
            answer, delivery, exchange = self.proxy.take(request, self.upstream, is_storage=self.is_storage)
        except ClientIsDead:
            self._cut()
            return
        try:
            self._deliver(answer, delivery)
        except OSError:
            self.close_connection = True
        finally:
            if delivery in (Delivery.CUT, Delivery.NEVER):
                exchange.told = 0
            self.proxy.journal.close(exchange)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _body(self) -> bytes | None:
        """Read the body; None when the client broke off or sends more than fits."""
        if "chunked" in self.headers.get("Transfer-Encoding", ""):
            return self._chunked()
        length = int(self.headers.get("Content-Length") or 0)
        body = self.rfile.read(length) if length <= LIMIT else b""
        return body if len(body) == length else None

    def _chunked(self) -> bytes | None:
        pieces: list[bytes] = []
        while size := int(self.rfile.readline(64).split(b";")[0] or b"0", 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline(64)
            if sum(map(len, pieces)) > LIMIT:
                return None
        self.rfile.readline(64)
        return b"".join(pieces)

    def _deliver(self, answer: Answer, delivery: Delivery) -> None:
        match delivery:
            case Delivery.CUT:
                self._cut()
            case Delivery.NEVER:
                self._hang()
                self._cut()
            case Delivery.WHOLE:
                self._say(answer, answer.body)
            case Delivery.HALF:
                self._say(answer, answer.body[: len(answer.body) // 2])
                self.close_connection = True
            case Delivery.SLOW:
                self._dribble(answer)

    def _hang(self) -> None:
        """Say nothing until the client has gone, or the time is up."""
        deadline = time.monotonic() + HANG
        while time.monotonic() < deadline and not self.proxy.ended.wait(PAUSE):
            if select.select([self.connection], [], [], 0)[0]:
                return

    def _say(self, answer: Answer, body: bytes) -> None:
        """Tell an answer; its length is that of the whole body, whatever part of it comes."""
        self.send_response_only(answer.status)
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.command != "HEAD" and answer.status >= 200 and answer.status != 204:
            self.send_header("Content-Length", str(len(answer.body)))
        elif self.command == "HEAD" and not answer.header("Content-Length"):
            self.send_header("Content-Length", "0")
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
        self.wfile.flush()

    def _dribble(self, answer: Answer) -> None:
        time.sleep(PAUSE)
        self._say(answer, b"")
        step = max(1, -(-len(answer.body) // PIECES))
        for start in range(0, len(answer.body) if self.command != "HEAD" else 0, step):
            time.sleep(PAUSE)
            self.wfile.write(answer.body[start : start + step])
            self.wfile.flush()

    def _cut(self) -> None:
        """Reset the connection: no lingering, so that what was not read is lost."""
        self.close_connection = True
        with suppress(OSError):
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
