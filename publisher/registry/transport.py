"""One HTTP exchange; the only importer of urllib3.

No retries, no redirects, no proxies, no decoding: each of these is decided by somebody who
knows what the request is for.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Final

import urllib3
from urllib3.exceptions import HTTPError, SSLError

CHUNK: Final = 1024 * 1024
"""Bytes of one piece of a blob.  urllib3 sends each under the *connect* timeout, so pieces stay small."""
SMALL: Final = 64 * 1024
"""What is left of an answer, in bytes, that is cheaper to read than to lose the connection over."""
CONNECTIONS: Final = 64
"""Connections to one host; further threads wait.  A thread that copies within a host holds two."""

POOL_WAIT: Final = 300.0
"""Seconds that a thread waits for a connection; more than that is a deadlock and must not look like work."""


class ConnectionFault(Exception):
    """No answer, or one that broke off; `permanent` when trying again cannot help (a bad certificate)."""

    def __init__(self, detail: str, *, permanent: bool = False) -> None:
        super().__init__(detail)
        self.detail = detail
        self.permanent = permanent


class TooLarge(Exception):
    """An answer is longer than it may be."""


class Answer:
    """Status and headers of an answer whose body is still to be read; must be closed."""

    def __init__(self, response: urllib3.BaseHTTPResponse, url: str) -> None:
        self._response = response
        self.url = url

    @property
    def status(self) -> int:
        """Give the status code."""
        return self._response.status

    @property
    def headers(self) -> Mapping[str, str]:
        """Give the headers; names are looked up without regard to case."""
        return self._response.headers

    def read(self, limit: int) -> bytes:
        """Read the body.

        Raises:
            TooLarge: it has more than `limit` bytes.
            ConnectionFault: it broke off.
        """
        body = bytearray()
        for chunk in self.chunks():
            body += chunk
            if len(body) > limit:
                raise TooLarge
        return bytes(body)

    def chunks(self) -> Iterator[bytes]:
        """Read the body in pieces of at most `CHUNK` bytes.

        Not with urllib3's `stream`, which reads chunk headers of any length; and until a read gives
        nothing, as only then urllib3 tells that a body was shorter than announced.

        Raises:
            ConnectionFault: it broke off.
        """
        try:
            while chunk := self._response.read(CHUNK):
                yield chunk
        except HTTPError as error:
            raise _fault(error) from error

    def close(self) -> None:
        """Give the connection back, usable where little is left to read."""
        left = self._response.length_remaining
        if left is not None and left <= SMALL:
            self._response.drain_conn()
        else:
            self._response.close()
        self._response.release_conn()


class Transport:
    """A pool of connections, shared by threads."""

    def __init__(self, *, ca_file: str | None = None, timeout: float = 30.0) -> None:
        limits = urllib3.Timeout(connect=timeout, read=timeout)
        self._pool = urllib3.PoolManager(
            maxsize=CONNECTIONS, block=True, retries=False, timeout=limits, ca_certs=ca_file
        )

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes | Iterator[bytes] | None
    ) -> Answer:
        """Send a request; an iterator needs a Content-Length header.

        Raises:
            ConnectionFault: no answer.
        """
        try:
            response = self._pool.request(
                method,
                url,
                headers=headers,
                body=body,
                redirect=False,
                retries=False,
                preload_content=False,
                decode_content=False,
                pool_timeout=POOL_WAIT,
            )
        except HTTPError as error:
            raise _fault(error) from error
        return Answer(response, url)

    def close(self) -> None:
        """Close idle connections."""
        self._pool.clear()


def _fault(error: HTTPError) -> ConnectionFault:
    return ConnectionFault(str(error), permanent=isinstance(error, SSLError))
