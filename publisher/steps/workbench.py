"""What every step works with: the ports, the settings, and where this run keeps its files."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from publisher.catalog.settings import Settings
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.ports.artifacts import ArtifactStore
from publisher.ports.builder import Builder
from publisher.ports.engine import Engine
from publisher.ports.forge import Forge
from publisher.ports.progress import Progress
from publisher.ports.registry import Registry
from publisher.ports.sbom import SbomGenerator
from publisher.ports.signer import Signer
from publisher.ports.transfer import Transfer


@dataclass(frozen=True, slots=True)
class Workbench:
    """Everything outside the pure core, as one value; `jobs` is how many nodes run at a time.

    `stop` ends every program that is running, when the whole run is given up.

    `run_directory` keeps logs and the JSON of each step; it is a diagnostic, no step needs it
    to converge.  `who` is recorded as the author of the run.
    """

    settings: Settings
    builder: Callable[[Platform], Builder]
    engine: Engine
    signer: Signer
    sbom: SbomGenerator
    registry: Callable[[str], Registry]
    artifacts: ArtifactStore
    transfer: Transfer
    forge: Forge
    progress: Progress
    now: Callable[[], datetime]
    run_directory: Path
    who: str
    version: str
    jobs: int = 4
    stop: Callable[[], None] = lambda: None

    @property
    def builds(self) -> Repository:
        """Give the repository of staging that holds builds, indexes and their evidence."""
        return self.settings.staging_builds

    @property
    def staging(self) -> Registry:
        """Give the registry of staging."""
        return self.registry(self.builds.host)
