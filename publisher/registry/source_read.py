"""One verified read of a blob from its source, taken up again where the connection breaks off."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Protocol, Self

from publisher.errors import DigestMismatch, RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.registry.verify import PIECE, mismatch, unverified

OpenAt = Callable[[int], AbstractContextManager[Iterator[bytes]]]
BREAKS = 3
"""Times that a source may break off, and once more for each `PER_BREAK` bytes of the blob."""
PER_BREAK = 16 * 1024 * 1024
SOMEWHERE = "on the way from its source"


class Hash(Protocol):
    """A running SHA-256."""

    def update(self, data: bytes, /) -> None:
        """Take more bytes in."""

    def copy(self) -> Self:
        """Give another one in the same state."""

    def hexdigest(self) -> str:
        """Give the digest of what it took in."""


class SourceRead:
    """Pulls a blob piece by piece; for one thread at a time.

    `offset` is where the next piece begins, `hash` the state of all bytes before it.  The last
    piece is given only when the length and the digest of the whole blob are right.  `where` is what
    errors name.
    """

    def __init__(
        self,
        blob: Descriptor,
        open_at: OpenAt,
        offset: int = 0,
        state: Hash | None = None,
        where: str = SOMEWHERE,
    ) -> None:
        self.offset = offset
        self.hash: Hash = state or hashlib.sha256()
        self.fault: DigestMismatch | None = None
        self.done = False
        self._blob = blob
        self._open_at = open_at
        self._where = where
        self._breaks_left = BREAKS + (blob.size - offset) // PER_BREAK
        self._opened_at = -1
        self._chunks: Iterator[bytes] | None = None
        self._connection = ExitStack()

    def pull(self) -> bytes:
        """Give the next piece, of at most `PIECE` bytes; nothing at the end.

        Raises:
            DigestMismatch: bytes or length are wrong; then and ever after.
            RegistryUnreachable: the source breaks off again and again; asking once more may help.
        """
        if self.fault:
            raise self.fault
        if self.done:
            return b""
        try:
            return self._checked(self._chunk())
        except DigestMismatch as error:
            self.fault = error
            self.release()
            raise

    def release(self) -> None:
        """Close the connection; the next pull opens another one."""
        self._chunks = None
        self._connection.close()

    def _checked(self, piece: bytes) -> bytes:
        end = self.offset + len(piece)
        if end > self._blob.size:
            raise mismatch(self._blob, self._where, f"more than {self._blob.size} bytes")
        if not piece and end < self._blob.size:
            raise mismatch(self._blob, self._where, f"{end} bytes instead of {self._blob.size}")
        self.hash.update(piece)
        if end == self._blob.size:
            self._finish(more=bool(piece))
        self.offset = end
        return piece

    def _finish(self, *, more: bool) -> None:
        found = f"sha256:{self.hash.hexdigest()}"
        if more and self._surplus():
            raise mismatch(self._blob, self._where, f"more than {self._blob.size} bytes")
        if found != self._blob.digest:
            raise mismatch(self._blob, self._where, f"its bytes have the digest {found}")
        self.done = True
        self.release()

    def _surplus(self) -> bool:
        """Read to the end of the answer; one that breaks off after the last byte was whole."""
        try:
            return bool(self._chunks and next(self._chunks, b""))
        except RegistryUnreachable:
            return False

    def _chunk(self) -> bytes:
        while True:
            try:
                return next(self._opened(), b"")
            except RegistryUnreachable:
                gained = self.offset > self._opened_at
                self.release()
                if not gained or not self._breaks_left:
                    raise
                self._breaks_left -= 1

    def _opened(self) -> Iterator[bytes]:
        if self._chunks is None:
            self._opened_at = self.offset
            chunks = self._connection.enter_context(self._open_at(self.offset))
            self._chunks = _cut(unverified(chunks))
        return self._chunks


def _cut(chunks: Iterator[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if len(chunk) <= PIECE:
            if chunk:
                yield chunk
            continue
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]
