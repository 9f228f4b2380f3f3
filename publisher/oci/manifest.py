"""Image manifests and indexes: the raw bytes are the truth, the parsed view lies beside them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.descriptor import (
    INDEX_TYPES,
    MANIFEST_TYPES,
    OCI_INDEX,
    OCI_MANIFEST,
    Descriptor,
    annotations_of,
    optional_text,
)
from publisher.oci.digest import Digest

MAX_MANIFEST = 4 * 1024 * 1024
"""Largest manifest that is read, in bytes; the distribution specification asks registries for as much."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest or index: `raw` is never re-serialised.

    `children` are the manifests of an index, or the config and layers of an image,
    in the document's order.
    """

    media_type: str
    raw: bytes = field(repr=False)
    config: Descriptor | None = None
    layers: tuple[Descriptor, ...] = ()
    manifests: tuple[Descriptor, ...] = ()
    subject: Descriptor | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @property
    def digest(self) -> Digest:
        """Compute the digest of the raw bytes."""
        return Digest.of(self.raw)

    @property
    def size(self) -> int:
        """Give the length of the raw bytes."""
        return len(self.raw)

    @property
    def is_index(self) -> bool:
        """Tell whether this is an index (or a docker manifest list)."""
        return self.media_type in INDEX_TYPES

    @property
    def blobs(self) -> tuple[Descriptor, ...]:
        """Give layers and config, in the order in which they should be sent."""
        return (*self.layers, *([self.config] if self.config else []))

    @property
    def descriptor(self) -> Descriptor:
        """Describe this manifest; a referrer's descriptor carries artifact type and annotations."""
        kind = self.artifact_type or (self.config.media_type if self.config and self.subject else None)
        return Descriptor(
            self.media_type,
            self.digest,
            self.size,
            artifact_type=kind,
            annotations=self.annotations if self.subject else {},
        )


def parse_manifest(raw: bytes, media_type: str = "") -> Manifest:
    """Read a manifest or an index.

    Raises:
        Malformed: too large, not JSON, or not one of the four known media types.
    """
    if len(raw) > MAX_MANIFEST:
        raise Malformed(f"a manifest of {len(raw)} bytes is too large")
    plain = codec.parse(raw)
    if not isinstance(plain, dict):
        raise Malformed("a manifest must be a JSON object")
    kind = optional_text(plain, "mediaType") or media_type.partition(";")[0] or _guess(plain)
    if kind not in INDEX_TYPES | MANIFEST_TYPES:
        raise Malformed(f"{kind!r:.120} is not the media type of a manifest or an index")
    subject = plain.get("subject")
    return Manifest(
        kind,
        raw,
        config=Descriptor.from_plain(plain["config"])
        if kind in MANIFEST_TYPES and "config" in plain
        else None,
        layers=_descriptors(plain.get("layers")) if kind in MANIFEST_TYPES else (),
        manifests=_descriptors(plain.get("manifests")) if kind in INDEX_TYPES else (),
        subject=Descriptor.from_plain(subject) if subject else None,
        artifact_type=optional_text(plain, "artifactType"),
        annotations=annotations_of(plain),
    )


def _guess(plain: Mapping[str, Any]) -> str:
    return OCI_INDEX if "manifests" in plain else OCI_MANIFEST


def _descriptors(plain: Any) -> tuple[Descriptor, ...]:
    if plain is None:
        return ()
    if not isinstance(plain, list):
        raise Malformed("a manifest's list of descriptors is not a list")
    return tuple(Descriptor.from_plain(item) for item in plain)
