"""Room on the disk for pieces of blobs: one unlinked temporary file, of which nothing is left behind."""

from __future__ import annotations

import os
import tempfile
from bisect import bisect_left
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from io import FileIO
from pathlib import Path
from threading import Lock

BLOCK = 4096
"""Bytes that the disk gives out at least; the budget counts whole blocks."""


@dataclass(frozen=True, slots=True)
class Extent:
    """A place in the file: `start` and `length` in bytes."""

    start: int
    length: int

    @property
    def room(self) -> int:
        """Give the bytes that it takes from the budget."""
        return -(-self.length // BLOCK) * BLOCK


class Spool:
    """Keeps pieces within a budget of bytes; shared by threads, which read and write side by side.

    A disk that is full or broken is no error: there is no room then, and what was kept is gone.
    """

    def __init__(self, budget: int, folder: Path | None = None) -> None:
        self._folder = folder
        self._free = [(0, budget // BLOCK * BLOCK)]
        self._file: FileIO | None = None
        self._users = 0
        self._closed = False
        self._lock = Lock()
        self.used = 0

    def put(self, piece: bytes) -> Extent | None:
        """Write a piece; None when there is no room for it."""
        with self._lock:
            extent = self._take(len(piece))
        if extent is None:
            return None
        with self._opened() as file:
            if file is not None and _written(file, piece, extent.start):
                return extent
        self.free(extent)
        return None

    def get(self, extent: Extent) -> bytes | None:
        """Read a piece; None when it is gone."""
        with self._opened() as file:
            try:
                piece = os.pread(file.fileno(), extent.length, extent.start) if file is not None else b""
            except OSError:
                return None
        return piece if len(piece) == extent.length else None

    def free(self, extent: Extent) -> None:
        """Give the room of a piece back; nobody may read it any more."""
        with self._lock:
            self.used -= extent.room
            start, end = extent.start, extent.start + extent.room
            at = bisect_left(self._free, (start, 0))
            if at < len(self._free) and self._free[at][0] == end:
                end += self._free.pop(at)[1]
            if at and sum(self._free[at - 1]) == start:
                start = self._free.pop(at - 1)[0]
                at -= 1
            self._free.insert(at, (start, end - start))

    def close(self) -> None:
        """Drop everything, as soon as those who read or write right now are done."""
        with self._lock:
            self._closed = True
            self._free = []
            if not self._users and self._file is not None:
                self._file.close()

    def _take(self, length: int) -> Extent | None:
        extent = Extent(0, length)
        for at, (start, room) in enumerate(self._free):
            if room >= extent.room:
                left = (start + extent.room, room - extent.room)
                self._free[at : at + 1] = [left] if left[1] else []
                self.used += extent.room
                return Extent(start, length)
        return None

    @contextmanager
    def _opened(self) -> Iterator[FileIO | None]:
        with self._lock:
            self._users += 1
            if self._file is None and not self._closed:
                self._file = _unlinked(self._folder)
            file = None if self._closed else self._file
        try:
            yield file
        finally:
            with self._lock:
                self._users -= 1
                if self._closed and not self._users and self._file is not None:
                    self._file.close()


def _unlinked(folder: Path | None) -> FileIO | None:
    try:
        number, name = tempfile.mkstemp(prefix="publisher-", dir=folder)
        Path(name).unlink()
    except OSError:
        return None
    return FileIO(number, "r+")


def _written(file: FileIO, piece: bytes, start: int) -> bool:
    try:
        return os.pwrite(file.fileno(), piece, start) == len(piece)
    except OSError:
        return False
