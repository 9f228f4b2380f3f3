"""A door in front of a registry that a test can close, lock, or have fall shut at a chosen request."""

from __future__ import annotations

import base64
import http.client
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Lock, Thread

Rule = Callable[[str, str], bool]
"""Tells from method and path whether a request may pass."""
_REFUSAL = b'{"errors":[{"code":"UNAUTHORIZED","message":"who are you"}]}'
_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "authorization"})


def everything(_method: str, _path: str) -> bool:
    """Let every request pass."""
    return True


def no_version_tags(method: str, path: str) -> bool:
    """Let everything pass but the writing of version tags, `latest` included."""
    name = path.rpartition("/manifests/")[2]
    infrastructure = name.startswith(("sha256:", "sha256-", "d-", "b-", "r-"))
    return method != "PUT" or "/manifests/" not in path or infrastructure or "/publisher-records/" in path


@dataclass
class Gate:
    """Passes requests on to `upstream`; what `rule` refuses finds its connection cut.

    `login` is `user:password` where the gate wants HTTP Basic; `open` and `close` begin and end listening.
    """

    upstream: str
    rule: Rule = everything
    login: str | None = None
    port: int = 0
    _server: ThreadingHTTPServer | None = None
    _guard: Lock = field(default_factory=Lock)

    @property
    def host(self) -> str:
        """Give `host:port` under which the registry is known to the catalog."""
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen, always on the same port."""
        if self._server is None:
            self._server = _Server(("127.0.0.1", self.port), type("Handler", (_Handler,), {"gate": self}))
            self.port = self._server.server_address[1]
            Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on, and cut those that stand."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    @property
    def is_open(self) -> bool:
        """Tell whether it listens."""
        return self._server is not None

    def fall_shut_after(self, count: int, counts: Rule) -> None:
        """Let `count` requests that `counts` names pass, then cut every connection."""
        passed = 0

        def rule(method: str, path: str) -> bool:
            nonlocal passed
            with self._guard:
                passed += counts(method, path)
                return passed <= count

        self.rule = rule

    def reset(self) -> None:
        """Stand open again."""
        self.rule, self.login = everything, None
        self.open()

    def admits(self, authorization: str | None) -> bool:
        """Tell whether the credentials are right."""
        right = base64.b64encode((self.login or "").encode()).decode()
        return self.login is None or authorization == f"Basic {right}"


@contextmanager
def gate_before(upstream: str) -> Iterator[Gate]:
    """Stand in front of a registry until the block ends."""
    gate = Gate(upstream)
    gate.open()
    try:
        yield gate
    finally:
        gate.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that were cut."""


class _Handler(BaseHTTPRequestHandler):
    gate: Gate
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    timeout = 60

    def answer(self) -> None:
        body = self._body()
        self.close_connection = True  # one request a connection, so that a cut hits exactly one
        if not self.gate.is_open or not self.gate.rule(self.command, self.path):
            return
        if self.gate.admits(self.headers.get("Authorization")):
            self._pass_on(body)
        else:
            self._say(401, [("WWW-Authenticate", 'Basic realm="gate"')], _REFUSAL)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", ""):
            return self.rfile.read(int(self.headers.get("Content-Length") or 0))
        pieces = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            pieces.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(pieces)

    def _pass_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.gate.upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # some come more than once
                if name.lower() not in _HOP | {"content-length"}:
                    connection.putheader(name, value)
            connection.putheader("Content-Length", str(len(body)))
            connection.endheaders(body)
            answer = connection.getresponse()
            self._say(answer.status, answer.getheaders(), answer.read())
        finally:
            connection.close()

    def _say(self, status: int, headers: list[tuple[str, str]], body: bytes) -> None:
        self.send_response_only(status)
        described = self.command == "HEAD"  # its Content-Length tells of a body that does not come
        dropped = _HOP if described else _HOP | {"content-length"}
        length = [] if described else [("Content-Length", str(len(body)))]
        kept = [(name, value) for name, value in headers if name.lower() not in dropped]
        for name, value in (*kept, *length, ("Connection", "close")):
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            with suppress(OSError):
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
