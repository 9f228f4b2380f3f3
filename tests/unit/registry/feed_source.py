"""A source of blobs in memory that counts what it gives, and drops connections on order."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from publisher.errors import RegistryUnreachable
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository

HOME = Repository("source.test/a")
LAYER = "application/vnd.oci.image.layer.v1.tar"


def described(content: bytes) -> Descriptor:
    """Describe a blob."""
    return Descriptor(LAYER, Digest.of(content), len(content))


@dataclass
class Source:
    """Gives blobs in pieces of `piece` bytes; `drops` are places where a connection ends, once each."""

    piece: int = 3
    drops: list[int] = field(default_factory=list)
    contents: dict[Digest, bytes] = field(default_factory=dict)
    opened: list[int] = field(default_factory=list)
    given: int = 0
    connections: int = 0

    def hold(self, content: bytes, digest: Digest | None = None) -> Descriptor:
        """Take a blob in; under another digest than its own, if one is given."""
        blob = described(content)
        self.contents[digest or blob.digest] = content
        return Descriptor(LAYER, digest or blob.digest, len(content))

    @contextmanager
    def open(self, _: Repository, blob: Descriptor, start: int) -> Iterator[Iterator[bytes]]:
        """Open a blob from an offset on."""
        self.opened.append(start)
        self.connections += 1
        try:
            yield self._pieces(self.contents[blob.digest], start)
        finally:
            self.connections -= 1

    def _pieces(self, content: bytes, start: int) -> Iterator[bytes]:
        for at in range(start, len(content), self.piece):
            for drop in self.drops:
                if at <= drop < at + self.piece:
                    self.drops.remove(drop)
                    raise RegistryUnreachable("the registry broke off", where=HOME.host)
            piece = content[at : at + self.piece]
            self.given += len(piece)
            yield piece
