"""What a smoke test found."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from publisher.catalog.target import TargetId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform


class Outcome(StrEnum):
    """How a test ended.  Untested: no engine for the platform, or no test written."""

    PASSED = "passed"
    FAILED = "failed"
    UNTESTED = "untested"


class TestMode(StrEnum):
    """On what the test ran."""

    NATIVE = "native"
    EMULATED = "emulated"


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One check; `message` says what differed, with the tool's last lines."""

    name: str
    passed: bool
    message: str = ""
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class TestRecord:
    """The result for one platform manifest.

    `test` is the digest of the test's canonical form (so that a changed test runs again),
    empty where none is written; `log` is a path relative to the run directory.
    `accepted` tells whether the policy lets the target go on.
    """

    target: TargetId
    platform: Platform
    digest: Digest
    outcome: Outcome
    accepted: bool
    mode: TestMode | None = None
    test: str = ""
    reason: str = ""
    checks: tuple[CheckResult, ...] = ()
    seconds: float = 0.0
    log: str = ""
    reused: bool = False
