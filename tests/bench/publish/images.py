"""The synthetic stack: os → python → cann → framework → openmind, two platforms, signed.

Every byte follows from names, so that two runs, on whatever machine, copy the same digests.
Layers are incompressible.  Sizes follow the real thing: SBOMs of 5 to 300 KB, statements of some KB.
"""

from __future__ import annotations

import base64
import hashlib
import json
import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from tests.bench.publish.store import Store

PLATFORMS = ("amd64", "arm64")
PIECE = 1024 * 1024
LAYER = "application/vnd.oci.image.layer.v1.tar+gzip"
CONFIG = "application/vnd.oci.image.config.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
INDEX = "application/vnd.oci.image.index.v1+json"
BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
EMPTY = "application/vnd.oci.empty.v1+json"
SIZES: Mapping[str, int] = {
    "os": 40_000_000, "python": 20_000_000, "cann": 30_000_000, "framework": 6_000_000, "openmind": 1_500_000
}  # fmt: skip
"""Bytes of the layer that each storey adds, for each platform: 1.09 GB in all for 56 images."""
STATEMENTS = (("sbom", 0), ("provenance", 9_000), ("test", 5_000), ("signature", 4_000))
"""What hangs on each platform's manifest, and its size in bytes; an SBOM's follows from the image."""
FRAMEWORKS = ("mindspore", "pytorch")

Plain = dict[str, object]


@dataclass(frozen=True, slots=True)
class Image:
    """One image of the stack: `layers` are the names of its layers, bottom up."""

    name: str
    tag: str
    layers: tuple[tuple[str, str], ...]

    @property
    def storey(self) -> str:
        """Give the layer of the stack that the image belongs to."""
        return self.layers[-1][0]


@dataclass(frozen=True, slots=True)
class Written:
    """An image in the store: digest of its index, and the digests and sizes of its layers."""

    image: Image
    digest: str
    layers: Mapping[str, int]


def images(canns: int) -> Iterator[Image]:
    """Give seven images for each `cann` image: itself, two frameworks, four openmind."""
    for number in range(canns):
        bottom = (("os", str(number % 2)), ("python", str(number % 4)))
        base = f"{('ubuntu', 'openeuler')[number % 2]}-python3.{8 + number % 4 // 2}-cann8.0.{number}"
        cann = (*bottom, ("cann", str(number)))
        yield Image("cann", base, cann)
        for framework in FRAMEWORKS:
            middle = (*cann, ("framework", f"{framework}-{number}"))
            yield Image(framework, f"{base}-{framework}2.1", middle)
            for version in range(2):
                top = (*middle, ("openmind", f"{framework}-{number}-{version}"))
                yield Image("openmind", f"{base}-{framework}2.1-openmind0.{version}", top)


def write_images(store: Store, prefix: str, canns: int, scale: float) -> list[Written]:
    """Write the stack below `prefix` of a registry's folder; `scale` makes layers smaller."""
    return [_Writer(store, f"{prefix}/{image.name}", image, scale).write() for image in images(canns)]


@dataclass(frozen=True, slots=True)
class _Writer:
    """Writes one image with its evidence."""

    store: Store
    repository: str
    image: Image
    scale: float

    def write(self) -> Written:
        layers: dict[str, int] = {}
        children = [self._platform(platform, layers) for platform in PLATFORMS]
        index = self._manifest({"schemaVersion": 2, "mediaType": INDEX, "manifests": children}, INDEX)
        self.store.tag(self.repository, self.image.tag, str(index["digest"]))
        self._attach(index, ["signature"])
        return Written(self.image, str(index["digest"]), layers)

    def _platform(self, platform: str, layers: dict[str, int]) -> Plain:
        described = [self._layer(storey, name, platform) for storey, name in self.image.layers]
        layers.update({str(item["digest"]): int(str(item["size"])) for item in described})
        manifest: Plain = {
            "schemaVersion": 2,
            "mediaType": MANIFEST,
            "config": self._config(platform, described),
            "layers": described,
        }
        found = self._manifest(manifest, MANIFEST)
        self._attach(found, [kind for kind, _ in STATEMENTS])
        return {**found, "platform": {"os": "linux", "architecture": platform}}

    def _layer(self, storey: str, name: str, platform: str) -> Plain:
        size = max(1_000, int(SIZES[storey] * self.scale))
        digest = self.store.blob(f"{storey}/{name}/{platform}/{size}", lambda seed: noise(seed, size))
        self.store.link(self.repository, digest)
        return {"mediaType": LAYER, "digest": digest, "size": size}

    def _config(self, platform: str, layers: list[Plain]) -> Plain:
        made = [{"created_by": f"RUN make {name} # {'x' * 400}"} for name in self.image.layers]
        document = {
            "architecture": platform,
            "os": "linux",
            "config": {"Env": ["PATH=/usr/local/bin:/usr/bin"], "Labels": {"image": self.image.tag}},
            "rootfs": {"type": "layers", "diff_ids": [item["digest"] for item in layers]},
            "history": made,
        }
        return self._small(CONFIG, json.dumps(document).encode())

    def _attach(self, subject: Plain, kinds: list[str]) -> None:
        bare = {name: subject[name] for name in ("mediaType", "digest", "size")}
        entries = [self._referrer(bare, kind) for kind in kinds]
        index = {"schemaVersion": 2, "mediaType": INDEX, "manifests": entries}
        listed = self._manifest(index, INDEX)
        self.store.tag(self.repository, str(subject["digest"]).replace(":", "-"), str(listed["digest"]))

    def _referrer(self, subject: Plain, kind: str) -> Plain:
        noted = {"dev.sigstore.bundle.predicateType": f"https://example.org/{kind}"}
        found = self._manifest(
            {
                "schemaVersion": 2,
                "mediaType": MANIFEST,
                "artifactType": BUNDLE,
                "config": self._small(EMPTY, b"{}"),
                "layers": [self._small(BUNDLE, self._statement(subject, kind))],
                "subject": subject,
                "annotations": noted,
            },
            MANIFEST,
        )
        return {**found, "artifactType": BUNDLE, "annotations": noted}

    def _statement(self, subject: Plain, kind: str) -> bytes:
        seed = f"{subject['digest']}/{kind}"
        size = dict(STATEMENTS)[kind] or int(hashlib.sha256(seed.encode()).hexdigest(), 16) % 295_000 + 5_000
        size = max(2_000, int(size * min(1.0, 10 * self.scale)))
        payload = base64.b64encode(b"".join(noise(seed, size * 3 // 4)))
        return json.dumps({"payload": payload.decode()}).encode()

    def _small(self, media_type: str, content: bytes) -> Plain:
        digest = self.store.content(content)
        self.store.link(self.repository, digest)
        return {"mediaType": media_type, "digest": digest, "size": len(content)}

    def _manifest(self, document: object, media_type: str) -> Plain:
        raw = json.dumps(document).encode()
        digest = self.store.content(raw)
        self.store.revision(self.repository, digest)
        return {"mediaType": media_type, "digest": digest, "size": len(raw)}


def noise(seed: str, size: int) -> Iterator[bytes]:
    """Give deterministic bytes that nothing can compress, in pieces."""
    source = random.Random(seed)
    for start in range(0, size, PIECE):
        yield source.randbytes(min(PIECE, size - start))
