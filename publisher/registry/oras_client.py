"""Pushes small artifacts through oras-py; the only importer of oras and of its requests.

Importing it takes a third of a second, so only `publisher.registry.artifacts` does, when it pushes.
oras-py as it comes sends a pull token with a push, reads the user's docker configuration and proxies,
retries what it should not, follows redirects with credentials and writes manifests that differ from
run to run.  So it says what to send, and a session of ours sends it.
"""

from __future__ import annotations

import io
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import oras.auth
import requests
from oras.auth.base import AuthBackend
from oras.client import OrasClient
from oras.container import Container

from publisher import codec
from publisher.errors import DigestMismatch, RegistryError
from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.registry.address import origin
from publisher.registry.auth import pull_scope, push_scope
from publisher.registry.refusals import Reply, clean
from publisher.registry.session import Call, Session

EMPTY_CONFIG = b"{}"
"""The config of an artifact without one (image specification 1.1, "Guidance for an empty descriptor")."""
LAYER_NAME = "content"
"""The file name that `oras pull` gives to the layer."""
_BACKEND = "publisher"
_ACCEPTED = frozenset(range(200, 300))
_FOUND_OR_NOT = _ACCEPTED | {400, 404, 405}
"""A HEAD that says "not there" in any way is followed by the upload."""


class NoAuth(AuthBackend):  # type: ignore[misc]  # oras has no types
    """Nobody: the session knows who we are."""

    def load_configs(self, container: object, configs: object = None) -> None:
        """Read no configuration."""


class ArtifactClient(OrasClient):  # type: ignore[misc]  # oras has no types
    """oras-py with our way to ask, and manifests whose bytes depend on their content only."""

    def __init__(self, session: Session, path: str, artifact_type: str) -> None:
        oras.auth.auth_backends[_BACKEND] = NoAuth
        super().__init__(insecure=origin(session.base).scheme == "http", auth_backend=_BACKEND)
        self.pushed: Manifest | None = None
        self.artifact_type = artifact_type
        self._ours = session
        self._path = path

    def do_request(
        self,
        url: str,
        method: str = "GET",
        data: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        json: object = None,  # noqa: ARG002 - oras calls it so
        stream: bool = False,  # noqa: ARG002 - oras calls it so
    ) -> requests.Response:
        """Send a request, again where that may help."""
        reads = method in {"GET", "HEAD"}
        scope = pull_scope(self._path) if reads else push_scope(self._path)
        expected = _FOUND_OR_NOT if method == "HEAD" else _ACCEPTED
        return _response(
            self._ours.ask(Call(method, url, frozenset({scope}), dict(headers or {}), data, expected))
        )

    def upload_manifest(self, manifest: dict[str, Any], container: Container) -> requests.Response:
        """Write the manifest once, as canonical JSON with the artifact type, and check what was stored."""
        self.pushed = parse_manifest(codec.canonical({**manifest, "artifactType": self.artifact_type}))
        url = f"{self.prefix}://{container.manifest_url()}"
        response = self.do_request(url, "PUT", self.pushed.raw, {"Content-Type": OCI_MANIFEST})
        stored = response.headers.get("Docker-Content-Digest", self.pushed.digest)
        if stored != self.pushed.digest:
            raise DigestMismatch(
                "the registry stored another manifest", where=str(container), detail=clean(stored)
            )
        return response


def _response(reply: Reply) -> requests.Response:
    """Give an answer in the form that oras understands."""
    response = requests.Response()
    response.status_code, response.url = reply.status, reply.url
    response.headers.update(reply.headers)
    response.raw = io.BytesIO(reply.body)
    return response


def push_artifact(
    client: ArtifactClient, session: Session, repository: Repository, tag: str, content: bytes,
    annotations: Mapping[str, str],
) -> Manifest:  # fmt: skip
    """Push one layer and an empty config under a tag; give the manifest as it was written."""
    with TemporaryDirectory(prefix="publisher-") as folder:
        layer, config = Path(folder, LAYER_NAME), Path(folder, "config.json")
        layer.write_bytes(content)
        config.write_bytes(EMPTY_CONFIG)
        client.push(
            f"{_netloc(session)}/{repository.path}:{tag}",
            files=[f"{layer}:{client.artifact_type}"],
            manifest_config=f"{config}:{OCI_EMPTY}",
            manifest_annotations=dict(annotations),
            disable_path_validation=True,
            quiet=True,
        )
    if client.pushed is None:
        raise RegistryError("oras pushed no manifest", where=str(repository))
    return client.pushed


def _netloc(session: Session) -> str:
    """Give host and port such that oras does not take the host for a folder (`localhost/…`)."""
    address = session.base.partition("//")[2]
    return address if "." in address or ":" in address else f"{address}:{origin(session.base).port}"
