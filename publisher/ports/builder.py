"""Building one platform of one target."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.records.build import Material


@dataclass(frozen=True, slots=True)
class PushTo:
    """The image is pushed to a repository by digest, without a tag."""

    repository: Repository

    def __str__(self) -> str:
        return self.repository


@dataclass(frozen=True, slots=True)
class LocalFiles:
    """The image is written to the disk: `layout`, a directory that becomes an OCI layout, and
    `archive`, a tar that a docker engine loads.  No registry hears of it.
    """

    layout: Path
    archive: Path | None = None

    def __str__(self) -> str:
        return str(self.layout)

    def image(self, digest: Digest) -> str:
        """Give the image as another build's request names it in `images`."""
        return f"{OCI_LAYOUT}{self.layout.absolute()}@{digest}"


Output = PushTo | LocalFiles
OCI_LAYOUT = "oci-layout://"
"""How an image on the disk is told from one in a registry (docs.docker.com/build/bake/contexts)."""


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """What to build.

    `images` maps each reference of the Dockerfile to `repository@digest`, or to
    `oci-layout:///directory@digest` for an image that lies on the disk.
    `frontend` is the `repository@digest` that stands for the image of a `# syntax=` line.
    `epoch` is SOURCE_DATE_EPOCH in seconds; `oci` chooses OCI or docker media types.
    The name of the `context` directory must differ where its files differ (`materialise` sees to
    it).  RUN steps use the builder's own default network.  `where` names target and platform in errors.
    """

    platform: Platform
    dockerfile: Path
    context: Path
    images: Mapping[str, str]
    args: Mapping[str, str]
    stage: str | None
    epoch: int
    output: Output
    oci: bool = True
    log: Path | None = None
    frontend: str | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What came out: the manifest's digest and every material that BuildKit observed."""

    digest: Digest
    materials: tuple[Material, ...]


class Builder(Protocol):
    """A BuildKit."""

    def build(self, request: BuildRequest, said: Callable[[str], None]) -> BuildResult:
        """Build, and deliver as the request's output says; `said` receives BuildKit's lines.

        Raises:
            BuildError: the build failed, with the last lines of its log.
            BuilderUnavailable: no BuildKit answers.
        """
