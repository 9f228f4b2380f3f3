"""The bytes of one blob on their way to one registry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from publisher.oci.descriptor import Descriptor
from publisher.ports.registry import OpenAt
from publisher.registry.session import Body
from publisher.registry.verify import OnBytes, mismatch

SMALL = 64 * 1024
"""A blob of up to so many bytes is read once and held, so that it can be sent again at no cost."""


class Outgoing:
    """Gives parts of a blob as bodies of requests; for one thread at a time.

    Its source stays open from one part to the next, and is opened again where a request did not
    take all of its part, or where the registry goes on from another place.  The source verifies
    the bytes; only their length is compared here.
    """

    def __init__(self, blob: Descriptor, open_source: OpenAt, where: str, on_bytes: OnBytes) -> None:
        self._blob = blob
        self._open_source = open_source
        self._where = where
        self._on_bytes = on_bytes
        self._small: bytes | None = None
        self._chunks: Iterator[bytes] = iter(())
        self._rest = b""
        self._at = -1
        self._source = ExitStack()

    def body(self, start: int, end: int) -> bytes | Body:
        """Give the bytes from `start` to `end`, for one request and its repetition."""
        if self._blob.size <= SMALL:
            return self._held()[start:end]
        return Body(end - start, lambda: self._part(start, end))

    def close(self) -> None:
        """Close the source."""
        self._at = -1
        self._source.close()

    def _held(self) -> bytes:
        if self._small is None:
            with self._part(0, self._blob.size) as chunks:
                self._small = b"".join(chunks)
        return self._small

    @contextmanager
    def _part(self, start: int, end: int) -> Iterator[Iterator[bytes]]:
        if self._at != start:
            self.close()
            self._chunks = self._source.enter_context(self._open_source(start))
            self._rest, self._at = b"", start
        try:
            yield self._until(end)
        finally:
            if self._at != end or end == self._blob.size:
                self.close()

    def _until(self, end: int) -> Iterator[bytes]:
        while self._at < end:
            piece = self._rest or next(self._chunks, b"")
            if not piece:
                raise mismatch(self._blob, self._where, f"{self._at} bytes instead of {self._blob.size}")
            if self._at + len(piece) > self._blob.size:
                raise mismatch(self._blob, self._where, f"more than {self._blob.size} bytes")
            self._rest = piece[end - self._at :]
            piece = piece[: end - self._at]
            self._on_bytes(len(piece))
            self._at += len(piece)
            yield piece
        if end == self._blob.size and next(self._chunks, b""):
            raise mismatch(self._blob, self._where, f"more than {self._blob.size} bytes")
