"""A docker engine that runs smoke tests."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Protocol

from publisher.catalog.smoke import SmokeTest
from publisher.oci.platform import Platform
from publisher.records.test import CheckResult, TestMode


class Engine(Protocol):
    """Runs containers from images given as `repository@digest`, or by the id that `load` gave."""

    def mode(self, platform: Platform) -> TestMode | None:
        """Tell how the platform would run here; None when it cannot.

        Raises:
            EngineUnavailable: no engine answers.
        """

    def run(
        self, image: str, platform: Platform, test: SmokeTest, said: Callable[[str], None]
    ) -> tuple[CheckResult, ...]:
        """Run every check; containers are removed whatever happens; `said` receives log lines.

        Raises:
            EngineUnavailable: the engine does not answer, or cannot pull the image.
        """

    def load(self, archive: Path) -> str:
        """Take an image from a tar (`LocalFiles.archive`) and give its id; no registry is asked.

        Raises:
            EngineUnavailable: the engine does not answer, or cannot read the archive.
        """

    def unload(self, image: str) -> None:
        """Remove an image by the id that `load` gave, unless it has a name or a container uses it.

        Raises:
            EngineUnavailable: no engine answers.
        """
