"""Blobs read once and given to everybody who waits for them."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository
from publisher.registry.kept import Keeper
from publisher.registry.shared_read import MARK_EVERY, Reader, SharedRead

OpenSource = Callable[[Repository, Descriptor, int], AbstractContextManager[Iterator[bytes]]]
"""Opens a blob of a source repository from an offset on."""


@dataclass(slots=True)
class _Fed:
    """A blob's read, the lanes that may want it (until one opens it, with its reader), and how many read."""

    read: SharedRead
    lanes: dict[str, Reader | None] = field(default_factory=dict)
    open: int = 0


class Feeds:
    """The shared reads of one transfer; all methods may be called from any thread.

    A blob is *expected* by the lanes that may have to send it.  What one of them pulls from the
    source is kept for the others: in memory up to `memory` bytes over all blobs, on the disk (a
    file in `folder`) up to `spool` bytes; who falls behind both reads the rest from the source
    itself.  There are no threads of its own: whoever needs the next piece first reads it.
    """

    def __init__(
        self,
        open_source: OpenSource,
        *,
        memory: int = 32 << 20,
        spool: int = 1 << 30,
        folder: Path | None = None,
        mark_every: int = MARK_EVERY,
    ) -> None:
        self._open_source = open_source
        self._mark_every = mark_every
        self._keeper = Keeper(memory, spool, folder)
        self._blobs: dict[Digest, _Fed] = {}
        self._state = Lock()

    @property
    def kept(self) -> tuple[int, int]:
        """Give the bytes that are kept in memory and on the disk."""
        return self._keeper.in_memory, self._keeper.on_disk

    def expect(self, source: Repository, blob: Descriptor, lanes: Collection[str]) -> None:
        """Tell which lanes may want a blob; called before any of them opens it."""
        with self._state:
            fed = self._fed(source, blob)
            for lane in lanes:
                if lane not in fed.lanes:
                    reader = fed.lanes[lane] = Reader()
                    fed.read.enlist(reader)

    def leave(self, digest: Digest, lane: str) -> None:
        """Tell that a lane does not want a blob (any more): it has it, or has given up."""
        with self._state:
            fed = self._blobs.get(digest)
            if fed is None:
                return
            reader = fed.lanes.pop(lane, None)
            if reader is not None:
                fed.read.discharge(reader)
            self._forget(digest, fed)

    @contextmanager
    def open(
        self, source: Repository, blob: Descriptor, lane: str, start: int = 0
    ) -> Iterator[Iterator[bytes]]:
        """Give a blob's verified bytes from `start` on; for each attempt of a lane once more.

        Raises:
            DigestMismatch: the source has other bytes; nobody gets the last piece of them.
            RegistryUnreachable: the source broke off and could not be taken up again.
        """
        fed, reader = self._entered(source, blob, lane, start)
        try:
            with closing(fed.read.chunks(reader)) as chunks:
                yield chunks
        finally:
            self._left(blob.digest, fed, reader)

    def close(self) -> None:
        """Drop everything that is kept."""
        with self._state:
            self._blobs.clear()
        self._keeper.close()

    def _fed(self, source: Repository, blob: Descriptor) -> _Fed:
        fed = self._blobs.get(blob.digest)
        if fed is None:

            def open_at(offset: int) -> AbstractContextManager[Iterator[bytes]]:
                return self._open_source(source, blob, offset)

            where = f"on the way from {source}"
            read = SharedRead(blob, open_at, self._keeper, self._state, self._mark_every, where)
            fed = self._blobs[blob.digest] = _Fed(read)
        return fed

    def _entered(self, source: Repository, blob: Descriptor, lane: str, start: int) -> tuple[_Fed, Reader]:
        """Take what is kept for a lane that opens a blob for the first time, else what is left of it."""
        with self._state:
            fed = self._fed(source, blob)
            reader = fed.lanes.get(lane) or Reader()
            if lane in fed.lanes:
                fed.lanes[lane] = None
            fed.read.skip(reader, start)
            reader.sharing = True
            fed.open += 1
            return fed, reader

    def _left(self, digest: Digest, fed: _Fed, reader: Reader) -> None:
        with self._state:
            reader.sharing = False
            fed.read.discharge(reader)
            fed.open -= 1
            self._forget(digest, fed)
        fed.read.release()

    def _forget(self, digest: Digest, fed: _Fed) -> None:
        if not fed.lanes and not fed.open and self._blobs.get(digest) is fed:
            del self._blobs[digest]
