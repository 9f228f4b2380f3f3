"""Random images with evidence, and a source registry that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st

from publisher.oci.descriptor import OCI_CONFIG, OCI_EMPTY, OCI_MANIFEST, SIGSTORE_BUNDLE, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.transfer.inventory import Delivery, Shipment, Subject
from tests.fakes.registry import FakeRegistry

SOURCE = Repository("source.test/builds")
PLATFORMS = (Platform("linux/amd64"), Platform("linux/arm64"), Platform("linux/arm/v7"))
REPOSITORIES = tuple(Repository(f"there.test/us/{name}") for name in ("one", "two", "three"))
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"


@dataclass
class Inventory:
    """What is to be sent to one registry, and the registry that has it."""

    source: FakeRegistry
    deliveries: list[Delivery]


class Maker:
    """Puts blobs and manifests into a source registry."""

    def __init__(self) -> None:
        self.registry = FakeRegistry("source.test")

    def blob(self, media_type: str, content: bytes) -> Descriptor:
        """Store a blob."""
        blob = Descriptor(media_type, Digest.of(content), len(content))
        self.registry.put_blob(SOURCE.path, blob, lambda: nullcontext(iter([content])))
        return blob

    def manifest(self, **fields: Any) -> Manifest:
        """Store a manifest."""
        plain = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, **fields}
        manifest = parse_manifest(json.dumps(plain).encode())
        self.registry.put_manifest(SOURCE.path, manifest.digest, manifest)
        return manifest

    def image(self, layers: Sequence[int]) -> Manifest:
        """Store an image with these layers, of a small pool."""
        blobs = [self.blob(LAYER, b"layer %d" % number).to_plain() for number in layers]
        config = self.blob(OCI_CONFIG, json.dumps(list(layers)).encode())
        return self.manifest(config=config.to_plain(), layers=blobs)

    def subject(self, manifest: Manifest, notes: Sequence[int]) -> Subject:
        """Attach referrers."""
        return Subject(manifest, tuple(self.referrer(manifest, note) for note in notes))

    def referrer(self, manifest: Manifest, note: int) -> Manifest:
        """Store a referrer of a manifest."""
        bundle = self.blob(SIGSTORE_BUNDLE, b"%d" % note + manifest.digest.encode())
        about = Descriptor(manifest.media_type, manifest.digest, manifest.size)
        return self.manifest(
            artifactType=SIGSTORE_BUNDLE,
            config=self.blob(OCI_EMPTY, b"{}").to_plain(),
            layers=[bundle.to_plain()],
            subject=about.to_plain(),
            annotations={"note": str(note)},
        )

    def shipment(self, images: Sequence[Sequence[int]], notes: Sequence[int]) -> Shipment:
        """Store an index over images, each with referrers."""
        manifests = [self.image((number, *layers)) for number, layers in enumerate(images, 100)]
        children = [
            Descriptor(one.media_type, one.digest, one.size, platform)
            for one, platform in zip(manifests, PLATFORMS, strict=False)
        ]
        index = assemble_index(children, oci=True)
        self.registry.put_manifest(SOURCE.path, index.digest.permanent_tag, index)
        return Shipment(
            SOURCE,
            self.subject(index, notes),
            index.digest.permanent_tag,
            tuple(self.subject(one, notes) for one in manifests),
        )


layers = st.lists(st.integers(0, 5), min_size=1, max_size=3, unique=True)
notes = st.lists(st.integers(0, 3), max_size=3, unique=True)


@st.composite
def inventories(draw: st.DrawFn, repositories: Sequence[Repository] = REPOSITORIES) -> Inventory:
    """Draw up to four images for up to three repositories, with layers in common; some have no evidence."""
    maker = Maker()
    deliveries = [
        Delivery(
            "there",
            maker.shipment(draw(st.lists(layers, min_size=1, max_size=3)), draw(notes)),
            draw(st.sampled_from(repositories)),
            draw(st.booleans()),
        )
        for _ in range(draw(st.integers(0, 4)))
    ]
    return Inventory(maker.registry, deliveries)
