"""Blobs to a registry, with as few requests as it allows: mounted, sent whole, or sent in an upload."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from threading import Lock

from publisher.errors import RegistryError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.ports.registry import OpenAt, Placement
from publisher.registry.address import path_of
from publisher.registry.capabilities import Learned
from publisher.registry.download import Downloads
from publisher.registry.outgoing import SMALL, Outgoing
from publisher.registry.sending import Sending
from publisher.registry.session import Session
from publisher.registry.verify import OnBytes, after, verified

OpenSource = Callable[[], AbstractContextManager[Iterator[bytes]]]
WHOLE = 16 * 1024 * 1024
"""Bytes up to which a blob comes with the POST, where that was seen to work: nothing of it can be resumed."""


class Uploads:
    """Send blobs through a session, learning on the way what the registry can do."""

    def __init__(self, session: Session, learned: Learned, downloads: Downloads, on_bytes: OnBytes) -> None:
        self._session = session
        self._learned = learned
        self._downloads = downloads
        self._on_bytes = on_bytes
        self._placed: set[tuple[str, Digest]] = set()
        self._unprobed = Lock()

    def put(self, repository: str, blob: Descriptor, open_source: OpenSource) -> None:
        """Send a blob from a source that is not verified, whether it is there or not."""
        where = f"on the way to {self._session.host}"

        @contextmanager
        def open_at(start: int) -> Iterator[Iterator[bytes]]:
            with open_source() as chunks:
                yield after(verified(chunks, blob, where, _uncounted), start)

        with self._sending(repository, blob, open_at) as sending:
            sending.send()

    def place(
        self, repository: str, blob: Descriptor, open_source: OpenAt, mount_from: str | None
    ) -> Placement:
        """Bring a blob into a repository; see the port."""
        path = path_of(self._session.host, repository)
        origin = path_of(self._session.host, mount_from) if mount_from is not None else None
        with self._sending(repository, blob, open_source) as sending:
            placement = self._place(sending, path, blob, origin)
        self._placed.add((path, blob.digest))
        return placement

    def _place(self, sending: Sending, path: str, blob: Descriptor, origin: str | None) -> Placement:
        if origin is not None and self._is_there(sending, path, blob, origin):
            return Placement.MOUNTED
        if origin is not None and self._learned.now.mounts is not False:
            sending.send()
            self._probe(sending, path, blob.digest)
        elif not (self._may_come_whole(blob) and sending.send_whole()):
            sending.send()
        return Placement.SENT

    def _is_there(self, sending: Sending, path: str, blob: Descriptor, origin: str) -> bool:
        """Mount the blob; where mounts are declined, or not known to work, look for a large one."""
        known = self._learned.now.mounts
        if known is not False:
            if sending.mount(origin):
                if not known:
                    self._learned.learn(mounts=True)
                return True
            if (origin, blob.digest) in self._placed and not self._has_lost(origin, blob.digest):
                self._learned.learn(mounts=False)
        if known or blob.size <= SMALL or not self._downloads.has(path, blob.digest):
            return False
        if origin == path:
            self._learned.learn(mounts=False)
        sending.cancel()
        return True

    def _probe(self, sending: Sending, path: str, digest: Digest) -> None:
        """Find out, once, whether the registry mounts what it surely has: what we have just sent."""
        if self._learned.now.mounts is not None or not self._unprobed.acquire(blocking=False):
            return
        try:
            mounted = sending.mount(path)
        except RegistryError:  # the blob is there; whatever this means, the next request will meet it
            return
        if not mounted:
            sending.cancel()
        tells = mounted or not self._has_lost(path, digest)
        if tells and self._learned.now.mounts is None:
            self._learned.learn(mounts=mounted)

    def _has_lost(self, path: str, digest: Digest) -> bool:
        """Tell of a declined mount whether it was for a blob that the registry took and does not have."""
        try:
            return not self._downloads.has(path, digest)
        except RegistryError:  # we may not read there, or it is in trouble: it is not known to be lost
            return False

    def _may_come_whole(self, blob: Descriptor) -> bool:
        known = self._learned.now.whole_posts
        return known is not False and blob.size <= (WHOLE if known else SMALL)

    @contextmanager
    def _sending(self, repository: str, blob: Descriptor, open_source: OpenAt) -> Iterator[Sending]:
        path = path_of(self._session.host, repository)
        where = f"on the way to {self._session.host}"
        with closing(Outgoing(blob, open_source, where, self._on_bytes)) as outgoing:
            yield Sending(self._session, self._learned, path, blob, outgoing)


def _uncounted(_: int) -> None:
    """Count nothing: what is sent is counted where it is sent."""
