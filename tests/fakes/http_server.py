"""A server on loopback that says what a test tells it to, true to HTTP or not."""

from __future__ import annotations

import ssl
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread


@dataclass(frozen=True)
class Seen:
    """A request as it came; header names in lower case; `peer` is the port that it came from."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = field(repr=False, default=b"")
    peer: int = 0


@dataclass(frozen=True)
class Said:
    """An answer; an iterator is sent without Content-Length until the other side has enough."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Iterator[bytes] = b""


class HttpServer:
    """Answers with `respond` and keeps what it saw; the first `close_after` answers end their connection."""

    def __init__(self, respond: Callable[[Seen], Said], tls: ssl.SSLContext | None = None) -> None:
        self.respond = respond
        self.tls = tls
        self.seen: list[Seen] = []
        self.host = ""
        self.close_after = 0

    @property
    def url(self) -> str:
        """Give the URL without a final slash."""
        return f"http://{self.host}"

    @contextmanager
    def running(self) -> Iterator[HttpServer]:
        """Serve until the block ends."""
        with _Server(("127.0.0.1", 0), _handler(self)) as server:
            server.daemon_threads = True
            server.block_on_close = False
            if self.tls:
                server.socket = self.tls.wrap_socket(server.socket, server_side=True)
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            self.host = f"127.0.0.1:{server.server_address[1]}"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()


class _Server(ThreadingHTTPServer):
    """Says nothing of clients that have enough."""

    def handle_error(self, request: object, client_address: object) -> None:
        if not isinstance(sys.exc_info()[1], OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]


def _handler(owner: HttpServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = (
            64 * 1024
        )  # one packet for headers and body: two would wait for each other's acknowledgement

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            headers = {name.lower(): value for name, value in self.headers.items()}
            seen = Seen(self.command, self.path, headers, body, self.client_address[1])
            owner.seen.append(seen)
            self.say(owner.respond(seen))

        do_GET = do_HEAD = do_POST = do_PUT = do_DELETE = answer  # noqa: N815 - the names that http.server calls

        def say(self, said: Said) -> None:
            endless = not isinstance(said.body, bytes)
            length = {} if endless else {"Content-Length": str(len(said.body))}  # type: ignore[arg-type]
            self.send_response(said.status)
            for name, value in {**length, **said.headers}.items():
                self.send_header(name, value)
            self.end_headers()
            self.close_connection = self.close_connection or endless or len(owner.seen) <= owner.close_after
            with suppress(OSError):
                for piece in [] if self.command == "HEAD" else _pieces(said.body):
                    self.wfile.write(piece)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler


def _pieces(body: bytes | Iterator[bytes]) -> Iterator[bytes]:
    yield from [body] if isinstance(body, bytes) else body
