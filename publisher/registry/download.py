"""Blobs from a registry."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from publisher.errors import DigestMismatch
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.registry.address import path_of
from publisher.registry.auth import pull_scope
from publisher.registry.session import Call, Session
from publisher.registry.verify import OnBytes, verified

_FOUND_OR_NOT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})


class Downloads:
    """Read blobs through a session."""

    def __init__(self, session: Session, on_bytes: OnBytes) -> None:
        self._session = session
        self._on_bytes = on_bytes

    def has(self, repository: str, digest: Digest) -> bool:
        """Tell whether a blob is there."""
        return (
            self._session.ask(self._call("HEAD", repository, digest, _FOUND_OR_NOT)).status == HTTPStatus.OK
        )

    @contextmanager
    def open(self, repository: str, blob: Descriptor, start: int = 0) -> Iterator[Iterator[bytes]]:
        """Read a blob, verified at its end.

        Raises:
            NotFound: it is not there.
            DigestMismatch: another length is announced, or on the last chunk.
        """
        call = self._call("GET", repository, blob.digest, frozenset({HTTPStatus.OK}))
        where = f"{self._session.host}/{repository}"
        with self._session.stream(call) as (headers, chunks):
            length = headers.get("Content-Length")
            if length is not None and length != str(blob.size):
                raise DigestMismatch(
                    f"blob {blob.digest} is not what it should be",
                    where=where,
                    detail=f"{length[:20]} bytes are announced instead of {blob.size}",
                )
            yield _after(verified(chunks, blob, where, self._on_bytes), start)

    def _call(self, method: str, repository: str, digest: Digest, expected: frozenset[int]) -> Call:
        path = path_of(self._session.host, repository)
        url = f"{self._session.base}/v2/{path}/blobs/{digest}"
        return Call(method, url, frozenset({pull_scope(path)}), expected=expected)


def _after(chunks: Iterator[bytes], start: int) -> Iterator[bytes]:
    for chunk in chunks:
        if start < len(chunk):
            yield chunk[start:]
        start = max(0, start - len(chunk))
