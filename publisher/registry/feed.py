"""Blobs read once and given to everybody who waits for them.  (Interface; FEED fills it in.)"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import AbstractContextManager

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository

OpenSource = Callable[[Repository, Descriptor, int], AbstractContextManager[Iterator[bytes]]]
"""Opens a blob of a source repository from an offset on."""


class Feeds:
    """The shared reads of one transfer; all methods may be called from any thread.

    A blob is *expected* by the lanes that may have to send it.  What one of them pulls from the
    source is kept for the others: in memory up to `memory` bytes over all blobs, on the disk up
    to `spool` bytes; who falls behind both reads the rest from the source itself.
    """

    def __init__(self, open_source: OpenSource, *, memory: int = 32 << 20, spool: int = 1 << 30) -> None:
        self._open_source = open_source

    def expect(self, source: Repository, blob: Descriptor, lanes: Collection[str]) -> None:
        """Tell which lanes may want a blob; called before any of them opens it."""

    def leave(self, digest: Digest, lane: str) -> None:
        """Tell that a lane does not want a blob (any more): it has it, or has given up."""

    def open(
        self, source: Repository, blob: Descriptor, lane: str, start: int = 0
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Give a blob's verified bytes from `start` on; for each attempt of a lane once more."""
        return self._open_source(source, blob, start)

    def close(self) -> None:
        """Drop everything that is kept."""
