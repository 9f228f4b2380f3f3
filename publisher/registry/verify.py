"""Blobs in transit: what comes out has the length and the digest that were promised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from publisher.errors import DigestMismatch
from publisher.oci.descriptor import Descriptor

PIECE = 1024 * 1024
"""Largest piece, in bytes."""
OnBytes = Callable[[int], object]


class Verified(Iterator[bytes]):
    """A blob in pieces; the last one is held back until length and digest are right.

    So nobody, neither a reader nor a registry, ever has the whole of a wrong blob.  Who hashes
    the bytes anyway takes them by `unverified`: a hash costs more than all else on their way.

    Raises:
        DigestMismatch: the bytes are more, fewer or others than promised.
    """

    def __init__(self, chunks: Iterable[bytes], blob: Descriptor, where: str, on_bytes: OnBytes) -> None:
        self.plain = _counted(_pieces(chunks), on_bytes)
        self._pieces = _verified(self.plain, blob, where)

    def __next__(self) -> bytes:
        return next(self._pieces)


def verified(chunks: Iterable[bytes], blob: Descriptor, where: str, on_bytes: OnBytes) -> Iterator[bytes]:
    """Pass a blob on, verified."""
    return Verified(chunks, blob, where, on_bytes)


def unverified(chunks: Iterator[bytes]) -> Iterator[bytes]:
    """Give the bytes as they come, for one who verifies them himself; nothing may have been read yet."""
    return chunks.plain if isinstance(chunks, Verified) else chunks


def measured(
    chunks: Iterable[bytes], blob: Descriptor, where: str, on_bytes: OnBytes, start: int = 0
) -> Iterator[bytes]:
    """Pass on the bytes from `start` of a blob that was verified before; only their length is compared.

    Raises:
        DigestMismatch: the bytes are more or fewer than promised.
    """
    length = start
    for piece in _pieces(chunks):
        length += len(piece)
        if length > blob.size:
            raise mismatch(blob, where, f"more than {blob.size} bytes")
        on_bytes(len(piece))
        yield piece
    if length != blob.size:
        raise mismatch(blob, where, f"{length} bytes instead of {blob.size}")


def after(chunks: Iterable[bytes], start: int) -> Iterator[bytes]:
    """Leave the first `start` bytes out."""
    for chunk in chunks:
        if start < len(chunk):
            yield chunk[start:] if start else chunk
        start = max(0, start - len(chunk))


def mismatch(blob: Descriptor, where: str, detail: str) -> DigestMismatch:
    """Say what is wrong with a blob."""
    return DigestMismatch(f"blob {blob.digest} is not what it should be", where=where, detail=detail)


def _verified(pieces: Iterator[bytes], blob: Descriptor, where: str) -> Iterator[bytes]:
    seen, length, held = hashlib.sha256(), 0, b""
    for piece in pieces:
        length += len(piece)
        if length > blob.size:
            raise mismatch(blob, where, f"more than {blob.size} bytes")
        if held:
            yield held
        seen.update(piece)
        held = piece
    if length != blob.size:
        raise mismatch(blob, where, f"{length} bytes instead of {blob.size}")
    if f"sha256:{seen.hexdigest()}" != blob.digest:
        raise mismatch(blob, where, f"its bytes have the digest sha256:{seen.hexdigest()}")
    if held:
        yield held


def _counted(pieces: Iterator[bytes], on_bytes: OnBytes) -> Iterator[bytes]:
    for piece in pieces:
        on_bytes(len(piece))
        yield piece


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        if 0 < len(chunk) <= PIECE:
            yield chunk
        else:
            for start in range(0, len(chunk), PIECE):
                yield chunk[start : start + PIECE]
