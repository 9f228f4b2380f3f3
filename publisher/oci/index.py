"""Assembling an index: the same platforms give the same bytes, whoever assembles them."""

from __future__ import annotations

from collections.abc import Iterable

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.descriptor import DOCKER_INDEX, OCI_INDEX, Descriptor
from publisher.oci.manifest import Manifest, parse_manifest


def assemble_index(platforms: Iterable[Descriptor], *, oci: bool) -> Manifest:
    """Make an index over platform manifests, in canonical order and canonical JSON.

    Raises:
        Malformed: no platform at all, or one twice.
    """
    ordered = sorted(platforms, key=lambda item: str(item.platform))
    names = [item.platform for item in ordered]
    if not ordered or None in names or len(set(names)) != len(names):
        raise Malformed("an index needs at least one platform, and each only once")
    media_type = OCI_INDEX if oci else DOCKER_INDEX
    raw = codec.canonical(
        {"schemaVersion": 2, "mediaType": media_type, "manifests": [item.to_plain() for item in ordered]}
    )
    return parse_manifest(raw, media_type)
