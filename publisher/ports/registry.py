"""A registry, one object a host; repositories are paths inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from enum import StrEnum
from typing import Protocol

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest
from publisher.transfer.capabilities import Capabilities
from publisher.transfer.figures import Traffic

OpenAt = Callable[[int], AbstractContextManager[Iterator[bytes]]]
"""Opens a blob's bytes from an offset on; the whole of it is verified before its last piece is given."""


class Placement(StrEnum):
    """How a blob came into a repository: its bytes were sent, or the registry had them."""

    SENT = "sent"
    MOUNTED = "mounted"


class Registry(Protocol):
    """The OCI distribution API with digests checked on both ways.

    Every method raises RegistryUnreachable after retries, AccessDenied for 401 and 403,
    and RegistryError for any other answer that the specification does not allow.
    `repository` is the path without the host; `reference` a tag or a digest.
    """

    @property
    def host(self) -> str:
        """Give `host[:port]`."""

    def ping(self) -> None:
        """Ask whether the registry answers at all (`GET /v2/`)."""

    def head_manifest(self, repository: str, reference: str) -> Descriptor | None:
        """Ask what a tag or digest is; None when it is not there."""

    def get_manifest(self, repository: str, reference: str) -> Manifest:
        """Read a manifest or index of bounded size, its digest verified.

        Raises:
            NotFound: it is not there.
            DigestMismatch: the bytes are not what the reference or header promises.
        """

    def put_manifest(self, repository: str, reference: str, manifest: Manifest) -> Descriptor:
        """Write exactly these bytes under a tag or their digest; verify the digest that comes back."""

    def has_blob(self, repository: str, digest: Digest) -> bool:
        """Tell whether a blob is there."""

    def open_blob(
        self, repository: str, blob: Descriptor, start: int = 0
    ) -> AbstractContextManager[Iterator[bytes]]:
        """Read a blob in chunks of at most 1 MiB; length and digest are verified at its end.

        A connection that drops is taken up again where it broke off.  From a `start` above 0 only
        the length can be verified.

        Raises:
            NotFound: it is not there.
            DigestMismatch: on the last chunk.
        """

    def put_blob(
        self,
        repository: str,
        blob: Descriptor,
        open_source: Callable[[], AbstractContextManager[Iterator[bytes]]],
    ) -> None:
        """Send a blob in one piece; the source is opened again for each retry."""

    def place_blob(
        self, repository: str, blob: Descriptor, open_source: OpenAt, mount_from: str | None = None
    ) -> Placement:
        """Bring a blob into a repository with as few requests as the registry allows.

        `mount_from` is a repository of this registry that may hold it, the same one to ask
        whether it is there already.  Where the mount is declined the upload that the registry
        begins instead is used.  `open_source` is called for each attempt, with the offset that
        the registry has.
        """

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the referrers of a digest, by the API or by the fallback tag."""

    def add_referrer(self, repository: str, manifest: Manifest) -> None:
        """Write a manifest with a subject, and enter it into the list of its subject."""

    def enter_referrers(
        self, repository: str, subject: Digest, referrers: Sequence[Manifest], *, fresh: bool = False
    ) -> None:
        """Let `referrers` list manifests that are written already.

        Where the API is there it does so by itself; else they are merged, all at once, into the
        fallback tag, beside what others put there.  `fresh` says that there cannot be anything yet.
        """

    @property
    def capabilities(self) -> Capabilities:
        """Give what the registry was seen to support so far."""

    @property
    def traffic(self) -> Traffic:
        """Give what it was asked so far."""

    def tags(self, repository: str) -> tuple[str, ...]:
        """List the tags of a repository, bounded; empty when it is not there."""
