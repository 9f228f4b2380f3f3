"""Pushes small artifacts through oras-py; the only importer of oras and of its requests.

Importing it takes a third of a second, so only `publisher.registry.artifacts` does, when it pushes.
oras-py as it comes sends a pull token with a push, reads the user's docker configuration and proxies,
retries what it should not, follows redirects with credentials and writes manifests that differ from
run to run; what is overridden here is just that.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import oras.auth
import requests
from oras.auth.token import TokenAuth
from oras.client import OrasClient
from oras.container import Container

from publisher import codec
from publisher.errors import DigestMismatch, RegistryError, RegistryUnreachable
from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.registry.address import origin
from publisher.registry.auth import Authenticator, Scopes
from publisher.registry.challenge import parse_challenge
from publisher.registry.refusals import MAX_REFUSAL, Reply, clean, refuse
from publisher.registry.retry import Transient
from publisher.registry.session import Session

EMPTY_CONFIG = b"{}"
"""The config of an artifact without one (image specification 1.1, "Guidance for an empty descriptor")."""
LAYER_NAME = "content"
"""The file name that `oras pull` gives to the layer."""
_BACKEND = "publisher"


class ExactScopes(TokenAuth):  # type: ignore[misc]  # oras has no types
    """Tokens for exactly the scopes of the last challenge, from our own authenticator."""

    authenticator: Authenticator
    scopes: Scopes = frozenset()

    def load_configs(self, container: object, configs: object = None) -> None:
        """Read no configuration: credentials are given."""

    def get_auth_header(self) -> dict[str, str]:
        """Give the header for the scopes that were asked for last."""
        value = self.authenticator.header(self.scopes)
        return {"Authorization": value} if value else {}

    def authenticate_request(
        self,
        original: requests.Response,
        headers: dict[str, str],
        refresh: bool = False,  # noqa: ARG002 - oras calls it so
    ) -> tuple[dict[str, str], bool]:
        """Answer a 401; False when asking again cannot help."""
        text = original.headers.get("WWW-Authenticate")
        challenge = parse_challenge(text)
        self.scopes = challenge.scopes if challenge else frozenset()
        learned = self.authenticator.learn(text, self.scopes, original.request.headers.get("Authorization"))
        return ({**headers, **self.get_auth_header()}, True) if learned else (headers, False)


class ArtifactClient(OrasClient):  # type: ignore[misc]  # oras has no types
    """oras-py with our way to ask, and manifests whose bytes depend on their content only."""

    def __init__(self, session: Session, artifact_type: str, *, ca_file: str | None, timeout: float) -> None:
        oras.auth.auth_backends[_BACKEND] = ExactScopes
        plain = origin(session.base).scheme == "http"
        super().__init__(insecure=plain, tls_verify=ca_file or True, auth_backend=_BACKEND)
        self.session.trust_env = False
        self.auth.authenticator = session.auth
        self.pushed: Manifest | None = None
        self._ours = session
        self.artifact_type = artifact_type
        self._timeout = timeout

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
        return self._ours.retried(lambda: self._attempt(method, url, dict(headers or {}), data))

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

    def _attempt(
        self, method: str, url: str, headers: dict[str, str], data: bytes | None
    ) -> requests.Response:
        ours = origin(url) == origin(self._ours.base)
        try:
            response = self._send(
                method, url, {**headers, **(self.auth.get_auth_header() if ours else {})}, data
            )
            if ours and response.status_code == requests.codes.unauthorized:
                response.close()
                headers, again = self.auth.authenticate_request(response, headers)
                response = self._send(method, url, headers, data) if again else response
            return self._judged(method, url, response)
        except requests.exceptions.RequestException as error:
            raise self._unreachable(error) from error

    def _send(
        self, method: str, url: str, headers: Mapping[str, str], data: bytes | None
    ) -> requests.Response:
        identity = {"Accept-Encoding": "identity", "User-Agent": "publisher"}
        response: requests.Response = self.session.request(
            method, url, data=data, headers={**identity, **headers}, stream=True, allow_redirects=False,
            timeout=self._timeout, verify=self._tls_verify,
        )  # fmt: skip
        return response

    def _judged(self, method: str, url: str, response: requests.Response) -> requests.Response:
        """Give an answer that oras understands, its body read and dropped; a HEAD may find nothing."""
        body: bytes = next(response.iter_content(MAX_REFUSAL), b"")
        response.close()
        if response.ok and response.status_code < requests.codes.multiple_choices:
            return response
        if method == "HEAD" and response.status_code not in (401, 403, 429) and response.status_code < 500:
            return response
        raise refuse(self._ours.asked(method, url), Reply(response.status_code, response.headers, body, url))

    def _unreachable(self, error: requests.exceptions.RequestException) -> Exception:
        fault = RegistryUnreachable(
            "the registry does not answer",
            where=self._ours.host,
            detail=clean(str(error), list(self._ours.auth.secrets())),
            hint="check that it is up and that this machine reaches it, then run it again",
        )
        return fault if isinstance(error, requests.exceptions.SSLError) else Transient(fault)


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
