"""Software bills of materials (syft)."""

from __future__ import annotations

from typing import Protocol

from publisher.oci.platform import Platform
from publisher.oci.reference import Reference


class SbomGenerator(Protocol):
    """Lists what is inside an image."""

    def generate(self, reference: Reference, platform: Platform) -> bytes:
        """Give an SPDX 2.3 JSON document for a platform manifest, `repository@digest`.

        Raises:
            AttestError: syft failed, with its last lines.
        """
