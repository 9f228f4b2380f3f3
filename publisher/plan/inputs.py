"""Everything that determines one build, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.catalog.lock import LockedBase
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform


@dataclass(frozen=True, slots=True, order=True)
class ContextFile:
    """A file of the build context: `path` relative to the context, `mode` octal as git has it
    (`100644`, `100755`, `120000`), `oid` the git object id of its content."""

    path: str
    mode: str
    oid: str


@dataclass(frozen=True, slots=True)
class Parent:
    """An in-repo image that the build uses under `reference` (fully spelled, as FROM has it).

    `platform` is the one that the using stage runs on.  Where it differs from the target's,
    an index must be passed instead of a platform manifest.
    """

    reference: str
    target: TargetId
    platform: Platform


@dataclass(frozen=True, slots=True)
class Base:
    """An external image that the build uses under `reference`; `locked` is None when the lock lacks it."""

    reference: str
    platform: Platform
    locked: LockedBase | None


@dataclass(frozen=True, slots=True)
class BuildInputs:
    """The inputs of one target on one platform, with the identity that follows from them.

    `dockerfile` is its path in the repository and `dockerfile_oid` its git object;
    `files` is the materialised context in path order; `args` are declared build arguments,
    BASE included; `epoch` is SOURCE_DATE_EPOCH in seconds.
    """

    target: TargetId
    platform: Platform
    build_platform: Platform
    dockerfile: str
    dockerfile_oid: str
    context: str
    files: tuple[ContextFile, ...]
    args: Mapping[str, str]
    stage: str | None
    parents: tuple[Parent, ...]
    bases: tuple[Base, ...]
    frontend: Base | None
    format: str
    epoch: int
    generation: int
    build_id: BuildId
