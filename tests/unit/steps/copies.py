"""Small images in registries in memory, and a copying over them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.oci.descriptor import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Reference
from publisher.ports.progress import Progress
from publisher.ports.signer import Signer
from publisher.registry.engine.engine import Engine
from publisher.steps.copy_list import Copy, parse_copies
from publisher.steps.copying import Copying, CopyReport
from tests.fakes.registry import FakeRegistry

LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
FROM, HUB, QUAY = "a.test", "hub.test", "quay.test"
REPOSITORY = "us/x"


class Heard(Progress):
    """Notes what is told."""

    def __init__(self) -> None:
        self.notes: list[str] = []
        self.warnings: list[str] = []
        self.points: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def warning(self, text: str, *, file: str = "", line: int = 0) -> None:
        self.warnings.append(text)

    def reached(self, point: str) -> None:
        self.points.append(point)


@dataclass
class Shop:
    """A source with images, and empty registries."""

    registries: dict[str, FakeRegistry] = field(
        default_factory=lambda: {host: FakeRegistry(host) for host in (FROM, HUB, QUAY)}
    )
    heard: Heard = field(default_factory=Heard)
    signer: Signer | None = None

    @property
    def source(self) -> FakeRegistry:
        return self.registries[FROM]

    def copying(self) -> Copying:
        engine = Engine(self.registries.__getitem__, self.heard, sleep=lambda _: None)
        return Copying(self.registries.__getitem__, engine, self.heard, self.signer)

    def copy(
        self, *entries: tuple[Manifest | str, str], force: bool = False, recheck: bool = False
    ) -> CopyReport:
        copying = self.copying()
        return copying.carry_out(copying.prepare(listed(*entries), recheck=recheck), force=force)

    def blob(self, content: bytes, media_type: str = LAYER) -> Descriptor:
        found = Descriptor(media_type, Digest.of(content), len(content))
        self.source.blobs[REPOSITORY][found.digest] = content
        return found

    def put(self, **plain: Any) -> Manifest:
        """Put a manifest or an index into the source."""
        media_type = OCI_INDEX if "manifests" in plain else OCI_MANIFEST
        raw = json.dumps({"schemaVersion": 2, "mediaType": media_type, **plain}).encode()
        manifest = parse_manifest(raw)
        self.source.manifests[REPOSITORY][manifest.digest] = manifest
        return manifest

    def image(self, name: str, **more: Any) -> Manifest:
        config = self.blob(b"{}" + name.encode(), OCI_CONFIG).to_plain()
        return self.put(config=config, layers=[self.blob(b"layer " + name.encode()).to_plain()], **more)

    def index(self, *children: Manifest, **more: Any) -> Manifest:
        return self.put(manifests=[described(child) for child in children], **more)

    def referrer(self, subject: Manifest, name: str = "signature") -> Manifest:
        return self.image(
            f"{name} of {subject.digest}", subject=described(subject), artifactType=f"test/{name}"
        )

    def at(self, host: str) -> Mapping[Digest, Manifest]:
        """Give the manifests of the one repository at a host."""
        return self.registries[host].manifests[REPOSITORY]

    def tags(self, host: str) -> Mapping[str, Digest]:
        """Give the tags there, but those that keep a digest."""
        tagged = self.registries[host].tagged[REPOSITORY]
        return {tag: digest for tag, digest in tagged.items() if not tag.startswith(("d-", "sha256-"))}


def described(manifest: Manifest) -> dict[str, Any]:
    """Describe a manifest as its index or its referrers do."""
    return {"mediaType": manifest.media_type, "digest": manifest.digest, "size": manifest.size}


def listed(*entries: tuple[Manifest | str, str]) -> tuple[Copy, ...]:
    """Make a list of copies; a source is a manifest of the source registry, a target `host:tag` or `host`."""
    return parse_copies(
        json.dumps(
            [{"source": named(source), "to": [target_of(target)]} for source, target in entries]
        ).encode()
    )


def named(source: Manifest | str) -> str:
    """Name a source by digest, or by tag."""
    tail = f":{source}" if isinstance(source, str) else f"@{source.digest}"
    return f"{FROM}/{REPOSITORY}{tail}"


def target_of(text: str) -> str:
    """Spell out a target."""
    host, _, tag = text.partition(":")
    return f"{host}/{REPOSITORY}{':' + tag if tag else ''}"


def reference(manifest: Manifest) -> Reference:
    """Name a source as signers do."""
    return Reference.parse(named(manifest))
