"""A proxy on loopback that opens tunnels (CONNECT) and passes requests on, for those that know a password."""

from __future__ import annotations

import select
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from urllib.parse import urlsplit


@dataclass
class ConnectProxy:
    """`asked` are method and target of each request, `headers` what stood beside them.

    Names that only it knows are `names`; where `authorization` is set nobody else is let through.
    """

    authorization: str | None = None
    names: dict[str, tuple[str, int]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    host: str = ""

    @contextmanager
    def running(self) -> Iterator[ConnectProxy]:
        """Serve until the block ends."""
        with ThreadingHTTPServer(("127.0.0.1", 0), _handler(self)) as server:
            server.daemon_threads = True
            server.block_on_close = False
            thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
            thread.start()
            self.host = f"127.0.0.1:{server.server_address[1]}"
            try:
                yield self
            finally:
                server.shutdown()
                thread.join()

    def place(self, netloc: str) -> tuple[str, int]:
        """Give where a name leads."""
        name, _, port = netloc.partition(":")
        return self.names.get(name, (name, int(port or 80)))


def _handler(proxy: ConnectProxy) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def is_let_through(self) -> bool:
            proxy.asked.append(f"{self.command} {self.path}")
            proxy.headers.append({name.lower(): value for name, value in self.headers.items()})
            if proxy.authorization in (None, self.headers.get("Proxy-Authorization")):
                return True
            self.send_response(407)
            self.send_header("Proxy-Authenticate", 'Basic realm="proxy"')
            self.send_header("Content-Length", "0")
            self.end_headers()
            return False

        def do_CONNECT(self) -> None:
            self.close_connection = True
            if not self.is_let_through():
                return
            with socket.create_connection(proxy.place(self.path)) as far:
                self.send_response(200)
                self.end_headers()
                _join(self.connection, far)

        def pass_on(self) -> None:
            if not self.is_let_through():
                return
            parts = urlsplit(self.path)
            far = HTTPConnection(*proxy.place(parts.netloc), timeout=10)
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            kept = {
                name: value for name, value in self.headers.items() if not name.lower().startswith("proxy-")
            }
            far.request(self.command, f"{parts.path}?{parts.query}", body, kept)
            answer = far.getresponse()
            content = answer.read()
            self.send_response(answer.status)
            for name, value in answer.getheaders():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(content)
            far.close()

        do_GET = do_HEAD = do_POST = do_PUT = pass_on  # noqa: N815 - the names that http.server calls

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler


def _join(near: socket.socket, far: socket.socket) -> None:
    """Carry bytes both ways until one side has enough."""
    other = {near: far, far: near}
    with suppress(OSError):
        while True:
            for ready in select.select([near, far], [], [])[0]:
                piece = ready.recv(64 * 1024)
                if not piece:
                    return
                other[ready].sendall(piece)
