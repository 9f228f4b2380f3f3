"""What a build did."""

from __future__ import annotations

from dataclasses import dataclass

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform


@dataclass(frozen=True, slots=True, order=True)
class Material:
    """An image that BuildKit used, by digest and platform; other materials have a URI only.

    `digest` is as BuildKit wrote it, `<algorithm>:<hex>`, empty where it gave none.
    """

    uri: str
    digest: str
    platform: Platform | None = None

    @property
    def is_image(self) -> bool:
        """Tell whether this is a container image (package URL type docker or oci)."""
        return self.uri.startswith(("pkg:docker/", "pkg:oci/"))


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """A platform manifest in staging; `reused` when an earlier run built it; `seconds` of build time.

    `statement` is the digest of the referrer that carries the signed SLSA provenance.
    """

    target: TargetId
    platform: Platform
    build_id: BuildId
    digest: Digest
    size: int
    media_type: str
    statement: Digest
    reused: bool = False
    seconds: float = 0.0
