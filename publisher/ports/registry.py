"""A registry, one object a host; repositories are paths inside it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Protocol

from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest


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

    def open_blob(self, repository: str, blob: Descriptor) -> AbstractContextManager[Iterator[bytes]]:
        """Read a blob in chunks of at most 1 MiB; length and digest are verified at its end.

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

    def mount_blob(self, repository: str, blob: Descriptor, source: str) -> bool:
        """Mount a blob from another repository of this registry; False when the registry declines."""

    def referrers(self, repository: str, digest: Digest) -> tuple[Descriptor, ...]:
        """List the referrers of a digest, by the API or by the fallback tag."""

    def add_referrer(self, repository: str, manifest: Manifest) -> None:
        """Write a manifest with a subject; where the API is absent, merge it into the fallback tag."""

    def tags(self, repository: str) -> tuple[str, ...]:
        """List the tags of a repository, bounded; empty when it is not there."""
