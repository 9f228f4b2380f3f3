"""The signers that the contract suite runs on, each with an unsigned image in a registry of its own."""

from __future__ import annotations

import http.client
import json
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import NoReturn

from publisher.attestation.bundle import describe_bundle, evidence_kind
from publisher.catalog.settings import SigningSettings
from publisher.errors import RegistryUnreachable
from publisher.oci.descriptor import OCI_MANIFEST, SIGSTORE_BUNDLE
from publisher.oci.manifest import parse_manifest
from publisher.oci.reference import Reference, Repository
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.ports.signer import Signer
from publisher.records.evidence import EvidenceKind
from publisher.registry.client import RegistryClient
from publisher.tools.cosign import CosignSigner
from publisher.tools.process import Runner
from tests.contract.tiny_image import one_file_layer, push_image
from tests.fakes.http_server import HttpServer, Said, Seen
from tests.fakes.registry import FakeRegistry
from tests.fakes.signer import FakeSigner

PASSWORD = "a pass, with a space"


class Commands(Progress):
    """Keeps the commands as they would be shown."""

    def __init__(self) -> None:
        self.shown: list[str] = []

    def command(self, argv: object) -> None:
        self.shown.append(str(argv))


@dataclass
class World:
    """A signer, another one with another key, an unsigned image, and its registry."""

    signer: Signer
    stranger: Signer
    registry: Registry
    image: Reference
    break_listing: Callable[[], Reference]
    commands: Commands = field(default_factory=Commands)

    def bundles(self) -> list[tuple[EvidenceKind | None, object]]:
        """Read the referrers as the publish step does: kind from the manifest, predicate from the blob."""
        path = self.image.repository.path
        found = []
        for entry in self.registry.referrers(path, self.image.digest or fail()):
            manifest = self.registry.get_manifest(path, entry.digest)
            with self.registry.open_blob(path, manifest.layers[0]) as chunks:
                statement = describe_bundle(manifest, b"".join(chunks))
            assert statement.subjects == (self.image.digest,)
            assert entry.artifact_type == manifest.artifact_type == SIGSTORE_BUNDLE
            found.append((evidence_kind(manifest), json.loads(statement.predicate)))
        return found


def fail() -> NoReturn:
    raise AssertionError("the reference has no digest")


def runner(progress: Progress) -> Runner:
    return Runner(progress, os.environ)


def fake_world(*, api: bool) -> World:
    registry = FakeRegistry("registry.test", referrers_api=api, strict=False)
    manifest = json.dumps({"mediaType": OCI_MANIFEST, "layers": []}).encode()
    image = parse_manifest(manifest)
    registry.put_manifest("demo", image.digest, image)
    reference = Reference(Repository("registry.test/demo"), digest=image.digest)

    def break_listing() -> Reference:
        registry.fail_next("referrers", RegistryUnreachable("429"))
        return reference

    ours, theirs = (
        FakeSigner({registry.host: registry}),
        FakeSigner({registry.host: registry}, identity="other"),
    )
    return World(ours, theirs, registry, reference, break_listing)


def cosign_world(host: str, keys: tuple[Path, Path]) -> Iterator[World]:
    commands = Commands()
    ours, theirs = (CosignSigner(SigningSettings(), folder, PASSWORD, runner(commands)) for folder in keys)
    image = push_image(f"{host}/signer/{uuid.uuid4().hex}", one_file_layer("signed"))
    with HttpServer(breaking(host)).running() as proxy:
        broken = replace(image, repository=Repository(f"{proxy.host}/{image.repository.path}"))
        yield World(ours, theirs, RegistryClient(host), image, lambda: broken, commands)


def breaking(host: str) -> Callable[[Seen], Said]:
    """Pass requests on to a registry, but refuse to list referrers: cosign takes that for `unsigned`."""

    def respond(seen: Seen) -> Said:
        if "/referrers/" in seen.path or seen.path.rpartition("/")[2].startswith("sha256-"):
            return Said(403)
        connection = http.client.HTTPConnection(host)
        connection.request(seen.method, seen.path, seen.body, dict(seen.headers))
        answer = connection.getresponse()
        said = Said(answer.status, {"Content-Type": answer.headers["Content-Type"] or ""}, answer.read())
        connection.close()
        return said

    return respond
