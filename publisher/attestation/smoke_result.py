"""In-toto test results: what a smoke test found, as a JSON predicate, for a platform or an index.

The predicate has no place of its own for the platform, so each platform is one entry of
`configuration` whose annotations say platform, outcome, mode and reason; its digest is the smoke
test's.  An entry without a test names `UNTESTED_URI` instead of a digest.
Specification: https://github.com/in-toto/attestation/blob/main/spec/predicates/test-result.md
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from publisher import codec
from publisher.errors import Malformed
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.records.test import CheckResult, Outcome, TestMode, TestRecord

UNTESTED_URI = "https://publisher.dev/smoke/none"
"""Stands in `configuration` for a smoke test that nobody has written."""
MAX_NAMES = 10_000
"""Most checks that are read from one predicate."""
MAX_REASON = 500
"""Longest reason that is written, in characters."""


class Verdict(StrEnum):
    """The specification's words for `result`."""

    PASSED = "PASSED"
    WARNED = "WARNED"
    FAILED = "FAILED"


_VERDICTS = {
    Outcome.PASSED: Verdict.PASSED,
    Outcome.UNTESTED: Verdict.WARNED,
    Outcome.FAILED: Verdict.FAILED,
}
_GRAVITY = (Verdict.FAILED, Verdict.WARNED, Verdict.PASSED)


@dataclass(frozen=True, slots=True)
class PlatformResult:
    """One platform's result; `test` is the digest of the smoke test, empty where none is written."""

    platform: Platform
    outcome: Outcome
    mode: TestMode | None
    test: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class SmokeResult:
    """A predicate read back; `checks` have names and outcomes only, prefixed by platform on an index."""

    verdict: Verdict
    platforms: tuple[PlatformResult, ...]
    checks: tuple[CheckResult, ...]

    def of(self, platform: Platform) -> PlatformResult | None:
        """Give the result for a platform; None where the predicate does not speak of it."""
        return next((item for item in self.platforms if item.platform == platform), None)


def platform_result(record: TestRecord) -> bytes:
    """Give the predicate of one platform manifest."""
    return _predicate([record], prefixed=False)


def index_result(records: Sequence[TestRecord]) -> bytes:
    """Give the predicate of an index: the gravest result of its platforms, all their checks.

    Raises:
        Malformed: there are no records.
    """
    if not records:
        raise Malformed("an index without platforms has no test result")
    return _predicate(sorted(records, key=lambda record: record.platform), prefixed=True)


def read_test_result(predicate: bytes) -> SmokeResult:
    """Read a predicate that this module wrote.

    Raises:
        Malformed: it is not one.
    """
    plain = codec.parse(predicate, where="test result")
    if not isinstance(plain, dict) or plain.get("result") not in tuple(Verdict):
        raise Malformed("not a test result: `result` must be PASSED, WARNED or FAILED")
    checks = [CheckResult(name, passed=True) for name in _names(plain, "passedTests")]
    checks += [CheckResult(name, passed=False) for name in _names(plain, "failedTests")]
    return SmokeResult(
        Verdict(plain["result"]),
        tuple(_read_platform(item) for item in _list(plain, "configuration")),
        tuple(checks),
    )


def _predicate(records: Sequence[TestRecord], *, prefixed: bool) -> bytes:
    verdicts = {_VERDICTS[record.outcome] for record in records}
    named = [
        (f"{record.platform}: {check.name}" if prefixed else check.name, check.passed)
        for record in records
        for check in record.checks
    ]
    return codec.canonical(
        {
            "result": next(verdict for verdict in _GRAVITY if verdict in verdicts),
            "configuration": [_configuration(record) for record in records],
            "passedTests": [name for name, passed in named if passed],
            "failedTests": [name for name, passed in named if not passed],
            "warnedTests": [_untested(record) for record in records if record.outcome is Outcome.UNTESTED],
        }
    )


def _configuration(record: TestRecord) -> dict[str, Any]:
    annotations = {"platform": record.platform, "outcome": record.outcome}
    if record.mode:
        annotations["mode"] = record.mode
    if record.reason:
        annotations["reason"] = record.reason[:MAX_REASON]
    plain: dict[str, Any] = {"name": "smoke", "annotations": annotations}
    if record.test:
        plain["digest"] = {"sha256": Digest(record.test).hex}
    else:
        plain["uri"] = UNTESTED_URI
    return plain


def _untested(record: TestRecord) -> str:
    return f"{record.platform}: {record.reason or 'untested'}"[:MAX_REASON]


def _read_platform(item: Any) -> PlatformResult:
    notes = item.get("annotations") if isinstance(item, dict) else None
    if not isinstance(notes, dict) or not all(isinstance(value, str) for value in notes.values()):
        raise Malformed("a configuration of the test result does not say its platform")
    digest = item.get("digest")
    test = Digest(f"sha256:{digest.get('sha256')}") if isinstance(digest, dict) else ""
    try:
        mode = TestMode(notes["mode"]) if "mode" in notes else None
        return PlatformResult(
            Platform(notes["platform"]), Outcome(notes["outcome"]), mode, test, notes.get("reason", "")
        )
    except (KeyError, ValueError) as error:
        raise Malformed("a configuration of the test result has unknown words", detail=repr(error)) from error


def _names(plain: dict[str, Any], name: str) -> list[str]:
    names = _list(plain, name)
    if not all(isinstance(item, str) for item in names):
        raise Malformed(f"`{name}` of the test result must hold names")
    return names


def _list(plain: dict[str, Any], name: str) -> list[Any]:
    value = plain.get(name, [])
    if not isinstance(value, list) or len(value) > MAX_NAMES:
        raise Malformed(f"`{name}` of the test result is not a list of bearable length")
    return value
