"""Test one platform manifest, by digest, on a docker engine."""

from __future__ import annotations

import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from publisher.attestation.smoke_result import PlatformResult, read_test_result
from publisher.catalog.settings import TestLevel
from publisher.catalog.target import TargetId
from publisher.errors import Malformed, TestError
from publisher.oci.platform import Platform
from publisher.plan.snapshot import Snapshot
from publisher.records.build import BuildRecord
from publisher.records.evidence import EvidenceKind
from publisher.records.test import CheckResult, Outcome, TestMode, TestRecord
from publisher.steps.build import BuildStep, log_name
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.results import Results
from publisher.steps.workbench import Workbench

STEP = "test"


@dataclass(frozen=True, slots=True)
class TestStep:
    """Tests the builds of one snapshot."""

    bench: Workbench
    snapshot: Snapshot
    desk: EvidenceDesk
    results: Results
    builds: BuildStep

    def run(self, target: TargetId, platform: Platform) -> TestRecord:
        """Test a build, or take over the result that is attached to it.

        Raises:
            TestError: a check failed, or the policy wants a better test than was possible.
            EngineUnavailable: no docker engine answers.
        """
        build = self.builds.built(target, platform)
        record = self._attached(build) or self._test(build)
        self.results.tests[target, platform] = record
        if not record.accepted:
            raise self._error(record)
        self.bench.progress.reached("test:passed")
        return record

    def _attached(self, build: BuildRecord) -> TestRecord | None:
        if not build.reused:
            return None
        wanted = self._test_id(build.target)
        for raw in self.desk.predicates(build.digest, EvidenceKind.TEST_RESULT):
            found = _result_for(raw, build.platform)
            if (
                found
                and found[0].test == wanted
                and self._still_counts(build, found[0].outcome, found[0].mode)
            ):
                result, checks = found
                return TestRecord(
                    build.target,
                    build.platform,
                    build.digest,
                    result.outcome,
                    accepted=True,
                    mode=result.mode,
                    test=wanted,
                    reason=result.reason,
                    checks=checks,
                    reused=True,
                )
        return None

    def _still_counts(self, build: BuildRecord, outcome: Outcome, mode: TestMode | None) -> bool:
        if not accepts(self._level(build.platform), outcome, mode):
            return False
        return outcome is Outcome.PASSED or self._untestable(build.target, build.platform) is not None

    def _untestable(self, target: TargetId, platform: Platform) -> str | None:
        if self.snapshot.smoke.get(target) is None:
            return "no smoke test is declared"
        return None if self.bench.engine.mode(platform) else f"no docker engine here runs {platform}"

    def _test_id(self, target: TargetId) -> str:
        return self.snapshot.test_digest(target) if target in self.snapshot.smoke else ""

    def _level(self, platform: Platform) -> TestLevel:
        return self.bench.settings.test_level(platform)

    def _test(self, build: BuildRecord) -> TestRecord:
        reason = self._untestable(build.target, build.platform)
        mode = None if reason else self.bench.engine.mode(build.platform)
        return self._run_checks(build, mode) if mode else self._untested(build, reason or "")

    def _untested(self, build: BuildRecord, reason: str) -> TestRecord:
        level = self._level(build.platform)
        return TestRecord(
            build.target,
            build.platform,
            build.digest,
            Outcome.UNTESTED,
            accepted=accepts(level, Outcome.UNTESTED, None),
            reason=reason,
            test=self._test_id(build.target),
        )

    def _run_checks(self, build: BuildRecord, mode: TestMode) -> TestRecord:
        started = time.monotonic()
        lines: list[str] = []
        image = self.desk.reference(build.digest).pinned
        checks = self.bench.engine.run(image, build.platform, self.snapshot.smoke[build.target], lines.append)
        log = f"logs/{log_name(build.target, build.platform, STEP)}"
        keep_log(self.bench.run_directory / log, lines)
        outcome = Outcome.PASSED if all(check.passed for check in checks) else Outcome.FAILED
        return TestRecord(
            build.target,
            build.platform,
            build.digest,
            outcome,
            accepted=accepts(self._level(build.platform), outcome, mode),
            mode=mode,
            test=self._test_id(build.target),
            checks=checks,
            seconds=round(time.monotonic() - started, 2),
            log=log,
        )

    def _error(self, record: TestRecord) -> TestError:
        where = f"{record.target} {record.platform} ({self.desk.reference(record.digest)})"
        if record.outcome is Outcome.FAILED:
            log = self.bench.run_directory / record.log
            todo = "mend the image or its smoke test and merge again; to try it here"
            hint = f"{todo}: publisher try {record.target}; the whole log: {log}"
            return failed_test(record, where, hint)
        wanted = self._level(record.platform)
        return TestError(
            f"{record.outcome} is not enough for {record.platform}: the policy asks for a {wanted} test",
            where=where, detail=record.reason,
            hint="write a smoke test, provide an engine for the platform, or lower policy.tests",
        )  # fmt: skip


def keep_log(path: Path, lines: Iterable[str]) -> None:
    """Write what a test said."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(lines) + "\n", encoding="utf-8", errors="replace")


def failed_test(record: TestRecord, where: str, hint: str) -> TestError:
    """Give the error of a failed test: which checks, and what differed."""
    failed = [check for check in record.checks if not check.passed]
    return TestError(
        f"smoke test failed: {', '.join(check.name for check in failed)}",
        where=where,
        detail="\n".join(check.message for check in failed),
        hint=hint,
    )


def _result_for(raw: bytes, platform: Platform) -> tuple[PlatformResult, tuple[CheckResult, ...]] | None:
    try:
        found = read_test_result(raw)
    except Malformed:
        return None
    result = found.of(platform)
    return (result, found.checks) if result else None


def accepts(level: TestLevel, outcome: Outcome, mode: TestMode | None) -> bool:
    """Tell whether an outcome satisfies the policy."""
    if outcome is Outcome.FAILED:
        return False
    if outcome is Outcome.UNTESTED:
        return level is TestLevel.UNTESTED
    return level is not TestLevel.NATIVE or mode is TestMode.NATIVE
