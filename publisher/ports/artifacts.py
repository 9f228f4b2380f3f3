"""Small OCI artifacts, such as release records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from publisher.oci.descriptor import Descriptor
from publisher.oci.reference import Repository


class ArtifactStore(Protocol):
    """Pushes and pulls one-blob artifacts."""

    def push(
        self,
        repository: Repository,
        tag: str,
        artifact_type: str,
        content: bytes,
        annotations: Mapping[str, str],
    ) -> Descriptor:
        """Write an artifact of one layer under a tag; the same input gives the same digest.

        Raises:
            RegistryError: as `publisher.ports.registry` says.
        """

    def pull(self, repository: Repository, reference: str, artifact_type: str) -> tuple[Descriptor, bytes]:
        """Read an artifact of that type, of bounded size, its digests verified.

        Raises:
            NotFound: it is not there.
            DigestMismatch: bytes or type are not what was asked for.
        """
