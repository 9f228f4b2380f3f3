"""Platforms, normalised as containerd does (`arm64/v8` is `arm64`, `x86_64` is `amd64`)."""

from __future__ import annotations

import re
from typing import Self

from publisher.errors import Malformed

_PATTERN = re.compile(r"[a-z0-9_]+/[a-z0-9_]+(/[a-z0-9_.]+)?")
_ARCHITECTURES = {"x86_64": "amd64", "x86-64": "amd64", "aarch64": "arm64"}
_DEFAULT_VARIANTS = {"arm64": "v8", "amd64": "v1"}


class Platform(str):
    """`os/architecture[/variant]`, for example `linux/arm64`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        if not _PATTERN.fullmatch(text):
            raise Malformed(
                f"{text[:80]!r} is not a platform", hint="write os/architecture, such as linux/arm64"
            )
        os, architecture, *variant = text.split("/")
        architecture = _ARCHITECTURES.get(architecture, architecture)
        if variant and variant[0] == _DEFAULT_VARIANTS.get(architecture):
            variant = []
        return super().__new__(cls, "/".join([os, architecture, *variant]))

    @property
    def os(self) -> str:
        """Give the operating system, GOOS."""
        return self.split("/")[0]

    @property
    def architecture(self) -> str:
        """Give the processor architecture, GOARCH."""
        return self.split("/")[1]

    @property
    def variant(self) -> str | None:
        """Give the variant that is not the architecture's default, such as `v7`."""
        parts = self.split("/")
        return parts[2] if len(parts) > 2 else None

    @property
    def slug(self) -> str:
        """Give a form for file names: `linux-arm64`."""
        return self.replace("/", "-")
