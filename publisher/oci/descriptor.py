"""Descriptors and media types, after the OCI image specification 1.1 (descriptor.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform

OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_CONFIG = "application/vnd.oci.image.config.v1+json"
OCI_EMPTY = "application/vnd.oci.empty.v1+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
DOCKER_INDEX = "application/vnd.docker.distribution.manifest.list.v2+json"
INDEX_TYPES = frozenset({OCI_INDEX, DOCKER_INDEX})
MANIFEST_TYPES = frozenset({OCI_MANIFEST, DOCKER_MANIFEST})
SIGSTORE_BUNDLE = "application/vnd.dev.sigstore.bundle.v0.3+json"
RELEASE_RECORD = "application/vnd.publisher.release.v1+json"


@dataclass(frozen=True, slots=True)
class Descriptor:
    """What a manifest says about one blob or manifest; `size` in bytes."""

    media_type: str
    digest: Digest
    size: int
    platform: Platform | None = None
    artifact_type: str | None = None
    annotations: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_plain(cls, plain: Any) -> Descriptor:
        """Read a descriptor from parsed JSON.

        Raises:
            Malformed: a field is missing or of another type.
        """
        try:
            size, media_type = plain["size"], plain["mediaType"]
            if (
                not isinstance(size, int)
                or isinstance(size, bool)
                or size < 0
                or not isinstance(media_type, str)
            ):
                raise Malformed("a descriptor has a wrong size or media type")
            return cls(
                media_type,
                Digest(plain["digest"]),
                size,
                _platform(plain.get("platform")),
                optional_text(plain, "artifactType"),
                annotations_of(plain),
            )
        except (KeyError, TypeError, AttributeError) as error:
            raise Malformed("not an OCI descriptor", detail=repr(error)) from error

    def to_plain(self) -> dict[str, Any]:
        """Give the JSON form in the specification's names."""
        plain: dict[str, Any] = {"mediaType": self.media_type, "digest": str(self.digest), "size": self.size}
        if self.platform:
            plain["platform"] = {"architecture": self.platform.architecture, "os": self.platform.os}
            if self.platform.variant:
                plain["platform"]["variant"] = self.platform.variant
        if self.artifact_type:
            plain["artifactType"] = self.artifact_type
        if self.annotations:
            plain["annotations"] = dict(self.annotations)
        return plain


def optional_text(plain: Mapping[str, Any], name: str) -> str | None:
    """Give a field that is a text or absent.

    Raises:
        Malformed: it is something else.
    """
    value = plain.get(name)
    if value is not None and not isinstance(value, str):
        raise Malformed(f"`{name}` is not a text")
    return value


def annotations_of(plain: Mapping[str, Any]) -> dict[str, str]:
    """Give the annotations of a descriptor or manifest.

    Raises:
        Malformed: they are not texts by name.
    """
    found = plain.get("annotations") or {}
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise Malformed("annotations must be texts by name")
    return found


def _platform(plain: Any) -> Platform | None:
    if not plain or plain.get("os") in (None, "", "unknown"):
        return None
    variant = f"/{plain['variant']}" if plain.get("variant") else ""
    return Platform(f"{plain['os']}/{plain['architecture']}{variant}")
