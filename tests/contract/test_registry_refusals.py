"""Registries that cannot hold everything: what is learned from their words, and what the user is told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from publisher.errors import AccessDenied, NotFound, RegistryError
from publisher.oci.descriptor import DOCKER_MANIFEST, OCI_EMPTY, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.registry.client import RegistryClient
from publisher.transfer.capabilities import Capabilities
from tests.contract.registries import image_of, referrer_of
from tests.fakes.http_server import HttpServer, Said, Seen

CONFIG = Descriptor(OCI_EMPTY, Digest.of(b"{}"), 2)
IMAGE = image_of(CONFIG, CONFIG)
REFERRER = referrer_of(Descriptor(OCI_MANIFEST, Digest.of(b"subject"), 7), "note", CONFIG)
INDEX = parse_manifest(json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": []}).encode())
DOCKER = parse_manifest(json.dumps({"schemaVersion": 2, "mediaType": DOCKER_MANIFEST}).encode())


@dataclass
class Refusing:
    """Answers every PUT in the same way."""

    said: Said = field(default_factory=lambda: Said(201))
    puts: int = 0

    def respond(self, seen: Seen) -> Said:
        """Answer."""
        self.puts += seen.method == "PUT"
        return self.said if seen.method == "PUT" else Said(404)


@pytest.fixture
def refusing() -> Iterator[tuple[Refusing, RegistryClient]]:
    registry = Refusing()
    with HttpServer(registry.respond).running() as server:
        yield registry, RegistryClient(server.host, sleep=lambda _: None)


def said(status: int, code: str, message: str = "") -> Said:
    body = json.dumps({"errors": [{"code": code, "message": message, "detail": {}}]})
    return Said(status, {"Content-Type": "application/json"}, body.encode())


@pytest.mark.parametrize(
    ("manifest", "refusal", "learned", "hint"),
    [
        (IMAGE, said(415, "MANIFEST_INVALID"), Capabilities(oci_types=False), "`format: docker`"),
        (IMAGE, said(400, "UNSUPPORTED"), Capabilities(oci_types=False), "`format: docker`"),
        (INDEX, said(400, "UNKNOWN", "bad media type"), Capabilities(indexes=False), "`indexes: false`"),
        (INDEX, Said(406), Capabilities(indexes=False), "`indexes: false`"),
        (REFERRER, said(405, "UNSUPPORTED"), Capabilities(artifacts=False), "`evidence: NAME`"),
        (REFERRER, Said(400, body=b"is not supported"), Capabilities(artifacts=False), "`evidence: NAME`"),
        (IMAGE, said(400, "MANIFEST_INVALID"), Capabilities(), "`format: docker`"),
    ],
)  # fmt: skip
def test_a_manifest_that_the_registry_cannot_hold(
    refusing: tuple[Refusing, RegistryClient],
    manifest: Manifest,
    refusal: Said,
    learned: Capabilities,
    hint: str,
) -> None:
    registry, client = refusing
    registry.said = refusal
    with pytest.raises(RegistryError) as refused:
        client.put_manifest("a/b", manifest.digest, manifest)
    assert hint in refused.value.hint
    assert str(refusal.status) in refused.value.detail
    assert client.capabilities == learned
    assert registry.puts == 1


@pytest.mark.parametrize(
    "refusal",
    [
        said(400, "TAG_INVALID", "the tag '1.0' cannot be overwritten because the repository is immutable"),
        said(412, "PRECONDITION", "tag 1.0 is configured as immutable, cannot be updated"),
        said(403, "DENIED", "tag is immutable"),
        said(409, "CONFLICT", "tag already exists"),
    ],
)
def test_a_tag_that_may_not_move(refusing: tuple[Refusing, RegistryClient], refusal: Said) -> None:
    registry, client = refusing
    registry.said = refusal
    with pytest.raises(RegistryError, match="existing tag") as refused:
        client.put_manifest("a/b", "1.0", IMAGE)
    assert "overwritten in its settings" in refused.value.hint
    assert client.capabilities == Capabilities(tags_move=False)


@pytest.mark.parametrize(
    ("refusal", "kind"),
    [
        (said(403, "DENIED", "media type is fine, you are not"), AccessDenied),
        (said(404, "NAME_UNKNOWN", "repository not known"), NotFound),
        (said(400, "NAME_INVALID"), RegistryError),
        (Said(400), RegistryError),
    ],
)
def test_other_refusals_stay_what_they_are(
    refusing: tuple[Refusing, RegistryClient], refusal: Said, kind: type[RegistryError]
) -> None:
    registry, client = refusing
    registry.said = refusal
    with pytest.raises(kind) as refused:
        client.put_manifest("a/b", IMAGE.digest, IMAGE)
    assert type(refused.value) is kind
    assert not any(words in refused.value.hint for words in ("format", "indexes", "evidence"))
    assert client.capabilities == Capabilities()


def test_a_docker_manifest_that_is_refused_has_nothing_to_learn_from(
    refusing: tuple[Refusing, RegistryClient],
) -> None:
    registry, client = refusing
    registry.said = said(400, "MANIFEST_INVALID", "media type")
    with pytest.raises(RegistryError, match="refused"):
        client.put_manifest("a/b", "1.0", DOCKER)
    assert client.capabilities == Capabilities()


def test_a_blob_that_is_not_seen_yet_is_waited_for(refusing: tuple[Refusing, RegistryClient]) -> None:
    registry, client = refusing
    registry.said = said(400, "MANIFEST_BLOB_UNKNOWN")
    with pytest.raises(RegistryError, match="refused"):
        client.put_manifest("a/b", "1.0", IMAGE)
    assert registry.puts == 4


def test_what_is_accepted_is_known(refusing: tuple[Refusing, RegistryClient]) -> None:
    _, client = refusing
    for manifest in (IMAGE, INDEX, REFERRER):
        client.put_manifest("a/b", manifest.digest, manifest)
    assert client.capabilities == Capabilities(oci_types=True, indexes=True, artifacts=True)
