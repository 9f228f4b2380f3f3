"""Artifacts in any registry that keeps the port, without oras; the same bytes as the real store writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, nullcontext

from publisher import codec
from publisher.errors import DigestMismatch
from publisher.oci.descriptor import OCI_EMPTY, OCI_MANIFEST, Descriptor
from publisher.oci.digest import Digest
from publisher.oci.manifest import parse_manifest
from publisher.oci.reference import Repository
from publisher.ports.registry import Registry

_CONFIG = b"{}"


class FakeArtifacts:
    """Implements `publisher.ports.artifacts` over `registry_for(host)`."""

    def __init__(self, registry_for: Callable[[str], Registry]) -> None:
        self._registry_for = registry_for

    def push(
        self,
        repository: Repository,
        tag: str,
        artifact_type: str,
        content: bytes,
        annotations: Mapping[str, str],
    ) -> Descriptor:
        """Write blob, config and manifest."""
        registry = self._registry_for(repository.host)
        layer = Descriptor(
            artifact_type,
            Digest.of(content),
            len(content),
            annotations={"org.opencontainers.image.title": "content"},
        )
        config = Descriptor(OCI_EMPTY, Digest.of(_CONFIG), len(_CONFIG))
        registry.put_blob(repository.path, layer, _opener(content))
        registry.put_blob(repository.path, config, _opener(_CONFIG))
        plain = {
            "schemaVersion": 2,
            "mediaType": OCI_MANIFEST,
            "artifactType": artifact_type,
            "config": config.to_plain(),
            "layers": [layer.to_plain()],
            "annotations": dict(annotations),
        }
        return registry.put_manifest(repository.path, tag, parse_manifest(codec.canonical(plain)))

    def pull(self, repository: Repository, reference: str, artifact_type: str) -> tuple[Descriptor, bytes]:
        """Read manifest and blob."""
        registry = self._registry_for(repository.host)
        manifest = registry.get_manifest(repository.path, reference)
        if manifest.artifact_type != artifact_type or len(manifest.layers) != 1:
            raise DigestMismatch(f"this is no {artifact_type}", where=f"{repository}:{reference}")
        with registry.open_blob(repository.path, manifest.layers[0]) as chunks:
            return manifest.descriptor, b"".join(chunks)


def _opener(content: bytes) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    return lambda: nullcontext(iter([content]))
