"""One connection of the proxy to its registry."""

from __future__ import annotations

import http.client
from collections.abc import Iterable

from tests.faults.acts import Answer, Request
from tests.faults.renaming import Renaming

HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "authorization", "content-length"})
LIMIT = 64 * 1024 * 1024
"""Bytes of an answer that are passed on; the images of these tests are small."""


class Upstream:
    """Passes requests on, one after another, over a connection that is kept."""

    def __init__(self, host: str) -> None:
        self._host = host
        self._connection: http.client.HTTPConnection | None = None

    def pass_on(self, request: Request, renaming: Renaming) -> Answer:
        """Send a request and read the answer; a kept connection that has ended is opened once more.

        A registry that cannot be reached answers 502, as a load balancer in front of it would.
        """
        if self._connection is not None:
            try:
                return self._exchange(request, renaming)
            except (OSError, http.client.HTTPException):
                self.close()
        try:
            return self._exchange(request, renaming)
        except (OSError, http.client.HTTPException):
            self.close()
            return Answer(502)

    def close(self) -> None:
        """End the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _exchange(self, request: Request, renaming: Renaming) -> Answer:
        if self._connection is None:
            self._connection = http.client.HTTPConnection(self._host, timeout=30)
        connection = self._connection
        connection.putrequest(
            request.method, renaming.there(request.target), skip_host=True, skip_accept_encoding=True
        )
        for name, value in _kept(request.headers):
            connection.putheader(name, value)
        connection.putheader("Content-Length", str(len(request.body)))
        connection.endheaders(request.body)
        answer = connection.getresponse()
        body = answer.read(LIMIT)
        headers = answer.getheaders()
        if request.method != "HEAD":
            headers = list(_kept(headers))
        return Answer(answer.status, tuple((n, _back(n, v, renaming)) for n, v in headers), body)


def _kept(headers: Iterable[tuple[str, str]]) -> Iterable[tuple[str, str]]:
    return ((name, value) for name, value in headers if name.lower() not in HOP)


def _back(name: str, value: str, renaming: Renaming) -> str:
    return renaming.back(value) if name.lower() in ("location", "link") else value
