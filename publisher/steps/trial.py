"""Try targets of the working tree: build into local files, load into an engine, test.

Nothing here writes to a registry, signs, or needs credentials.  Parents that are not in
staging are built first, into OCI layouts that their children are given instead of a reference.
"""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from publisher.catalog.target import TargetId
from publisher.errors import BuildError, PublisherError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.plan.inputs import BuildInputs
from publisher.ports.builder import Builder, LocalFiles
from publisher.ports.engine import Engine
from publisher.ports.progress import Progress
from publisher.records.release import Step
from publisher.records.test import Outcome, TestMode, TestRecord
from publisher.steps.build import call_builder, locked_base, log_name
from publisher.steps.pipeline import Key, narrated
from publisher.steps.scheduler import Ending, Node, State, execute
from publisher.steps.smoke import failed_test, keep_log
from publisher.steps.staged_parents import StagedParents
from publisher.steps.worktree import Worktree

Variant = tuple[TargetId, Platform]


@dataclass(frozen=True, slots=True)
class TrialBench:
    """What a trial works with; without `staged` every parent is built here."""

    builder: Callable[[Platform], Builder]
    engine: Engine
    staged: StagedParents | None
    progress: Progress
    run_directory: Path
    jobs: int = 4
    stop: Callable[[], None] = lambda: None


@dataclass(frozen=True, slots=True)
class TrialResult:
    """How one target came out: `record` is None where it could not be built; `log` of its last step."""

    target: TargetId
    platform: Platform
    record: TestRecord | None
    log: Path
    why: str = ""


@dataclass(frozen=True, slots=True)
class TrialReport:
    """All results, and the errors behind those that are no success."""

    results: tuple[TrialResult, ...]
    errors: tuple[PublisherError, ...]

    @property
    def exit_code(self) -> int:
        """Give the exit code of the earliest phase that failed."""
        return min((error.exit_code for error in self.errors), default=0)


@dataclass(slots=True)
class Trial:
    """One trial of one working tree."""

    bench: TrialBench
    worktree: Worktree
    _images: dict[Variant, str] = field(default_factory=dict, init=False)
    _digests: dict[Variant, Digest] = field(default_factory=dict, init=False)
    _modes: dict[Platform, TestMode | None] = field(default_factory=dict, init=False)
    _records: dict[Variant, TestRecord] = field(default_factory=dict, init=False)

    def run(self, wanted: Sequence[Variant], *, keep: bool = False) -> TrialReport:
        """Build what is wanted and whatever it needs, test what is wanted; `keep` leaves the images.

        Raises:
            BuildError: a base is not locked, or one parent is needed on two platforms.
            EngineUnavailable: there is a test to run and no engine answers.
        """
        builds = self._needed(wanted)
        for inputs in builds.values():
            _check_bases(inputs)
        self._modes = {p: self.bench.engine.mode(p) for t, p in wanted if t in self.worktree.snapshot.smoke}
        (self.bench.run_directory / "logs").mkdir(parents=True, exist_ok=True)
        try:
            nodes = [*self._build_nodes(builds, wanted), *self._test_nodes(wanted)]
            endings = execute(nodes, self.bench.jobs, self._blocked, self.bench.stop)
        finally:
            if not keep:
                shutil.rmtree(self.images, ignore_errors=True)
        return self._report(wanted, endings)

    @property
    def images(self) -> Path:
        """Give the folder that holds the images while they are needed."""
        return self.bench.run_directory / "images"

    def _needed(self, wanted: Sequence[Variant]) -> dict[Variant, BuildInputs]:
        """Walk from what is wanted up to parents that staging has."""
        needed: dict[Variant, BuildInputs] = {}
        waiting = list(wanted)
        while waiting:
            variant = waiting.pop()
            if variant in needed or variant in self._images:
                continue
            inputs = self._inputs(variant)
            found = self.bench.staged.find(inputs) if self.bench.staged and variant not in wanted else None
            if found:
                self._images[variant] = found
                continue
            needed[variant] = inputs
            waiting += [(parent.target, parent.platform) for parent in inputs.parents]
        return needed

    def _inputs(self, variant: Variant) -> BuildInputs:
        target, platform = variant
        return self.worktree.snapshot.inputs[target][platform]

    def _build_nodes(
        self, builds: dict[Variant, BuildInputs], wanted: Sequence[Variant]
    ) -> Iterator[Node[Key]]:
        for (target, platform), inputs in builds.items():
            parents = {(parent.target, parent.platform) for parent in inputs.parents}
            needs = tuple(Key(Step.BUILD, *parent) for parent in sorted(parents & builds.keys()))
            tested = (target, platform) in wanted and self._reason(target, platform) is None
            key = Key(Step.BUILD, target, platform)
            yield Node(key, narrated(self.bench.progress, key, partial(self._build, inputs, tested)), needs)

    def _test_nodes(self, wanted: Sequence[Variant]) -> Iterator[Node[Key]]:
        for target, platform in wanted:
            key = Key(Step.TEST, target, platform)
            work = narrated(self.bench.progress, key, partial(self._test, target, platform))
            yield Node(key, work, (Key(Step.BUILD, target, platform),))

    def _build(self, inputs: BuildInputs, tested: bool) -> str:
        place = self._place(inputs.target, inputs.platform)
        shutil.rmtree(place, ignore_errors=True)  # of an earlier trial in the same run directory
        place.parent.mkdir(parents=True, exist_ok=True)
        output = LocalFiles(place, _archive(place) if tested else None)
        result = call_builder(self.bench, self.worktree.files, inputs, self._used(inputs), output)
        variant = inputs.target, inputs.platform
        self._images[variant], self._digests[variant] = output.image(result.digest), result.digest
        return "done"

    def _place(self, target: TargetId, platform: Platform) -> Path:
        return self.images / log_name(target, platform, "image").removesuffix(".log")

    def _used(self, inputs: BuildInputs) -> dict[str, str]:
        used = {base.reference: locked_base(inputs, base) for base in inputs.bases}
        for parent in inputs.parents:
            image = self._images[parent.target, parent.platform]
            if used.setdefault(parent.reference, image) != image:
                raise BuildError(
                    f"{parent.target} is used on two platforms at once, which a trial cannot provide",
                    where=f"{inputs.target} {inputs.platform} ({inputs.dockerfile})",
                    hint=f"try it with `--platform {inputs.build_platform}`",
                )
        return used

    def _reason(self, target: TargetId, platform: Platform) -> str | None:
        """Say why a target cannot be tested; None where it can."""
        if target not in self.worktree.snapshot.smoke:
            return "no smoke test is declared"
        return None if self._modes[platform] else f"no docker engine here runs {platform}"

    def _test(self, target: TargetId, platform: Platform) -> str:
        reason = self._reason(target, platform)
        record = self._untested(target, platform, reason) if reason else self._tested(target, platform)
        self._records[target, platform] = record
        if record.outcome is Outcome.FAILED:
            hint = f"mend the image or its smoke test; the whole log: {self.bench.run_directory / record.log}"
            raise failed_test(record, f"{target} {platform}", hint)
        return "done" if record.outcome is Outcome.PASSED else record.outcome

    def _untested(self, target: TargetId, platform: Platform, reason: str) -> TestRecord:
        digest = self._digests[target, platform]
        return TestRecord(target, platform, digest, Outcome.UNTESTED, accepted=True, reason=reason)

    def _tested(self, target: TargetId, platform: Platform) -> TestRecord:
        engine, started = self.bench.engine, time.monotonic()
        archive, lines = _archive(self._place(target, platform)), list[str]()
        image = engine.load(archive)
        archive.unlink()
        try:
            checks = engine.run(image, platform, self.worktree.snapshot.smoke[target], lines.append)
        finally:
            engine.unload(image)
        log = f"logs/{log_name(target, platform, Step.TEST)}"
        keep_log(self.bench.run_directory / log, lines)
        passed = all(check.passed for check in checks)
        return TestRecord(
            target, platform, self._digests[target, platform],
            Outcome.PASSED if passed else Outcome.FAILED, accepted=passed, mode=self._modes[platform],
            checks=checks, seconds=round(time.monotonic() - started, 2), log=log,
        )  # fmt: skip

    def _blocked(self, key: Key, cause: Key) -> None:
        if key.target != cause.target:
            self.bench.progress.finished(key.step, key.node, f"blocked by {cause.target}", 0.0)

    def _report(self, wanted: Sequence[Variant], endings: dict[Key, Ending[Key]]) -> TrialReport:
        errors = tuple(ending.error for ending in endings.values() if ending.error is not None)
        return TrialReport(tuple(self._result(variant, endings) for variant in wanted), errors)

    def _result(self, variant: Variant, endings: dict[Key, Ending[Key]]) -> TrialResult:
        record, logs = self._records.get(variant), self.bench.run_directory / "logs"
        built = endings[Key(Step.BUILD, *variant)]
        why = f"needs {built.blocked_by.node}, which failed" if built.blocked_by else ""
        if built.state is State.FAILED:
            why = "the build failed"
        step = Step.TEST if record and record.log else Step.BUILD
        return TrialResult(*variant, record, logs / log_name(*variant, step), why)


def _archive(place: Path) -> Path:
    return place.with_name(f"{place.name}.tar")


def _check_bases(inputs: BuildInputs) -> None:
    """Refuse to begin while a base is not locked."""
    for base in (*inputs.bases, *([inputs.frontend] if inputs.frontend else [])):
        locked_base(inputs, base)
