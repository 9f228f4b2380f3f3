"""The middle of a run: build, test, index and attest the planned targets, side by side.

A child is built the moment its parent is tested; the parent's evidence is attached
meanwhile.  Each verb runs the same graph, limited to its own steps.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import partial
from typing import NamedTuple

from publisher.catalog.files import Files
from publisher.catalog.target import TargetId
from publisher.errors import PublisherError
from publisher.oci.platform import Platform
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot
from publisher.ports.progress import Progress
from publisher.records.release import Step, Unfinished
from publisher.steps.attest import AttestStep
from publisher.steps.build import BuildStep
from publisher.steps.evidence import EvidenceDesk
from publisher.steps.index import IndexStep
from publisher.steps.results import Results
from publisher.steps.scheduler import Ending, Node, State, execute
from publisher.steps.smoke import TestStep
from publisher.steps.workbench import Workbench

MIDDLE_STEPS = (Step.BUILD, Step.TEST, Step.INDEX, Step.ATTEST)


class Key(NamedTuple):
    """A node: a step of a target, on one platform, or of the target as a whole."""

    step: Step
    target: TargetId
    platform: Platform | None = None

    @property
    def node(self) -> str:
        """Give the words that a person reads."""
        return f"{self.target} {self.platform}" if self.platform else str(self.target)


def narrated(progress: Progress, key: Key, work: Callable[[], str]) -> Callable[[], None]:
    """Let progress hear of a node's begin and end; `work` gives the word for its result."""

    def run() -> None:
        started = time.monotonic()
        progress.started(key.step, key.node)
        try:
            result = work()
        except PublisherError:
            progress.finished(key.step, key.node, "failed", time.monotonic() - started)
            raise
        progress.finished(key.step, key.node, result, time.monotonic() - started)

    return run


@dataclass(frozen=True, slots=True)
class Pipeline:
    """The nodes of one plan; `results` receives what they find."""

    bench: Workbench
    snapshot: Snapshot
    plan: Plan
    builds: BuildStep
    tests: TestStep
    indexes: IndexStep
    attests: AttestStep
    results: Results

    @classmethod
    def of(cls, bench: Workbench, snapshot: Snapshot, files: Files, plan: Plan, results: Results) -> Pipeline:
        """Wire the steps together."""
        desk = EvidenceDesk(bench.staging, bench.signer, bench.builds)
        builds = BuildStep(bench, snapshot, files, desk, results)
        return cls(
            bench,
            snapshot,
            plan,
            builds,
            TestStep(bench, snapshot, desk, results, builds),
            IndexStep(bench, snapshot, results, builds),
            AttestStep(bench, snapshot, desk, results, builds),
            results,
        )

    def run(self, steps: Collection[Step] = MIDDLE_STEPS) -> list[PublisherError]:
        """Run the nodes of these steps; give the errors, one a failed node.

        Failed and blocked targets end in `results.unfinished`; the JSON of every step is
        written to the run directory, also after Ctrl-C.
        """
        planned = [target for target in self.plan.targets if target in self.snapshot.inputs]
        todo = [target for target in planned if not self._stopped_before(target, steps)]
        for target in todo:
            self.results.unfinished.pop(target, None)
        (self.bench.run_directory / "logs").mkdir(parents=True, exist_ok=True)
        try:
            endings = execute(self._nodes(todo, steps), self.bench.jobs, self._blocked, self.bench.stop)
        finally:
            self.results.save(self.bench.run_directory)
        errors = self._record_endings(endings)
        self.results.save(self.bench.run_directory)
        return errors

    def _stopped_before(self, target: TargetId, steps: Collection[Step]) -> bool:
        """Tell whether an earlier step did not finish a target; what these steps left is tried again."""
        left = self.results.unfinished.get(target)
        order = list(Step)
        return left is not None and order.index(left.step) < min(map(order.index, steps))

    def _nodes(self, targets: list[TargetId], steps: Collection[Step]) -> Iterator[Node[Key]]:
        owners: dict[str, Key] = {}
        for target in targets:
            for node in self._target_nodes(target, owners):
                if node.key.step in steps:
                    yield node

    def _target_nodes(self, target: TargetId, owners: dict[str, Key]) -> Iterator[Node[Key]]:
        platforms = tuple(sorted(self.snapshot.inputs[target]))
        for platform in platforms:
            build, test, attest = (
                Key(step, target, platform) for step in (Step.BUILD, Step.TEST, Step.ATTEST)
            )
            needs = self._build_needs(target, platform, owners)
            yield self._node(build, partial(self._build, target, platform), *needs)
            parents = self.snapshot.inputs[target][platform].parents
            before = (Key(Step.TEST, parent.target, parent.platform) for parent in parents)
            yield self._node(test, partial(self._test, target, platform), build, *before)
            yield self._node(attest, partial(self._attest_platform, target, platform), test)
        index, whole = Key(Step.INDEX, target), Key(Step.ATTEST, target)
        tested = (Key(Step.TEST, target, platform) for platform in platforms)
        yield self._node(index, partial(self._index, target), *tested)
        attested = (Key(Step.ATTEST, target, platform) for platform in platforms)
        above = (Key(Step.ATTEST, parent) for parent in self.snapshot.parents[target])
        yield self._node(whole, partial(self._attest_index, target), index, *attested, *above)

    def _build_needs(self, target: TargetId, platform: Platform, owners: dict[str, Key]) -> Iterator[Key]:
        """Wait for parents, tested if this call tests, and for another target that makes the same build."""
        inputs = self.snapshot.inputs[target][platform]
        for parent in inputs.parents:
            yield Key(Step.BUILD, parent.target, parent.platform)
            yield Key(Step.TEST, parent.target, parent.platform)
            if parent.platform != platform:  # its whole index is used
                for other in self.snapshot.inputs[parent.target]:
                    yield Key(Step.BUILD, parent.target, other)
                    yield Key(Step.TEST, parent.target, other)
        key = Key(Step.BUILD, target, platform)
        owner = owners.setdefault(inputs.build_id, key)
        if owner != key:
            yield owner

    def _node(self, key: Key, work: Callable[[], str], *needs: Key) -> Node[Key]:
        return Node(key, narrated(self.bench.progress, key, work), needs)

    def _build(self, target: TargetId, platform: Platform) -> str:
        return "reused" if self.builds.run(target, platform).reused else "done"

    def _test(self, target: TargetId, platform: Platform) -> str:
        record = self.tests.run(target, platform)
        return "reused" if record.reused else ("done" if record.outcome == "passed" else record.outcome)

    def _attest_platform(self, target: TargetId, platform: Platform) -> str:
        self.attests.run_platform(target, platform)
        return "done"

    def _index(self, target: TargetId) -> str:
        self.indexes.run(target)
        return "done"

    def _attest_index(self, target: TargetId) -> str:
        self.attests.run_index(target)
        self.attests.collect(target)
        return "done"

    def _blocked(self, key: Key, cause: Key) -> None:
        if key.target != cause.target:
            self.bench.progress.finished(key.step, key.node, f"blocked by {cause.target}", 0.0)

    def _record_endings(self, endings: dict[Key, Ending[Key]]) -> list[PublisherError]:
        errors = []
        for key, ending in endings.items():
            if ending.state is State.FAILED and ending.error is not None:
                errors.append(ending.error)
                self.results.unfinished[key.target] = Unfinished(key.target, key.step, ending.error.what)
        for key, ending in endings.items():
            cause = ending.blocked_by
            if (
                ending.state is State.BLOCKED
                and cause is not None
                and key.target not in self.results.unfinished
            ):
                reason = f"{cause.target} failed in the step {cause.step}"
                self.results.unfinished[key.target] = Unfinished(key.target, key.step, reason, cause.target)
        return errors
