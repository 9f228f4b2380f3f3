"""The registries that the contract suites run on, and small things to put into them."""

from __future__ import annotations

import json
import shutil
import socket
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.ports.registry import OpenAt, Registry
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret
from tests.fakes.registry import FakeRegistry
from tests.fakes.token_server import TokenServer
from tests.stack import processes, tool_folder

KINDS = ("fake", "fake-without-api", "hub", "staging", "quay", "token", "token-tls")
ARTIFACT = "application/vnd.test.thing.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


@dataclass(frozen=True)
class TokenRegistry:
    """A distribution registry that takes tokens of its own realm only."""

    host: str
    realm: TokenServer
    authority: Path | None = None

    @property
    def login(self) -> Credentials:
        """Give the right credentials."""
        return Credentials(self.realm.username, Secret(self.realm.password))

    def client(self, **changes: Any) -> RegistryClient:
        """Make a client with the right credentials, unless changed."""
        tls = {"plain_http": False, "own_ca_files": (str(self.authority),)} if self.authority else {}
        return RegistryClient(self.host, changes.pop("credentials", self.login), **{**tls, **changes})


def open_registry(kind: str, request: pytest.FixtureRequest) -> Registry:
    """Give a registry of a kind; fixtures are asked for only where they are needed."""
    if kind.startswith("fake"):
        return FakeRegistry(referrers_api=kind == "fake")
    if kind == "token":
        token_registry: TokenRegistry = request.getfixturevalue("token_registry")
        return token_registry.client()
    if kind == "token-tls":
        secure: TokenRegistry = request.getfixturevalue("secure_token_registry")
        return secure.client()
    return RegistryClient(request.getfixturevalue("stack").url(kind))


@contextmanager
def running_token_registry(folder: Path, authority: Path | None = None) -> Iterator[TokenRegistry]:
    """Start a realm and a registry, with an authority's file both over TLS, and end both."""
    program = shutil.which("registry", path=str(tool_folder()))
    assert program, "there is no program registry; run `make setup`"
    with TokenServer().running(authority) as realm:
        host = f"127.0.0.1:{_free_port()}"
        config = {
            "version": 0.1,
            "log": {"level": "error"},
            "storage": {"filesystem": {"rootdirectory": str(folder / "store")}, "delete": {"enabled": True}},
            "http": {"addr": host, "secret": "loopback", **_tls(authority)},
            "auth": realm.registry_settings(folder),
        }
        (folder / "config.yml").write_text(json.dumps(config))
        log, environment = folder / "log", processes.service_environment(tool_folder())
        argv = [program, "serve", str(folder / "config.yml")]
        process = processes.spawn(argv, env=environment, output=log, errors=log)
        try:
            _await(host, lambda: processes.is_alive(process), log)
            yield TokenRegistry(host, realm, authority)
        finally:
            processes.stop([process])


def _tls(authority: Path | None) -> dict[str, Any]:
    return {"tls": {"certificate": str(authority), "key": str(authority)}} if authority else {}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def _await(host: str, alive: Callable[[], bool], log: Path) -> None:
    name, _, port = host.partition(":")
    for _ in range(1000):
        with socket.socket() as probe:
            if probe.connect_ex((name, int(port))) == 0:
                return
        assert alive(), log.read_text()
        time.sleep(0.02)
    pytest.fail(log.read_text())


def repository() -> str:
    """Give a name that no other test uses."""
    return f"contract/{uuid.uuid4().hex}"


def opener(content: bytes, piece: int = 64 * 1024) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    """Give a source for `put_blob`."""
    return lambda: nullcontext(content[start : start + piece] for start in range(0, len(content), piece))


def opener_at(content: bytes, piece: int = 64 * 1024) -> OpenAt:
    """Give a source for `place_blob`."""
    return lambda start: nullcontext(content[at : at + piece] for at in range(start, len(content), piece))


def closed(_: int) -> AbstractContextManager[Iterator[bytes]]:
    """Be a source that must not be needed."""
    pytest.fail("the blob was opened")


def push_blob(registry: Registry, name: str, content: bytes, media_type: str = LAYER) -> Descriptor:
    """Send a blob that is not there and describe it.

    docker-registry 2 rewrites the link of a blob that is sent again; a manifest that is written in that
    moment is refused with MANIFEST_BLOB_UNKNOWN.
    """
    blob = Descriptor(media_type, Digest.of(content), len(content))
    if not registry.has_blob(name, blob.digest):
        registry.put_blob(name, blob, opener(content))
    return blob


def push_image(registry: Registry, name: str, tag: str, content: bytes = b"layer") -> Manifest:
    """Push the smallest image with one layer."""
    image = image_of(push_blob(registry, name, content), push_blob(registry, name, b"{}", OCI_EMPTY))
    registry.put_manifest(name, tag, image)
    return image


def push_referrer(registry: Registry, name: str, subject: Descriptor, note: str) -> Manifest:
    """Attach an artifact to a manifest."""
    referrer = referrer_of(subject, note, push_blob(registry, name, b"{}", OCI_EMPTY))
    registry.add_referrer(name, referrer)
    return referrer


def image_of(layer: Descriptor, config: Descriptor) -> Manifest:
    """Make an image manifest."""
    return _manifest({"config": config.to_plain(), "layers": [layer.to_plain()]})


def referrer_of(subject: Descriptor, note: str, config: Descriptor) -> Manifest:
    """Make an artifact manifest with a subject."""
    target = Descriptor(subject.media_type, subject.digest, subject.size)
    return _manifest({
        "artifactType": ARTIFACT, "config": config.to_plain(), "layers": [config.to_plain()],
        "subject": target.to_plain(), "annotations": {"note": note},
    })  # fmt: skip


def _manifest(fields: Mapping[str, Any]) -> Manifest:
    return parse_manifest(
        json.dumps({"schemaVersion": 2, "mediaType": OCI_MANIFEST, **fields}, indent=1).encode()
    )
