"""The stack in a staging registry, and who copies what to where."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.publish.images import Written, write_images
from tests.bench.publish.store import Store

PREFIXES: Mapping[str, str] = {"hub": "ascendai", "quay": "ascend", "modelers": "base_image"}
ROUTES: Mapping[str, tuple[str, ...]] = {"openmind": ("modelers",)}
"""Where a storey of the stack goes; everything else goes everywhere."""
STAGING = "staging"


@dataclass(frozen=True, slots=True)
class World:
    """The written stack: `store` is the folder of the staging registry."""

    store: Store
    written: tuple[Written, ...]

    @classmethod
    def write(cls, folder: Path, canns: int, scale: float) -> World:
        """Write seven images for each `cann`."""
        store = Store(folder)
        return cls(store, tuple(write_images(store, STAGING, canns, scale)))

    def copies(self, source: str, addresses: Mapping[str, str]) -> Iterator[tuple[str, str]]:
        """Give each copy as source by digest and target by tag."""
        for one in self.written:
            image = one.image
            origin = f"{source}/{STAGING}/{image.name}@{one.digest}"
            for name in ROUTES.get(image.storey, tuple(PREFIXES)):
                yield origin, f"{addresses[name]}/{PREFIXES[name]}/{image.name}:{image.tag}"

    def layers(self, name: str) -> Mapping[str, int]:
        """Give the unique layers that a registry needs: digest and size in bytes."""
        return {
            digest: size
            for one in self.written
            if name in ROUTES.get(one.image.storey, tuple(PREFIXES))
            for digest, size in one.layers.items()
        }


@dataclass(slots=True)
class CopyList:
    """The list as `publisher copy` reads it."""

    targets: dict[str, list[str]] = field(default_factory=dict)

    def write(self, path: Path) -> Path:
        """Write it as JSON."""
        path.write_text(json.dumps([{"source": one, "to": to} for one, to in self.targets.items()]))
        return path


def copy_list(copies: Iterator[tuple[str, str]], path: Path) -> Path:
    """Write the copies as a list for `publisher copy`."""
    found = CopyList()
    for source, target in copies:
        found.targets.setdefault(source, []).append(target)
    return found.write(path)
