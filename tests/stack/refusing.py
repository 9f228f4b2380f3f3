"""A small proxy before a registry that lets it refuse kinds of manifests, as some registries do.

Huawei's SWR, for one, takes Docker's media types only, no indexes, and nothing with a subject.
"""

from __future__ import annotations

import http.client
import json
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from enum import StrEnum
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length"})
_MANIFEST = "/manifests/"
_REFUSAL = b'{"errors":[{"code":"MANIFEST_INVALID","message":"manifest invalid"}]}'


class Refused(StrEnum):
    """A kind of manifest that the registry does not take."""

    INDEXES = "indexes"
    OCI_TYPES = "oci-types"
    ARTIFACTS = "artifacts"


@dataclass
class RefusingRegistry:
    """Passes requests on to `upstream`, but for the writing of what it refuses, with `status`."""

    upstream: str
    refuses: Collection[Refused]
    status: int = 400
    port: int = 0
    refused: list[str] = field(default_factory=list)
    _server: ThreadingHTTPServer | None = None

    @property
    def host(self) -> str:
        """Give `host:port` under which the registry is known to the catalog."""
        return f"127.0.0.1:{self.port}"

    def open(self) -> None:
        """Listen, always on the same port."""
        if self._server is None:
            handler = type("Handler", (_Handler,), {"registry": self})
            self._server = _Server(("127.0.0.1", self.port), handler)
            self.port = self._server.server_address[1]
            Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        """Refuse connections from now on."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None

    def takes(self, path: str, media_type: str, body: bytes) -> bool:
        """Tell whether a manifest is accepted; what is not is noted."""
        kinds = kinds_of(media_type, body) & frozenset(self.refuses)
        if kinds:
            self.refused.append(f"{path} {', '.join(sorted(kinds))}")
        return not kinds


def kinds_of(media_type: str, body: bytes) -> frozenset[Refused]:
    """Give the kinds that a manifest is of."""
    try:
        plain: Any = json.loads(body)
    except ValueError:
        return frozenset()
    kind = plain.get("mediaType") or media_type
    found = {
        Refused.INDEXES: "manifests" in plain,
        Refused.OCI_TYPES: ".oci." in kind,
        Refused.ARTIFACTS: "subject" in plain or "artifactType" in plain,
    }
    return frozenset(one for one, holds in found.items() if holds)


@contextmanager
def refusing_before(upstream: str, *refuses: Refused, status: int = 400) -> Iterator[RefusingRegistry]:
    """Stand in front of a registry until the block ends."""
    made = RefusingRegistry(upstream, refuses, status)
    made.open()
    try:
        yield made
    finally:
        made.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 64

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing of connections that were cut."""


class _Handler(BaseHTTPRequestHandler):
    registry: RefusingRegistry
    protocol_version = "HTTP/1.1"
    wbufsize = 64 * 1024
    timeout = 60

    def answer(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        writes = self.command == "PUT" and _MANIFEST in self.path
        if writes and not self.registry.takes(self.path, self.headers.get("Content-Type", ""), body):
            self._say(self.registry.status, [("Content-Type", "application/json")], _REFUSAL)
        else:
            self._pass_on(body)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = answer  # noqa: N815 - http.server's names

    def _pass_on(self, body: bytes) -> None:
        connection = http.client.HTTPConnection(self.registry.upstream, timeout=60)
        try:
            connection.putrequest(self.command, self.path, skip_host=True, skip_accept_encoding=True)
            for name, value in self.headers.items():  # some come more than once
                if name.lower() not in _HOP:
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
        dropped = _HOP - {"content-length"} if described else _HOP
        length = [] if described else [("Content-Length", str(len(body)))]
        kept = [(name, value) for name, value in headers if name.lower() not in dropped]
        for name, value in (*kept, *length):
            self.send_header(name, value)
        self.end_headers()
        if not described:
            with suppress(OSError):
                self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""
