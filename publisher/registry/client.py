"""A registry over HTTP; implements `publisher.ports.registry`."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.ports.registry import OpenAt, Placement
from publisher.registry.address import base_url
from publisher.registry.capabilities import Learned
from publisher.registry.credentials import Credentials, Logins
from publisher.registry.download import Downloads
from publisher.registry.limits import RateLimit
from publisher.registry.manifests import Manifests
from publisher.registry.proxies import NO_PROXIES, Proxies
from publisher.registry.referrers import Referrers
from publisher.registry.retry import RetryPolicy, Sleep
from publisher.registry.session import Call, Session
from publisher.registry.tags import list_tags
from publisher.registry.transport import Transport
from publisher.registry.trust import Trust
from publisher.registry.upload import Uploads
from publisher.transfer.capabilities import Capabilities
from publisher.transfer.figures import Traffic


def _uncounted(_: int) -> None:
    """Count nothing."""


class RegistryClient:
    """One host, for any number of threads.

    `plain_http` None means: on loopback only.  `logins` says who asks in each repository, where that
    is not always the same one.  `ca_file` stands for the system's authorities, `own_ca_files` are
    believed beside them.  `on_bytes` hears of each piece of a blob that is read
    or sent, from any thread; a piece that is sent again counts again.  `timeout` in seconds, for each
    connection and for each wait within it.  `login_hint` is shown where access is denied; see
    `publisher.registry.credentials.login_hint`.
    """

    def __init__(  # noqa: PLR0913 - each is one independent setting
        self,
        host: str,
        credentials: Credentials | None = None,
        *,
        plain_http: bool | None = None,
        logins: Logins | None = None,
        ca_file: str | None = None,
        own_ca_files: tuple[str, ...] = (),
        proxies: Proxies = NO_PROXIES,
        timeout: float = 30.0,
        requests_per_minute: int | None = None,
        on_bytes: Callable[[int], object] = _uncounted,
        retry: RetryPolicy | None = None,
        login_hint: str = "",
        sleep: Sleep = time.sleep,
        on_throttled: Callable[[], object] = lambda: None,
    ) -> None:
        self._host = host
        trust = Trust(ca_file, own_ca_files)
        transport = Transport(trust=trust, proxies=proxies, timeout=timeout)
        self._session = Session(
            host,
            base_url(host, plain_http=plain_http),
            transport,
            credentials,
            logins=logins,
            limit=RateLimit(requests_per_minute, sleep=sleep),
            policy=retry,
            sleep=sleep,
            login_hint=login_hint,
            on_throttled=on_throttled,
        )
        self._learned = Learned()
        self._manifests = Manifests(self._session, self._learned)
        self._downloads = Downloads(self._session, self._learned, on_bytes)
        self._uploads = Uploads(self._session, self._learned, self._downloads, on_bytes)
        self._referrers = Referrers(self._session, self._manifests, self._learned)

    @property
    def host(self) -> str:
        """Give `host[:port]`."""
        return self._host

    @property
    def session(self) -> Session:
        """Give what sends its requests, for others that talk to the same host."""
        return self._session

    @property
    def traffic(self) -> Traffic:
        """Give what it was asked so far."""
        return self._session.traffic

    def close(self) -> None:
        """Close idle connections; the client may still be used."""
        self._session.close()

    def ping(self) -> None:
        """Ask whether the registry answers, and takes our credentials where it asks for any."""
        self._session.ask(Call("GET", f"{self._session.base}/v2/"))

    def head_manifest(self, repository: str, reference: str) -> Descriptor | None:
        """Ask what a tag or digest is; None when it is not there."""
        return self._manifests.head(repository, reference)

    def get_manifest(self, repository: str, reference: str) -> Manifest:
        """Read a manifest or index, its digest verified."""
        return self._manifests.get(repository, reference)

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Write exactly these bytes under a tag or their digest."""
        self._manifests.put(repository, reference, manifest)
        return manifest.descriptor

    def has_blob(self, repository: str, digest: Digest) -> bool:
        """Tell whether a blob is there."""
        return self._downloads.has(repository, digest)

    def open_blob(
        self, repository: str, blob: Descriptor, start: int = 0
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Read a blob in verified chunks."""
        return self._downloads.open(repository, blob, start)

    def put_blob(
        self,
        repository: str,
        blob: Descriptor,
        open_source: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Send a blob in one piece, whether it is there or not."""
        self._uploads.put(repository, blob, open_source)

    def place_blob(
        self, repository: str, blob: Descriptor, open_source: OpenAt, mount_from: str | None = None
    ) -> Placement:
        """Bring a blob into a repository, by a mount where that is possible."""
        return self._uploads.place(repository, blob, open_source, mount_from)

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the referrers of a digest."""
        return self._referrers.list(repository, digest)

    def add_referrer(self, repository: str, manifest: Manifest) -> None:
        """Write a manifest that has a subject, so that `referrers` lists it."""
        self._referrers.add(repository, manifest)

    def enter_referrers(
        self, repository: str, subject: Digest, referrers: Sequence[Manifest], *, fresh: bool = False
    ) -> None:
        """Let `referrers` list manifests that are written already."""
        self._referrers.enter(repository, subject, referrers, fresh=fresh)

    @property
    def capabilities(self) -> Capabilities:
        """Give what the registry was seen to support so far."""
        return self._learned.now

    def tags(self, repository: str) -> tuple[str, ...]:
        """List the tags of a repository, sorted."""
        return list_tags(self._session, repository)
