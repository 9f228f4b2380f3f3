"""Blobs from a registry."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http import HTTPStatus

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.registry.address import path_of
from publisher.registry.auth import pull_scope
from publisher.registry.capabilities import Learned
from publisher.registry.session import BrokenOff, Call, Session
from publisher.registry.verify import OnBytes, after, measured, mismatch, verified

BREAKS = 3
"""Times in a row that a registry may break off without having given anything."""
PER_BREAK = 16 * 1024 * 1024
"""Bytes of a blob for each of which it may break off once more in all."""
_FOUND_OR_NOT = frozenset({HTTPStatus.OK, HTTPStatus.NOT_FOUND})
_WHOLE_OR_PART = frozenset({HTTPStatus.OK, HTTPStatus.PARTIAL_CONTENT})
_CONTENT_RANGE = re.compile(r"bytes (\d{1,15})-\d{1,15}/(\d{1,15}|\*)")


class Downloads:
    """Read blobs through a session."""

    def __init__(self, session: Session, learned: Learned, on_bytes: OnBytes) -> None:
        self._session = session
        self._learned = learned
        self._on_bytes = on_bytes

    def has(self, repository: str, digest: Digest) -> bool:
        """Tell whether a blob is there."""
        call = self._call("HEAD", repository, digest, _FOUND_OR_NOT)
        return self._session.ask(call).status == HTTPStatus.OK

    @contextmanager
    def open(self, repository: str, blob: Descriptor, start: int = 0) -> Iterator[Iterator[bytes]]:
        """Read a blob, verified at its end; a connection that drops is taken up where it broke off.

        Raises:
            NotFound: it is not there.
            DigestMismatch: another length is announced, or on the last chunk.
        """
        where = f"{self._session.host}/{repository}"
        with ExitStack() as connection:
            chunks = self._resumed(connection, repository, blob, start)
            next(chunks)
            if start:
                yield measured(chunks, blob, where, self._on_bytes, start)
            else:
                yield verified(chunks, blob, where, self._on_bytes)

    def _resumed(self, connection: ExitStack, repository: str, blob: Descriptor, at: int) -> Iterator[bytes]:
        """Give nothing as soon as there is an answer, and then the bytes."""
        in_all, in_a_row = BREAKS + (blob.size - at) // PER_BREAK, BREAKS
        chunks = self._connect(connection, repository, blob, at)
        yield b""
        while True:
            opened_at = at
            try:
                for chunk in chunks:
                    at += len(chunk)
                    yield chunk
                return
            except BrokenOff:
                in_all, in_a_row = in_all - 1, BREAKS if at > opened_at else in_a_row - 1
                if min(in_all, in_a_row) < 0:
                    raise
            connection.close()
            chunks = self._connect(connection, repository, blob, at)

    def _connect(self, connection: ExitStack, repository: str, blob: Descriptor, at: int) -> Iterator[bytes]:
        headers = {"Range": f"bytes={at}-{blob.size - 1}"} if 0 < at < blob.size else {}
        call = self._call("GET", repository, blob.digest, _WHOLE_OR_PART, headers)
        answered, chunks = connection.enter_context(self._session.stream(call))
        where = f"{self._session.host}/{repository}"
        begin = self._begin(answered, blob, at, where) if headers else 0
        length = answered.get("Content-Length")
        if length is not None and length != str(blob.size - begin):
            detail = f"{length[:20]} bytes are announced instead of {blob.size - begin}"
            raise mismatch(blob, where, detail)
        return after(chunks, at - begin) if at > begin else chunks

    def _begin(self, answered: Mapping[str, str], blob: Descriptor, at: int, where: str) -> int:
        """Say where an answer begins: a registry may send the whole, and must not send anything else."""
        text = answered.get("Content-Range")
        self._learned.learn(ranges=text is not None)
        if text is None:
            return 0
        match = _CONTENT_RANGE.fullmatch(text.strip())
        if match is None or int(match[1]) != at or match[2] not in {"*", str(blob.size)}:
            raise mismatch(blob, where, f"{text[:80]!r} is not what was asked for, from {at}")
        return at

    def _call(
        self,
        method: str,
        repository: str,
        digest: Digest,
        expected: frozenset[int],
        headers: Mapping[str, str] | None = None,
    ) -> Call:
        path = path_of(self._session.host, repository)
        url = f"{self._session.base}/v2/{path}/blobs/{digest}"
        return Call(method, url, frozenset({pull_scope(path)}), headers or {}, expected=expected)
