"""Where built tools lie: one directory per tool and version, and `bin/` with a link to each."""

from __future__ import annotations

import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from .console import say
from .pins import TOOLS, Tool


@dataclass(frozen=True)
class Cache:
    """The tool cache below one directory."""

    root: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Cache:
        """Find the cache: `PUBLISHER_TOOLS`, else the user's cache directory."""
        if given := environment.get("PUBLISHER_TOOLS"):
            return cls(Path(given).absolute())
        base = environment.get("XDG_CACHE_HOME") or Path(environment.get("HOME", "~"), ".cache").expanduser()
        return cls(Path(base) / "publisher" / "tools")

    @property
    def bin(self) -> Path:
        """The one directory to put on PATH."""
        return self.root / "bin"

    def directory(self, tool: Tool) -> Path:
        """Return the tool's directory; a program of our own is known by its sources as well."""
        own = f"-{_digest_of(tool.module)}" if tool.module and tool.package == "." else ""
        return self.root / f"{tool.name}-{tool.text_version}{own}"

    def program(self, tool: Tool) -> Path:
        """Return where the program lies, or will lie."""
        return self.directory(tool) / tool.name

    def has(self, tool: Tool) -> bool:
        """Tell whether the program is there and can be run."""
        return os.access(self.program(tool), os.X_OK)

    def is_linked(self, tool: Tool) -> bool:
        """Tell whether `bin/` shows this version of the tool."""
        link = self.bin / tool.name
        return link.is_symlink() and link.readlink() == self._target(tool)

    def link(self, tool: Tool) -> None:
        """Make `bin/` show this version of the tool."""
        if self.is_linked(tool):
            return
        self.bin.mkdir(parents=True, exist_ok=True)
        fresh = self.bin / f".{tool.name}.{secrets.token_hex(4)}"
        fresh.symlink_to(self._target(tool))
        fresh.replace(self.bin / tool.name)

    def _target(self, tool: Tool) -> Path:
        return Path("..") / self.directory(tool).name / tool.name

    @contextmanager
    def fresh_directory(self, final: Path) -> Iterator[Path]:
        """Yield a directory to fill, which becomes `final` in one step, or nothing if the block fails."""
        self.root.mkdir(parents=True, exist_ok=True)
        building = self.root / f".building-{final.name}-{secrets.token_hex(4)}"
        building.mkdir()
        try:
            yield building
            if final.exists():
                shutil.rmtree(final)
            building.rename(final)
        finally:
            shutil.rmtree(building, ignore_errors=True)

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the cache against another installation; the kernel lets go when the process ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with (self.root / ".lock").open("w") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                say(f"another installation is filling {self.root}: waiting for it")
                fcntl.flock(file, fcntl.LOCK_EX)
            yield


def _digest_of(module: str) -> str:
    digest = hashlib.sha256()
    for path in sorted((TOOLS / module).glob("*.*")):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
