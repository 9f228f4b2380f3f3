"""Blobs in transit: what comes out has the length and the digest that were promised."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator

from publisher.errors import DigestMismatch
from publisher.oci.descriptor import Descriptor

PIECE = 1024 * 1024
"""Largest piece, in bytes."""
OnBytes = Callable[[int], object]


def verified(chunks: Iterable[bytes], blob: Descriptor, where: str, on_bytes: OnBytes) -> Iterator[bytes]:
    """Pass a blob on, in pieces; the last one is held back until length and digest are right.

    So nobody, neither a reader nor a registry, ever has the whole of a wrong blob.

    Raises:
        DigestMismatch: the bytes are more, fewer or others than promised.
    """
    seen, length, held = hashlib.sha256(), 0, b""
    for piece in _pieces(chunks):
        length += len(piece)
        if length > blob.size:
            raise _mismatch(blob, where, f"more than {blob.size} bytes")
        if held:
            on_bytes(len(held))
            yield held
        seen.update(piece)
        held = piece
    if length != blob.size:
        raise _mismatch(blob, where, f"{length} bytes instead of {blob.size}")
    if f"sha256:{seen.hexdigest()}" != blob.digest:
        raise _mismatch(blob, where, f"its bytes have the digest sha256:{seen.hexdigest()}")
    if held:
        on_bytes(len(held))
        yield held


def _pieces(chunks: Iterable[bytes]) -> Iterator[bytes]:
    for chunk in chunks:
        for start in range(0, len(chunk), PIECE):
            yield chunk[start : start + PIECE]


def _mismatch(blob: Descriptor, where: str, detail: str) -> DigestMismatch:
    return DigestMismatch(f"blob {blob.digest} is not what it should be", where=where, detail=detail)
