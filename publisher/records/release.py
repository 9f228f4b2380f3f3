"""The release record: the one signed document that says what a run changed.

The chain of records is the history of every tag.  A record is written to staging
before any tag moves (the commit point); what then happened at each registry is a
signed statement attached to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.figures import Contents
from publisher.plan.plan import Reason
from publisher.records.image import AttestedImage

SCHEMA_VERSION = 1
RECORDS_NAME = "publisher-records"
"""Repository below every prefix that holds the chain."""
LAYERS_NAME = "layers"
"""Repository below every destination prefix that holds internal layers."""
HEAD_TAG = "head"


def sequence_tag(sequence: int) -> str:
    """Give the permanent tag of a record, `r-<sequence>`."""
    return f"r-{sequence}"


@dataclass(frozen=True, slots=True)
class Destination:
    """A repository at a registry that holds a released image.

    `evidence` names the registry among the image's destinations that holds its referrers, where
    this one cannot.  Without `indexes` it holds the platform manifests only.
    """

    registry: str
    repository: Repository
    evidence: str | None = None
    indexes: bool = True


@dataclass(frozen=True, slots=True)
class ReleasedImage:
    """An image whose contents a run brought to its destinations; `internal` has no version tags.

    `contents` is what each of them holds of it; older records do not say.
    """

    image: AttestedImage
    destinations: tuple[Destination, ...]
    reasons: tuple[Reason, ...]
    dockerfile: str
    parents: tuple[TargetId, ...] = ()
    internal: bool = False
    requires: Mapping[str, str] = field(default_factory=dict)
    contents: Contents | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """A tag that names a new digest; `previous` is None for a new tag; `latest` tags move last."""

    registry: str
    repository: Repository
    tag: str
    previous: Digest | None
    digest: Digest
    target: TargetId
    latest: bool = False


class Step(StrEnum):
    """The phases of a run, in order."""

    PLAN = "plan"
    BUILD = "build"
    TEST = "test"
    INDEX = "index"
    ATTEST = "attest"
    PUBLISH = "publish"
    RELEASE = "release"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A target that the run did not finish: the step that stopped it, why, and what blocked it.

    `registry` is the optional one that lags, where that is all that is missing.
    """

    target: TargetId
    step: Step
    reason: str
    blocked_by: TargetId | None = None
    registry: str | None = None


class RecordKind(StrEnum):
    """What a record was written for."""

    MERGE = "merge"
    REPUBLISH = "republish"
    ROLLBACK = "rollback"
    THAW = "thaw"
    ADOPT = "adopt"


@dataclass(frozen=True, slots=True)
class Hold:
    """A target whose tags stay at `digest` until it is thawed, or built from other inputs.

    `build_ids` are those of the version that was rolled back: later plans do not move the tags to
    it; a build with any other identity ends the hold.  `since` is the sequence of the record
    that began it.
    """

    target: TargetId
    digest: Digest
    build_ids: Mapping[Platform, BuildId]
    reason: str
    since: int


@dataclass(frozen=True, slots=True)
class AdoptedTag:
    """A tag that was there before publisher: it is taken as it is, and proven by nothing."""

    registry: str
    repository: Repository
    tag: str
    digest: Digest
    target: TargetId


@dataclass(frozen=True, slots=True)
class ReleaseRecord:
    """A run, as it will be remembered.  `base` and `head` are commits of the catalog.

    `holds` are all that are in force after it, older ones included.
    """

    sequence: int
    previous: Digest | None
    source: str
    base: str
    head: str
    time: datetime
    who: str
    why: str
    images: tuple[ReleasedImage, ...] = ()
    moves: tuple[Move, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    retired: tuple[TargetId, ...] = ()
    holds: tuple[Hold, ...] = ()
    adopted: tuple[AdoptedTag, ...] = ()
    kind: RecordKind = RecordKind.MERGE
    schema_version: int = SCHEMA_VERSION


class DestinationState(StrEnum):
    """How a registry ended a run; one that is `lagging` is optional, and nobody waits for it."""

    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    LAGGING = "lagging"


@dataclass(frozen=True, slots=True)
class RegistryOutcome:
    """What happened at one registry; counts of this run."""

    registry: str
    state: DestinationState
    moved: int
    message: str = ""


@dataclass(frozen=True, slots=True)
class ReleaseOutcome:
    """The predicate of the signed statement that ends a run; attached to the record's digest."""

    sequence: int
    record: Digest
    finished: datetime
    registries: tuple[RegistryOutcome, ...]
    release_url: str = ""
    schema_version: int = SCHEMA_VERSION
