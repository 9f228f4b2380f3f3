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
class BuildRequest:
    """What to build.

    `images` maps each reference of the Dockerfile to `repository@digest`, or to
    `oci-layout:///directory@digest` for an image that lies on the disk.
    `push_to` is a repository (pushed by digest, no tag); `layout` a directory that receives the
    image as OCI layout; exactly one of the two is given.
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
    push_to: Repository | None
    oci: bool = True
    log: Path | None = None
    frontend: str | None = None
    layout: Path | None = None
    where: str = ""


@dataclass(frozen=True, slots=True)
class BuildResult:
    """What came out: the manifest's digest and every material that BuildKit observed."""

    digest: Digest
    materials: tuple[Material, ...]


class Builder(Protocol):
    """A BuildKit."""

    def build(self, request: BuildRequest, said: Callable[[str], None]) -> BuildResult:
        """Build and push by digest; `said` receives BuildKit's lines.

        Raises:
            BuildError: the build failed, with the last lines of its log.
            BuilderUnavailable: no BuildKit answers.
        """
