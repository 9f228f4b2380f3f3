"""One blob on its way into one repository, through drops, lost uploads and registries that forget.

After the distribution specification 1.1, "Pushing blobs": POST for a place, PUT with the bytes;
large ones in PATCHes.  What broke off is taken up again where the registry tells how far it came.
"""

from __future__ import annotations

import re
from functools import partial
from http import HTTPStatus
from urllib.parse import urlencode

from publisher.errors import AccessDenied, DigestMismatch, RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.registry.address import follow
from publisher.registry.auth import Scopes, pull_scope, push_scope
from publisher.registry.capabilities import Learned
from publisher.registry.outgoing import Outgoing
from publisher.registry.refusals import Reply, codes, refuse
from publisher.registry.retry import Transient
from publisher.registry.session import Body, Call, Session
from publisher.registry.verify import mismatch

LARGE = 128 * 1024 * 1024
"""From so many bytes on a blob is sent in parts, where the registry says how far an upload came."""
PART = 64 * 1024 * 1024
"""Bytes of one part; each has attempts and a deadline of its own."""
WORTH_ASKING = 1024 * 1024
"""Bytes from which it is cheaper to ask a registry how far it came than to begin anew."""
RESTARTS = 5
"""Times that one blob is begun anew because its upload was lost."""
_STORED = frozenset({HTTPStatus.CREATED, HTTPStatus.OK, HTTPStatus.NO_CONTENT})
_LOST_OR_NOT = frozenset({400, 404, 416})
_LOST = frozenset({"BLOB_UPLOAD_UNKNOWN", "BLOB_UPLOAD_INVALID"})
_ANY_ANSWER = frozenset({200, 202, 204, 400, 404, 405, 406, 410, 415, 416, 422, 500, 501})
_BINARY = {"Content-Type": "application/octet-stream"}
_RANGE = re.compile(r"(?:bytes=)?0-(\d{1,15})")


class Sending:
    """Begins an upload, sends, and finishes it; `arrived` when the registry turned out to have the blob.

    `place` is the address of the upload, `offset` what it has; after a failure both are in doubt.
    """

    def __init__(
        self, session: Session, learned: Learned, path: str, blob: Descriptor, outgoing: Outgoing
    ) -> None:
        self._session = session
        self._learned = learned
        self._path = path
        self._blob = blob
        self._outgoing = outgoing
        self._scopes: Scopes = frozenset({push_scope(path)})
        self._place: str | None = None
        self._offset = 0
        self._is_in_doubt = False
        self._was_resumed = False
        self._was_sent = False
        self._has_arrived = False
        self._restarts_left = RESTARTS

    def mount(self, origin: str) -> bool:
        """Ask for a mount from another repository, or this one; an upload that begins instead is used."""
        query = urlencode({"mount": self._blob.digest, "from": origin})
        scopes = self._scopes if origin == self._path else self._scopes | {pull_scope(origin)}
        call = Call("POST", f"{self._uploads}?{query}", scopes, expected=frozenset({201, 202}))
        try:
            return self._begun(self._session.ask(call))
        except AccessDenied:
            if origin == self._path:
                raise
            return False  # we may write here and not read there: send it

    def send_whole(self) -> bool:
        """Send the blob with the POST that begins its upload; an upload that begins all the same is used.

        What the registry says of such a request, if it knows none, is of no interest.
        """
        known = self._learned.now.whole_posts
        ignored = {400, 404, 405, 406, 411, 413, 415, 422} | (set() if known else {500, 501})
        query = urlencode({"digest": self._blob.digest})
        body, expected = self._outgoing.body(0, self._blob.size), frozenset({201, 202} | ignored)
        call = Call("POST", f"{self._uploads}?{query}", self._scopes, _BINARY, body, expected)
        reply = self._session.ask(call)
        if known is None:
            self._learned.learn(whole_posts=reply.status == HTTPStatus.CREATED)
        if reply.status == HTTPStatus.CREATED:
            self._compare(reply)
        return reply.status in {201, 202} and self._begun(reply)

    def send(self) -> None:
        """Send the blob into the upload that was begun, or another one.

        Raises:
            RegistryError: after all attempts; an upload in parts has new ones for each part.
        """
        self._session.retried(self._begin)
        if self._blob.size > LARGE and self._tells():
            for end in range(PART, self._blob.size, PART):
                self._session.retried(partial(self._reach, end))
        self._session.retried(self._finish)

    def cancel(self) -> None:
        """End an upload that is not needed; the registry would forget it by itself, later."""
        if self._place is None:
            return
        call = Call("DELETE", self._place, self._scopes, expected=frozenset({200, 202, 204}))
        try:
            self._session.once(call)
        except (RegistryError, Transient):
            return

    @property
    def _uploads(self) -> str:
        return f"{self._session.base}/v2/{self._path}/blobs/uploads/"

    def _begun(self, reply: Reply) -> bool:
        """Take note of the place that an answer names; True when there is nothing to send any more."""
        if reply.status == HTTPStatus.CREATED:
            return True
        self._place, self._offset = _place(reply), 0
        self._is_in_doubt = self._was_resumed = False
        return False

    def _begin(self) -> None:
        """Have a place to send to: the one that is known, what is left of it, or a new one."""
        if self._place is not None and self._is_in_doubt:
            self._ask()
        if self._place is None and not self._has_arrived:
            if self._restarts_left < 0:
                raise RegistryError("the registry loses one upload after another", where=self._session.host)
            self._restarts_left -= self._was_sent
            self._has_arrived = self._begun(self._session.once(self._anew()))

    def _anew(self) -> Call:
        """Begin another upload; when all was sent and only the answer was lost, a mount says so."""
        if self._was_sent and self._learned.now.mounts and self._blob.size >= WORTH_ASKING:
            query = urlencode({"mount": self._blob.digest, "from": self._path})
            return Call("POST", f"{self._uploads}?{query}", self._scopes, expected=frozenset({201, 202}))
        return Call("POST", self._uploads, self._scopes, expected=frozenset({202}))

    def _tells(self) -> bool:
        """Ask once for each registry whether it tells how far an upload came."""
        if self._learned.now.resumes is None and self._place is not None:
            reply = self._session.ask(Call("GET", self._place, self._scopes, expected=_ANY_ANSWER))
            self._learned.learn(resumes=_range(reply) is not None)
        return bool(self._learned.now.resumes)

    def _ask(self) -> None:
        """Find out how far an upload came that broke off; forget it where that cannot be told."""
        place = self._place or ""
        if self._learned.now.resumes is False or self._blob.size < WORTH_ASKING:
            self._place = None
            return
        reply = self._session.once(Call("GET", place, self._scopes, expected=_ANY_ANSWER))
        last, self._place = _range(reply), None
        if last is None:
            if not codes(reply.body) & _LOST:
                self._learned.learn(resumes=False)
            return
        self._learned.learn(resumes=True)
        if 0 < last < self._blob.size:  # `0-0` is said for one byte and for none
            self._place = _place(reply) if reply.headers.get("Location") else place
            self._offset, self._is_in_doubt, self._was_resumed = last + 1, False, True

    def _reach(self, end: int) -> None:
        self._begin()
        while self._offset < end and not self._has_arrived:
            self._patch(min(self._offset + PART, self._blob.size))

    def _finish(self) -> None:
        self._begin()
        if self._has_arrived:
            return
        if self._offset or (self._blob.size > LARGE and self._learned.now.resumes):
            self._reach(self._blob.size)
            self._put(b"")
        else:
            self._put(self._outgoing.body(0, self._blob.size))

    def _patch(self, end: int) -> None:
        headers = {**_BINARY, "Content-Range": f"{self._offset}-{end - 1}"}
        body = self._outgoing.body(self._offset, end)
        reply = self._sent("PATCH", self._place or "", headers, body, frozenset({202, 204}))
        last = _range(reply)
        reached = end if last is None else last + 1
        if not self._offset < reached <= end:
            self._place = None
            raise Transient(
                RegistryError("the registry lost its place in an upload", where=self._session.host)
            )
        self._offset = reached
        self._place = _place(reply) if reply.headers.get("Location") else self._place

    def _put(self, body: bytes | Body) -> None:
        place = self._place or ""
        url = f"{place}{'&' if '?' in place else '?'}{urlencode({'digest': self._blob.digest})}"
        try:
            self._compare(self._sent("PUT", url, _BINARY, body, _STORED))
        except DigestMismatch as error:
            if not self._was_resumed:
                raise
            self._place = None  # two connections wrote into one upload
            raise Transient(error) from error

    def _sent(
        self, method: str, url: str, headers: dict[str, str], body: bytes | Body, good: frozenset[int]
    ) -> Reply:
        """Send bytes into the upload; whatever fails leaves it in doubt, a lost one is forgotten."""
        self._is_in_doubt = self._was_sent = True
        call = Call(method, url, self._scopes, headers, body, good | _LOST_OR_NOT)
        reply = self._session.once(call)
        if reply.status not in _LOST_OR_NOT:
            self._is_in_doubt = False
            return reply
        error = refuse(self._session.asked(method, url), reply)
        is_lost = bool(codes(reply.body) & _LOST)
        if is_lost:
            self._place = None
        if isinstance(error, RegistryError) and (is_lost or reply.status == 416):
            raise Transient(error)
        raise error

    def _compare(self, reply: Reply) -> None:
        stored = reply.headers.get("Docker-Content-Digest")
        if stored and stored != self._blob.digest:
            raise mismatch(self._blob, self._session.host, f"the registry stored {stored[:80]!r}")


def _place(reply: Reply) -> str:
    return follow(reply.url, reply.headers.get("Location", ""))


def _range(reply: Reply) -> int | None:
    """Give the last byte that an upload has, as `Range: 0-N` says; None when it is not said."""
    match = _RANGE.fullmatch(reply.headers.get("Range", "").strip())
    return int(match[1]) if match and reply.status in {200, 202, 204} else None
