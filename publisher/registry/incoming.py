"""The body of an answer: where it ends, by its length, its chunks, or the end of the connection.

RFC 9112, sections 6 and 7.
"""

from __future__ import annotations

import re
import time
from http.client import HTTPException, IncompleteRead, RemoteDisconnected
from typing import Final

from publisher.registry.heads import Head, body_length, is_chunked
from publisher.registry.wire import LINES_WITHIN, Wire

MAX_LINES: Final = 100
"""Lines after the last chunk."""
_SIZE = re.compile(rb"[ \t]*(?=[0-9A-Fa-f])0*([0-9A-Fa-f]{0,15})[ \t]*(?:;.*)?")


class Incoming:
    """An answer whose body is still to be read.

    `left`: bytes of the body that are still to come, None where only its end shows.
    """

    def __init__(self, wire: Wire, method: str, head: Head) -> None:
        self.head: Final = head
        self.left = body_length(method, head)
        self._wire = wire
        self._in_chunks = self.left is None and is_chunked(head)
        self._chunk = -1
        self._has_ended = self.left == 0

    @property
    def is_over(self) -> bool:
        """Tell that the body is read and another request may follow."""
        return self._has_ended and self.head.keeps and (self._in_chunks or self.left == 0)

    def read(self, most: int, *, at_once: bool = False) -> bytes:
        """Give a piece of the body, as much as may be or `at_once` what is there; nothing at the end.

        Raises:
            HTTPException: it is cut off, or its chunks are none.
            OSError: the connection broke, or nothing came in time.
        """
        if self._in_chunks and self._chunk <= 0 and not self._has_ended:
            self._next_chunk()
        if self._has_ended:
            return b""
        left = self._chunk if self._in_chunks else self.left
        count = most if left is None else min(most, left)
        piece = self._wire.some(count) if at_once else self._wire.all(count)
        if left is None:
            self._has_ended = not piece
        elif not piece:
            raise IncompleteRead(b"", left)
        elif self._in_chunks:
            self._chunk -= len(piece)
        else:
            self.left = left - len(piece)
            self._has_ended = self.left == 0
        return piece

    def skip(self) -> None:
        """Leave out the rest of the body if it came already, so that the connection can be used again."""
        if self.left and self._wire.skip(self.left):
            self.left, self._has_ended = 0, True

    def _next_chunk(self) -> None:
        deadline = time.monotonic() + LINES_WITHIN
        if self._chunk == 0 and self._wire.line(deadline):
            raise HTTPException("a chunk that is longer than it says")
        size = _SIZE.fullmatch(self._wire.line(deadline))
        if size is None:
            raise HTTPException("a chunk without its size")
        self._chunk = int(size[1] or b"0", 16)
        if not self._chunk:
            self._end(deadline)

    def _end(self, deadline: float) -> None:
        """Pass over what follows the last chunk; who hangs up there has said everything."""
        try:
            for _ in range(MAX_LINES):
                if not self._wire.line(deadline):
                    break
            else:
                raise HTTPException("lines without end after the last chunk")
        except RemoteDisconnected:
            self._in_chunks = False
        self._has_ended = True
