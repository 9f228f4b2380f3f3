"""An engine that runs nothing: what each image would show is written in a table."""

from __future__ import annotations

import json
import tarfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from publisher.catalog.smoke import SmokeTest
from publisher.errors import EngineUnavailable
from publisher.oci.platform import Platform
from publisher.records.test import CheckResult, TestMode
from publisher.tools.engine_judge import (
    FileFacts,
    Finished,
    command_complaints,
    config_complaints,
    file_complaints,
)

_MISSING = Finished(None, note="cannot be started: no such program")


@dataclass(frozen=True)
class FakeImage:
    """What an image shows: how commands end by their words, files by path, open ports, the configuration.

    `obliging` passes every check that the tables do not know, except those named in `failing`.
    """

    commands: Mapping[tuple[str, ...], Finished] = field(default_factory=dict)
    files: Mapping[str, FileFacts] = field(default_factory=dict)
    ports: frozenset[int] = frozenset()
    config: Mapping[str, Any] = field(default_factory=dict)
    platform: Platform = Platform("linux/amd64")  # noqa: RUF009 - a value
    obliging: bool = False
    failing: frozenset[str] = frozenset()


@dataclass
class FakeEngine:
    """Implements `publisher.ports.engine`; `images` by `repository@digest` or id, `otherwise` for all others.

    `loaded` are the ids of archives that were loaded and not yet unloaded.
    """

    images: dict[str, FakeImage] = field(default_factory=dict)
    otherwise: FakeImage | None = None
    modes: dict[Platform, TestMode] = field(
        default_factory=lambda: {Platform("linux/amd64"): TestMode.NATIVE}
    )
    gone: bool = False
    ran: list[str] = field(default_factory=list)
    loaded: list[str] = field(default_factory=list)

    def mode(self, platform: Platform) -> TestMode | None:
        """Look the platform up."""
        self._answer()
        return self.modes.get(platform)

    def run(
        self, image: str, platform: Platform, test: SmokeTest, said: Callable[[str], None]
    ) -> tuple[CheckResult, ...]:
        """Judge the table's entries as the real engine judges a container's."""
        self._answer()
        shown = self.images.get(image, self.otherwise)
        if shown is None or (image.startswith("sha256:") and image not in self.loaded):
            raise EngineUnavailable("the engine cannot pull the image", where=image, hint="push it")
        self.ran.append(image)
        if not shown.obliging and shown.platform != platform:
            said("FAILED: platform")
            return (CheckResult("platform", passed=False, message=f"the image is for {shown.platform}"),)
        results = tuple(_judged(name, complaints, shown) for name, complaints in _complaints(shown, test))
        for result in results:
            said(f"{'ok' if result.passed else 'FAILED'}: {result.name}")
        return results

    def load(self, archive: Path) -> str:
        """Take the id from the archive."""
        self._answer()
        try:
            with tarfile.open(archive) as tar:
                member = tar.extractfile("manifest.json")
                config = json.load(member)[0]["Config"] if member else ""
        except (OSError, tarfile.TarError, LookupError, ValueError) as error:
            raise EngineUnavailable(
                "the engine cannot load the image", where=str(archive), detail=str(error), hint="build again"
            ) from error
        self.loaded.append(f"sha256:{config.removesuffix('.json').rpartition('/')[2]}")
        return self.loaded[-1]

    def unload(self, image: str) -> None:
        """Forget an id."""
        self._answer()
        self.loaded = [one for one in self.loaded if one != image]

    def _answer(self) -> None:
        if self.gone:
            raise EngineUnavailable("no docker engine answers", hint="start docker")


def _complaints(shown: FakeImage, test: SmokeTest) -> list[tuple[str, list[str]]]:
    found = []
    if test.config:
        found.append(("image configuration", config_complaints(test.config, shown.config)))
    found += [(check.name, file_complaints(check, shown.files.get(check.path))) for check in test.files]
    found += [
        (check.name, command_complaints(check, shown.commands.get(check.argv, _MISSING)))
        for check in test.commands
    ]
    found += [
        (check.name, [] if check.port in shown.ports else ["connection refused"]) for check in test.probes
    ]
    return found


def _judged(name: str, complaints: list[str], shown: FakeImage) -> CheckResult:
    if shown.obliging:
        complaints = ["told to fail"] if name in shown.failing else []
    return CheckResult(name, not complaints, "; ".join(complaints))
