"""Content digests, after the OCI image specification (descriptor.md#digests)."""

from __future__ import annotations

import hashlib
import re
from typing import Self

from publisher.errors import Malformed

_PATTERN = re.compile(r"sha256:[0-9a-f]{64}")


class Digest(str):
    """A SHA-256 digest, `sha256:<64 hex>`; no other text can be one."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _PATTERN.fullmatch(text):
            raise Malformed(f"{text[:80]!r} is not a sha256 digest")
        return super().__new__(cls, text)

    @classmethod
    def of(cls, content: bytes) -> Self:
        """Compute the digest of `content`."""
        return cls("sha256:" + hashlib.sha256(content).hexdigest())

    @property
    def hex(self) -> str:
        """Give the 64 hexadecimal digits."""
        return self[7:]

    @property
    def permanent_tag(self) -> str:
        """Give the tag `d-<hex>` that keeps this digest alive in a registry."""
        return f"d-{self.hex}"

    @property
    def fallback_tag(self) -> str:
        """Give the referrers tag, distribution specification 1.1 (`sha256-<hex>`)."""
        return f"sha256-{self.hex}"

    @property
    def short(self) -> str:
        """Give twelve digits, enough for a person."""
        return self.hex[:12]


def named_instead(found: Digest | None, wanted: Digest | None) -> str:
    """Say what a tag names, and what it should."""
    names, expected = (one.short if one else "nothing" for one in (found, wanted))
    return f"names {names} instead of {expected}"
