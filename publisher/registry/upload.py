"""Blobs to a registry: sent, or mounted where the registry has them already."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from urllib.parse import urlencode

from publisher.oci.descriptor import Descriptor
from publisher.ports.registry import OpenAt, Placement
from publisher.registry.address import follow, path_of
from publisher.registry.auth import pull_scope, push_scope
from publisher.registry.capabilities import Learned
from publisher.registry.refusals import Reply
from publisher.registry.retry import Transient
from publisher.registry.session import Body, BrokenOff, Call, Session
from publisher.registry.verify import OnBytes, verified

OpenSource = Callable[[], AbstractContextManager[Iterator[bytes]]]
_STARTED = frozenset({HTTPStatus.ACCEPTED})
_STORED = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.NO_CONTENT})
_MOUNTED_OR_NOT = frozenset({HTTPStatus.CREATED, HTTPStatus.ACCEPTED})
_BINARY = {"Content-Type": "application/octet-stream"}


class Uploads:
    """Send blobs through a session."""

    def __init__(self, session: Session, learned: Learned, on_bytes: OnBytes) -> None:
        self._session = session
        self._learned = learned
        self._on_bytes = on_bytes

    def put(self, repository: str, blob: Descriptor, open_source: OpenSource) -> None:
        """Send a blob: POST for a place, then one PUT; a retry begins anew with both."""
        path = path_of(self._session.host, repository)
        body = Body(blob.size, lambda: self._checked(blob, open_source))
        self._session.retried(lambda: self._attempt(path, blob, body, None))

    def place(
        self, repository: str, blob: Descriptor, open_source: OpenAt, mount_from: str | None
    ) -> Placement:
        """Mount a blob, or send it into the upload that the registry begins instead."""
        path = path_of(self._session.host, repository)
        origin = path_of(self._session.host, mount_from) if mount_from is not None else None
        body = Body(blob.size, lambda: self._checked(blob, lambda: open_source(0)))
        return self._session.retried(lambda: self._attempt(path, blob, body, origin))

    def _attempt(self, path: str, blob: Descriptor, body: Body, origin: str | None) -> Placement:
        started = self._begin(path, blob, origin)
        if started.status == HTTPStatus.CREATED:
            return Placement.MOUNTED
        place, scopes = _place(started), frozenset({push_scope(path)})
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': blob.digest})}"
        try:
            self._session.once(Call("PUT", url, scopes, _BINARY, body, _STORED))
        except BrokenOff as error:  # the source's, in the middle of it: open it once more
            raise Transient(error) from error
        return Placement.SENT

    def _begin(self, path: str, blob: Descriptor, origin: str | None) -> Reply:
        url = f"{self._session.base}/v2/{path}/blobs/uploads/"
        if origin is None:
            return self._session.once(Call("POST", url, frozenset({push_scope(path)}), expected=_STARTED))
        query = urlencode({"mount": blob.digest, "from": origin})
        scopes = {push_scope(path)} | ({pull_scope(origin)} if origin != path else set())
        return self._session.once(Call("POST", f"{url}?{query}", frozenset(scopes), expected=_MOUNTED_OR_NOT))

    @contextmanager
    def _checked(self, blob: Descriptor, open_source: OpenSource) -> Iterator[Iterator[bytes]]:
        with open_source() as chunks:
            yield verified(chunks, blob, f"on the way to {self._session.host}", self._on_bytes)


def _place(reply: Reply) -> str:
    return follow(reply.url, reply.headers.get("Location", ""))
