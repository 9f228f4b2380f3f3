"""Blobs to a registry: in one piece, or by a mount from another of its repositories."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from http import HTTPStatus
from urllib.parse import urlencode

from publisher.errors import RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.registry.address import follow, path_of
from publisher.registry.auth import Scopes, pull_scope, push_scope
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

    def __init__(self, session: Session, on_bytes: OnBytes) -> None:
        self._session = session
        self._on_bytes = on_bytes

    def put(self, repository: str, blob: Descriptor, open_source: OpenSource) -> None:
        """Send a blob: POST for a place, then one PUT; a retry begins anew with both."""
        path = path_of(self._session.host, repository)
        body = Body(blob.size, lambda: self._checked(blob, open_source))
        self._session.retried(lambda: self._attempt(path, blob, body))

    def mount(self, repository: str, blob: Descriptor, source: str) -> bool:
        """Mount a blob from another repository; the token must cover both."""
        path, origin = path_of(self._session.host, repository), path_of(self._session.host, source)
        scopes = frozenset({push_scope(path), pull_scope(origin)})
        query = urlencode({"mount": blob.digest, "from": origin})
        reply = self._session.ask(
            Call("POST", f"{self._uploads(path)}?{query}", scopes, expected=_MOUNTED_OR_NOT)
        )
        if reply.status == HTTPStatus.CREATED:
            return True
        self._cancel(reply, frozenset({push_scope(path)}))
        return False

    def _attempt(self, path: str, blob: Descriptor, body: Body) -> None:
        scopes = frozenset({push_scope(path)})
        started = self._session.once(Call("POST", self._uploads(path), scopes, expected=_STARTED))
        place = _place(started)
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': blob.digest})}"
        try:
            self._session.once(Call("PUT", url, scopes, _BINARY, body, _STORED))
        except BrokenOff as error:  # the source's, in the middle of it: open it once more
            raise Transient(error) from error

    def _cancel(self, reply: Reply, scopes: Scopes) -> None:
        """End an upload that the registry began instead of a mount; it would forget it by itself, later."""
        try:
            self._session.once(
                Call("DELETE", _place(reply), scopes, expected=frozenset(range(200, 300)) | {404, 405})
            )
        except (RegistryError, Transient):
            return

    @contextmanager
    def _checked(self, blob: Descriptor, open_source: OpenSource) -> Iterator[Iterator[bytes]]:
        with open_source() as chunks:
            yield verified(chunks, blob, f"on the way to {self._session.host}", self._on_bytes)

    def _uploads(self, path: str) -> str:
        return f"{self._session.base}/v2/{path}/blobs/uploads/"


def _place(reply: Reply) -> str:
    return follow(reply.url, reply.headers.get("Location", ""))
