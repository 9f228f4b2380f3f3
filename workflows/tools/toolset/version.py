"""Versions as programs print them: numbers with dots."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NUMBERS = re.compile(r"\d+(?:\.\d+)*")


@dataclass(frozen=True, order=True)
class Version:
    """A release number; `1.26` and `1.26.0` are the same."""

    parts: tuple[int, ...]

    @classmethod
    def parse(cls, text: str) -> Version:
        """Read `3.1.2`, `v3.1.2` or `go1.26.8`.

        Raises:
            ValueError: when the text holds no number.
        """
        found = _NUMBERS.search(text)
        if not found:
            raise ValueError(f"no version in {text!r}")
        parts = [int(part) for part in found.group().split(".")]
        while len(parts) > 1 and parts[-1] == 0:
            parts.pop()
        return cls(tuple(parts))

    def serves_as(self, pinned: Version) -> bool:
        """Tell whether this version may stand in for the pinned one: not older, and of the same major."""
        return self >= pinned and self.parts[0] == pinned.parts[0]
