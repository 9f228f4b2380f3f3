"""The plan: one document that says what merging would do, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform

SCHEMA_VERSION = 1
EMPTY_BASE = "empty"
"""The base that stands for the empty tree."""
WORKTREE = "WORKTREE"
"""Stands in the place of a commit for the files as they lie in the working tree."""


class ReasonCode(StrEnum):
    """Why a target is built."""

    ADDED = "added"
    PATH_CHANGED = "path-changed"
    DOCKERFILE_CHANGED = "dockerfile-changed"
    CONTEXT_CHANGED = "context-changed"
    ARGS_CHANGED = "args-changed"
    STAGE_CHANGED = "stage-changed"
    PLATFORM_ADDED = "platform-added"
    PLATFORM_REMOVED = "platform-removed"
    BASE_REFRESHED = "base-refreshed"
    PARENT_REBUILT = "parent-rebuilt"
    PARENT_CHANGED = "parent-changed"
    GENERATION = "generation"
    FORMAT_CHANGED = "format-changed"
    FAILED_BEFORE = "failed-before"


@dataclass(frozen=True, slots=True, order=True)
class Reason:
    """A reason and the path, parent, base or argument that caused it."""

    code: ReasonCode
    cause: str


@dataclass(frozen=True, slots=True)
class PlannedBuild:
    """A target to build; `wave` is the longest path to it within the planned builds."""

    image: str
    tag: str
    platforms: tuple[Platform, ...]
    dockerfile: str
    wave: int
    parents: tuple[TargetId, ...]
    build_ids: Mapping[Platform, BuildId]
    reasons: tuple[Reason, ...]

    @property
    def target(self) -> TargetId:
        """Give `image:tag`."""
        return TargetId.of(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class PlannedCopy:
    """A new tag or name whose inputs equal those of another target."""

    image: str
    tag: str
    same_as: TargetId

    @property
    def target(self) -> TargetId:
        """Give `image:tag`."""
        return TargetId.of(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class PlannedTest:
    """A target that is tested again without being built."""

    image: str
    tag: str
    platforms: tuple[Platform, ...]

    @property
    def target(self) -> TargetId:
        """Give `image:tag`."""
        return TargetId.of(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class PlannedMove:
    """A tag that moves at a registry; `expected` is the digest it has now (None: none, or offline).

    `target` is the one whose index the tag will name; it differs from `image:tag` for aliases
    and for `latest`.
    """

    registry: str
    image: str
    tag: str
    expected: Digest | None
    target: TargetId


@dataclass(frozen=True, slots=True)
class Retired:
    """A tag that the catalog no longer declares; a merge never deletes it."""

    image: str
    tag: str


@dataclass(frozen=True, slots=True)
class Held:
    """A target that the record `since` rolled back to `digest`; `moves` are its tags that therefore stay.

    `ends`: this plan builds it from other inputs, so its tags move on and the hold is over.
    """

    image: str
    tag: str
    digest: Digest
    since: int
    reason: str
    moves: tuple[PlannedMove, ...] = ()
    ends: bool = False

    @property
    def target(self) -> TargetId:
        """Give `image:tag`."""
        return TargetId.of(self.image, self.tag)


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done between two commits.

    `stops` names the targets that a problem keeps from being done; they and their descendants
    are absent from the other lists.  `held` are all holds in force, known where the last record is.
    """

    base: str
    head: str
    builds: tuple[PlannedBuild, ...] = ()
    copies: tuple[PlannedCopy, ...] = ()
    tests: tuple[PlannedTest, ...] = ()
    moves: tuple[PlannedMove, ...] = ()
    retired: tuple[Retired, ...] = ()
    problems: tuple[Problem, ...] = ()
    stopped: tuple[TargetId, ...] = ()
    held: tuple[Held, ...] = ()
    schema_version: int = SCHEMA_VERSION

    @property
    def is_empty(self) -> bool:
        """Tell whether there is nothing to build, copy, test or move."""
        return not (self.builds or self.copies or self.tests or self.moves)

    @property
    def targets(self) -> tuple[TargetId, ...]:
        """Give every target with work, parents first among the builds, each once."""
        builds, copies = (item.target for item in self.builds), (item.target for item in self.copies)
        tests, moves = (item.target for item in self.tests), (item.target for item in self.moves)
        return tuple(dict.fromkeys((*builds, *copies, *tests, *moves)))
