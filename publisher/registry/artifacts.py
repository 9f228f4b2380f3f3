"""Small OCI artifacts; implements `publisher.ports.artifacts`.

Pushing is oras-py's work, imported at the first push.  Reading needs none of it: a manifest and
one blob are what the registry client reads anyway.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from publisher.errors import DigestMismatch, Malformed
from publisher.oci.descriptor import Descriptor
from publisher.oci.manifest import Manifest
from publisher.oci.reference import Repository, is_tag
from publisher.ports.registry import Registry
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials
from publisher.registry.retry import RetryPolicy, Sleep
from publisher.registry.session import Session

MAX_CONTENT = 16 * 1024 * 1024
"""Largest artifact that is written or read, in bytes."""


class OrasArtifacts:
    """Artifacts of one layer in any registry.

    `registry_for` gives the client of a host, `session_for` what sends its requests; both are made
    where they are left out, with the settings that follow.  `plain_http` None means: on loopback only.
    """

    def __init__(  # noqa: PLR0913 - each is one independent setting
        self,
        credentials_for: Callable[[str], Credentials | None],
        *,
        registry_for: Callable[[str], Registry] | None = None,
        session_for: Callable[[str], Session] | None = None,
        plain_http: bool | None = None,
        ca_file: str | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        login_hint_for: Callable[[str], str] = lambda _: "",
        sleep: Sleep = time.sleep,
    ) -> None:
        self._credentials_for = credentials_for
        self._registry_for = registry_for or self._client
        self._session_for = session_for or (lambda host: self._client(host).session)
        self._plain_http = plain_http
        self._ca_file = ca_file
        self._timeout = timeout
        self._retry = retry
        self._login_hint_for = login_hint_for
        self._sleep = sleep

    def push(
        self,
        repository: Repository,
        tag: str,
        artifact_type: str,
        content: bytes,
        annotations: Mapping[str, str],
    ) -> Descriptor:
        """Write an artifact of one layer under a tag; the same input gives the same digest."""
        if not is_tag(tag) or len(content) > MAX_CONTENT:
            raise Malformed("an artifact needs a tag and at most 16 MiB", where=f"{repository}:{tag[:128]}")
        from publisher.registry.oras_client import ArtifactClient, push_artifact

        session = self._session_for(repository.host)
        client = ArtifactClient(session, repository.path, artifact_type)
        return push_artifact(client, session, repository, tag, content, annotations).descriptor

    def pull(self, repository: Repository, reference: str, artifact_type: str) -> tuple[Descriptor, bytes]:
        """Read an artifact of that type, its size bounded, its digests verified."""
        registry = self._registry_for(repository.host)
        manifest = registry.get_manifest(repository.path, reference)
        layer = only_layer(manifest, artifact_type, f"{repository}:{reference}")
        with registry.open_blob(repository.path, layer) as chunks:
            return manifest.descriptor, b"".join(chunks)

    def _client(self, host: str) -> RegistryClient:
        return RegistryClient(
            host,
            self._credentials_for(host),
            plain_http=self._plain_http,
            ca_file=self._ca_file,
            timeout=self._timeout,
            retry=self._retry,
            login_hint=self._login_hint_for(host),
            sleep=self._sleep,
        )


def only_layer(manifest: Manifest, artifact_type: str, where: str) -> Descriptor:
    """Give the one layer of an artifact.

    Raises:
        DigestMismatch: another type, not exactly one layer, or too large.
    """
    kind = manifest.artifact_type or (manifest.config.media_type if manifest.config else None)
    if kind != artifact_type or manifest.is_index or len(manifest.layers) != 1:
        raise DigestMismatch(f"this is no {artifact_type}", where=where, detail=f"it is {str(kind)[:120]!r}")
    if manifest.layers[0].size > MAX_CONTENT:
        raise DigestMismatch(f"an artifact of {manifest.layers[0].size} bytes is too large", where=where)
    return manifest.layers[0]
