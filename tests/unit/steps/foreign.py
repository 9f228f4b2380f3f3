"""Images that somebody else published: indexes over manifests of one configuration each."""

from __future__ import annotations

from publisher import codec
from publisher.oci.descriptor import OCI_CONFIG, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.index import assemble_index
from publisher.oci.manifest import Manifest, parse_manifest
from publisher.oci.platform import Platform
from tests.fakes.registry import FakeRegistry

AMD64 = Platform("linux/amd64")


def push_foreign(
    registry: FakeRegistry, path: str, tag: str, text: str = "theirs", *platforms: Platform
) -> Digest:
    """Tag an index over these platforms; equal texts are equal images."""
    made = [_single(registry, path, f"{text} {platform}", platform) for platform in platforms or (AMD64,)]
    index = assemble_index(made, oci=True)
    registry.put_manifest(path, tag, index)
    return index.digest


def push_single(registry: FakeRegistry, path: str, tag: str, text: str = "theirs") -> Digest:
    """Tag a manifest without an index."""
    made = _single(registry, path, text, AMD64)
    registry.put_manifest(path, tag, registry.manifests[path][made.digest])
    return made.digest


def _single(registry: FakeRegistry, path: str, text: str, platform: Platform) -> Descriptor:
    config = codec.canonical({"os": platform.os, "architecture": platform.architecture, "text": text})
    registry.blobs[path][Digest.of(config)] = config
    manifest = _manifest(config)
    registry.put_manifest(path, manifest.digest, manifest)
    return Descriptor(OCI_MANIFEST, manifest.digest, manifest.size, platform)


def _manifest(config: bytes) -> Manifest:
    described = {"mediaType": OCI_CONFIG, "digest": Digest.of(config), "size": len(config)}
    plain = {"schemaVersion": 2, "mediaType": OCI_MANIFEST, "config": described, "layers": []}
    return parse_manifest(codec.canonical(plain))
