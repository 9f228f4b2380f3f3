"""A stack of three images of kilobytes, with evidence: what fault and kill tests copy."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from dataclasses import dataclass, field
from functools import partial
from random import Random

from publisher.oci.descriptor import OCI_CONFIG, OCI_INDEX, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.reference import Repository
from publisher.registry.client import RegistryClient
from publisher.transfer.inventory import Shipment, Subject

NAMES = ("base", "middle", "leaf")
PLATFORMS = ("amd64", "arm64")
LAYER = "application/vnd.oci.image.layer.v1.tar"
KINDS = ("application/vnd.in-toto+json",)
SIGNATURE = "application/vnd.dev.sigstore.bundle.v0.3+json"


@dataclass(slots=True)
class Stacked:
    """Three images, each on the layers of the one before; `salt` makes all bytes new.

    `layer_size` in bytes, of each of the images' own layers.
    """

    salt: str
    layer_size: int = 70_000
    blobs: dict[Digest, bytes] = field(default_factory=dict)

    def seed(self, host: str, prefix: str) -> dict[str, Shipment]:
        """Put everything into a registry; give what is to be copied, by image."""
        return {name: self._image(host, prefix, number) for number, name in enumerate(NAMES)}

    def _image(self, host: str, prefix: str, number: int) -> Shipment:
        repository = Repository(f"{host}/{prefix}/{NAMES[number]}")
        children = tuple(self._platform(number, architecture) for architecture in PLATFORMS)
        listed = [_plain(child.manifest.descriptor) for child in children]
        index = _manifest({"mediaType": OCI_INDEX, "manifests": listed})
        root = Subject(index, (self._referrer(index, SIGNATURE),))
        shipment = Shipment(repository, root, index.digest.permanent_tag, children)
        self._push(shipment)
        return shipment

    def _platform(self, number: int, architecture: str) -> Subject:
        layers = [self._blob(f"{NAMES[n]} {architecture}", LAYER, self.layer_size) for n in range(number + 1)]
        config = self._blob(f"config {NAMES[number]} {architecture}", OCI_CONFIG, 200)
        manifest = _manifest({"mediaType": OCI_MANIFEST, "config": config, "layers": layers})
        return Subject(manifest, tuple(self._referrer(manifest, kind) for kind in KINDS))

    def _referrer(self, subject: Manifest, kind: str) -> Manifest:
        layer = self._blob(f"{kind} of {subject.digest}", kind, 900)
        config = self._blob("{}", "application/vnd.oci.empty.v1+json", 2)
        return _manifest({
            "mediaType": OCI_MANIFEST, "artifactType": kind, "config": config, "layers": [layer],
            "subject": _plain(subject.descriptor),
        })  # fmt: skip

    def _blob(self, name: str, media_type: str, size: int) -> dict[str, object]:
        content = b"{}" if name == "{}" else Random(f"{self.salt} {name}").randbytes(size)
        digest = Digest.of(content)
        self.blobs[digest] = content
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _push(self, shipment: Shipment) -> None:
        with closing(RegistryClient(shipment.source.host)) as client:
            self._put(client, shipment)

    def _put(self, client: RegistryClient, shipment: Shipment) -> None:
        path = shipment.source.path
        for subject in shipment.subjects:
            for manifest in (subject.manifest, *subject.referrers):
                for blob in manifest.blobs:
                    client.put_blob(path, blob, partial(self._open, blob))
                if manifest.subject:
                    client.add_referrer(path, manifest)
                else:
                    client.put_manifest(path, manifest.digest, manifest)

    def _open(self, blob: Descriptor) -> AbstractContextManager[Iterator[bytes]]:
        return nullcontext(iter([self.blobs[blob.digest]]))


def _manifest(plain: dict[str, object]) -> Manifest:
    return parse_manifest(json.dumps({"schemaVersion": 2, **plain}).encode())


def _plain(descriptor: Descriptor) -> dict[str, object]:
    return {"mediaType": descriptor.media_type, "digest": descriptor.digest, "size": descriptor.size}
