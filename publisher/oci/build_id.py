"""The input-addressed identity of one build."""

from __future__ import annotations

from publisher.oci.digest import Digest


class BuildId(Digest):
    """SHA-256 of everything that determines a build, `sha256:<64 hex>`; see `publisher.plan.build_id`."""

    __slots__ = ()

    @property
    def staging_tag(self) -> str:
        """Give the tag `b-<hex>` under which staging keeps the build."""
        return f"b-{self.hex}"
