"""Pieces of blobs that somebody still waits for: in memory, then on the disk, each within its budget."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from publisher.registry.spool import Extent, Spool

RESERVED = 4
"""One part in so many of the memory is for those who ask soon."""
Kept = bytes | Extent
"""Where a piece is: itself, or its place on the disk."""


class Keeper:
    """Keeps pieces of all blobs; shared by threads.

    What memory has no room for goes to the disk at once: the oldest pieces are those that the
    slowest lane asks for next, so they stay where they are.  A part of memory is for readers who
    are only just behind, so that one who is far behind cannot take all of it.
    """

    def __init__(self, memory: int, spool: int, folder: Path | None = None) -> None:
        self._room = memory
        self._reserve = memory // RESERVED
        self._spool = Spool(spool, folder)
        self._lock = Lock()
        self.in_memory = 0

    @property
    def on_disk(self) -> int:
        """Give the bytes of the disk that are in use."""
        return self._spool.used

    def keep(self, piece: bytes, *, soon: bool = False) -> Kept | None:
        """Keep a piece, that is asked for `soon` or later; None when there is no room for it anywhere."""
        return self.remember(piece, soon=soon) or self._spool.put(piece)

    def remember(self, piece: bytes, *, soon: bool) -> bytes | None:
        """Keep a piece in memory; None when there is no room for it there."""
        with self._lock:
            if self.in_memory + len(piece) > self._room - (0 if soon else self._reserve):
                return None
            self.in_memory += len(piece)
            return piece

    def get(self, kept: Kept) -> bytes | None:
        """Give a piece back; None when the disk has lost it."""
        return self._spool.get(kept) if isinstance(kept, Extent) else kept

    def drop(self, kept: Kept) -> None:
        """Forget a piece; nobody may ask for it any more."""
        if isinstance(kept, Extent):
            self._spool.free(kept)
            return
        with self._lock:
            self.in_memory -= len(kept)

    def close(self) -> None:
        """Forget everything."""
        self._spool.close()
