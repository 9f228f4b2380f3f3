"""Reads buildx's metadata file: what was built, and what BuildKit used for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, urlsplit

from publisher import codec
from publisher.errors import BuildError, Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.ports.builder import BuildResult
from publisher.records.build import Material

_PROVENANCE = "buildx.build.provenance"
"""Key of the provenance; with `/<platform>` behind it where several were asked for."""


def parse_metadata(raw: bytes) -> BuildResult:
    """Give digest and materials; SLSA v0.2 and v1 name the latter differently (slsa.dev/spec).

    Raises:
        BuildError: the file is not what buildx documents, or has no provenance.
    """
    try:
        plain = codec.parse(raw)
        digest = Digest(plain["containerimage.digest"])
        provenance = next(value for key, value in sorted(plain.items()) if key.split("/")[0] == _PROVENANCE)
        used = {_material(item) for item in _used(provenance)}
    except (Malformed, KeyError, TypeError, AttributeError, StopIteration) as error:
        raise BuildError(
            "buildx did not say what it built and from what",
            detail=f"{error!r:.500}",
            hint="use the pinned buildx and BuildKit: run `make setup`",
        ) from error
    return BuildResult(digest, tuple(sorted(used, key=lambda material: (material.uri, material.digest))))


def _used(provenance: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    if "buildDefinition" in provenance:
        return provenance["buildDefinition"].get("resolvedDependencies") or []
    if "invocation" not in provenance:
        raise Malformed("provenance of an unknown form")
    return provenance.get("materials") or []


def _material(plain: Mapping[str, Any]) -> Material:
    uri = plain["uri"]
    if not isinstance(uri, str):
        raise Malformed("a material has no URI")
    digest = next((f"{name}:{value}" for name, value in sorted((plain.get("digest") or {}).items())), "")
    material = Material(uri, digest)
    if not material.is_image:
        return material
    qualifiers = parse_qs(urlsplit(uri).query)
    named = qualifiers.get("digest", [digest])[0]
    if digest and named != digest:
        raise Malformed(f"{uri} has another digest, {digest}")
    platform = qualifiers.get("platform")
    return Material(uri, named, Platform(platform[0]) if platform else None)
