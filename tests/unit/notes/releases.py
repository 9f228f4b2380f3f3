"""Release records for the tests of notes and audit: a first release, and one with everything in it."""

from __future__ import annotations

from datetime import UTC, datetime

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.plan import Reason, ReasonCode
from publisher.records.evidence import Evidence, EvidenceKind
from publisher.records.image import AttestedImage, PlatformEvidence
from publisher.records.release import Destination, Move, ReleasedImage, ReleaseRecord, Step, Unfinished
from publisher.records.test import Outcome
from publisher.records.test import TestMode as Mode

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")
OS, CANN, MIND = TargetId("os:ubuntu"), TargetId("cann:ubuntu-8.0"), TargetId("mindspore:ubuntu-8.0-2.3")
TORCH, TOP = TargetId("pytorch:ubuntu-8.0-2.1"), TargetId("openmind:ubuntu-8.0-2.1-0.9")
HUB, QUAY = Repository("docker.io/ascendai/cann"), Repository("quay.io/ascend/cann")
LAYERS = Repository("quay.io/ascend/layers")
TIME = datetime(2026, 1, 31, 12, 0, tzinfo=UTC)
SOURCE = "https://github.com/acme/images"


def digest(text: str) -> Digest:
    """Give a digest that a test can name."""
    return Digest.of(text.encode())


def platform(
    name: str, where: Platform, outcome: Outcome = Outcome.PASSED, mode: Mode | None = Mode.NATIVE
) -> PlatformEvidence:
    """Give one platform of an image called `name`."""
    mark = f"{name} {where}"
    referrers = (Evidence(EvidenceKind.SBOM, digest(f"{mark} sbom")),)
    build_id = BuildId(digest(f"{mark} build"))
    return PlatformEvidence(where, digest(mark), build_id, outcome, mode, referrers)


def image(target: TargetId, name: str, *platforms: PlatformEvidence) -> AttestedImage:
    """Give an image called `name` (its generation, so to speak) of a target."""
    return AttestedImage(target, digest(name), platforms or (platform(name, AMD64),), ())


def released(
    shown: AttestedImage, *places: Destination, internal: bool = False, reasons: tuple[Reason, ...] = ()
) -> ReleasedImage:
    """Give a released image."""
    why = reasons or (Reason(ReasonCode.ADDED, ""),)
    dockerfile = f"{shown.target.image}/Dockerfile"
    return ReleasedImage(shown, places, why, dockerfile, internal=internal)


def move(repository: Repository, tag: str, target: TargetId, name: str, previous: str | None = None) -> Move:
    """Give a move of a tag to the image called `name`."""
    registry = "hub" if repository.host == "docker.io" else "quay"
    before = digest(previous) if previous else None
    return Move(registry, repository, tag, before, digest(name), target, latest=tag == "latest")


FIRST = ReleaseRecord(
    sequence=1,
    previous=None,
    source=SOURCE,
    base="empty",
    head="1" * 40,
    time=TIME,
    who="Ada <ada@example.org>",
    why="first merge",
    images=(
        released(image(OS, "os-1"), Destination("quay", LAYERS), internal=True),
        released(image(CANN, "cann-1"), Destination("hub", HUB), Destination("quay", QUAY)),
    ),
    moves=(
        move(HUB, CANN.tag, CANN, "cann-1"),
        move(QUAY, CANN.tag, CANN, "cann-1"),
        move(HUB, "latest", CANN, "cann-1"),
    ),
)

MIND_HUB = Repository("docker.io/ascendai/mindspore")
SECOND = ReleaseRecord(
    sequence=2,
    previous=digest("record-1"),
    source=SOURCE,
    base="1" * 40,
    head="2" * 40,
    time=TIME,
    who="Ada <ada@example.org>",
    why="new driver",
    images=(
        released(
            image(
                CANN,
                "cann-2",
                platform("cann-2", AMD64),
                platform("cann-2", ARM64, Outcome.PASSED, Mode.EMULATED),
            ),
            Destination("hub", HUB),
            Destination("quay", QUAY),
            reasons=(
                Reason(ReasonCode.DOCKERFILE_CHANGED, "cann/Dockerfile"),
                Reason(ReasonCode.CONTEXT_CHANGED, "cann/install.sh"),
                Reason(ReasonCode.CONTEXT_CHANGED, "cann/answers.txt"),
            ),
        ),
        released(
            image(MIND, "mind-2", platform("mind-2", AMD64, Outcome.UNTESTED, None)),
            Destination("hub", MIND_HUB),
            reasons=(Reason(ReasonCode.PARENT_REBUILT, CANN),),
        ),
    ),
    moves=(
        move(HUB, CANN.tag, CANN, "cann-2", "cann-1"),
        move(QUAY, CANN.tag, CANN, "cann-2", "cann-1"),
        move(HUB, "cann8.0-oe2203", CANN, "cann-2"),
        move(MIND_HUB, MIND.tag, MIND, "mind-2"),
        move(HUB, "latest", CANN, "cann-2", "cann-1"),
    ),
    unfinished=(
        Unfinished(TORCH, Step.TEST, "smoke test failed: `import torch`\nexit code 1 <b>|", None),
        Unfinished(TOP, Step.BUILD, "its parent is not finished", TORCH),
    ),
    retired=(TargetId("cann:ubuntu-7.0"),),
)
