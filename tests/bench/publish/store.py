"""Writing images straight into the folder of a distribution registry: no HTTP, no second copy.

The layout is that of distribution's file system driver (registry/storage/paths.go).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Store:
    """The folder that the registry calls its root directory."""

    root: Path
    known: dict[str, str] = field(default_factory=dict)

    def blob(self, seed: str, make: Callable[[str], Iterable[bytes]]) -> str:
        """Write what follows from a seed, once; give its digest."""
        if seed not in self.known:
            self.known[seed] = self._stream(make(seed))
        return self.known[seed]

    def content(self, content: bytes) -> str:
        """Write small content; give its digest."""
        digest = f"sha256:{hashlib.sha256(content).hexdigest()}"
        path = self.path(digest)
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return digest

    def link(self, repository: str, digest: str) -> None:
        """Let a repository have a blob."""
        self._link(repository, f"_layers/sha256/{digest[7:]}", digest)

    def revision(self, repository: str, digest: str) -> None:
        """Let a repository have a manifest."""
        self._link(repository, f"_manifests/revisions/sha256/{digest[7:]}", digest)

    def tag(self, repository: str, tag: str, digest: str) -> None:
        """Let a tag name a manifest."""
        self._link(repository, f"_manifests/tags/{tag}/index/sha256/{digest[7:]}", digest)
        self._link(repository, f"_manifests/tags/{tag}/current", digest)

    def path(self, digest: str) -> Path:
        """Give the file of a blob."""
        return self._base / "blobs" / "sha256" / digest[7:9] / digest[7:] / "data"

    @property
    def _base(self) -> Path:
        return self.root / "docker" / "registry" / "v2"

    def _link(self, repository: str, place: str, digest: str) -> None:
        folder = self._base / "repositories" / repository / place
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "link").write_text(digest)

    def _stream(self, pieces: Iterable[bytes]) -> str:
        seen, partial = hashlib.sha256(), self.root / "partial"
        self.root.mkdir(parents=True, exist_ok=True)
        with partial.open("wb") as file:
            for piece in pieces:
                seen.update(piece)
                file.write(piece)
        digest = f"sha256:{seen.hexdigest()}"
        path = self.path(digest)
        path.parent.mkdir(parents=True, exist_ok=True)
        partial.replace(path)
        return digest
