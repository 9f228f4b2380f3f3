"""A forge that keeps releases in a dictionary."""

from __future__ import annotations

from dataclasses import dataclass, field

from publisher.errors import ReleaseError
from publisher.ports.forge import ForgeRelease


@dataclass
class FakeForge:
    """Implements `publisher.ports.forge`; `down` refuses."""

    releases: dict[str, ForgeRelease] = field(default_factory=dict)
    down: bool = False

    def publish(self, release: ForgeRelease) -> str:
        """Keep a release by its tag."""
        if self.down:
            raise ReleaseError("the forge does not answer", hint="run again")
        self.releases[release.tag] = release
        return f"forge://{release.tag}"
