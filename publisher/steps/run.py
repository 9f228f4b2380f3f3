"""A whole run: finish what was committed, plan, do the work, publish, release.

Nothing here remembers anything between runs: staging's builds, evidence and chain of
records are read again each time, so a run that died anywhere is simply run again.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field, replace

from publisher.catalog.matrix.combinations import condensed
from publisher.catalog.problem import Severity
from publisher.errors import CatalogError, PublisherError, RecordConflict, RegistryError
from publisher.plan.plan import Plan
from publisher.ports.git import Commit, GitRepository
from publisher.records.release import (
    DestinationState,
    RegistryOutcome,
    ReleaseOutcome,
    ReleaseRecord,
    Step,
    Unfinished,
)
from publisher.steps.chain import Chain, StoredRecord, is_complete
from publisher.steps.destinations import Destinations
from publisher.steps.lagging import undone, waiting_of
from publisher.steps.pipeline import Pipeline
from publisher.steps.plan import Planned, look_up_tags, plan_change
from publisher.steps.publish import PublishStep
from publisher.steps.record_copies import RecordCopies
from publisher.steps.release import ReleaseStep
from publisher.steps.results import Results
from publisher.steps.tags import TagMover, tags_error
from publisher.steps.transaction import Publication, Transaction
from publisher.steps.workbench import Workbench
from publisher.transfer.figures import LaneFigures


@dataclass(frozen=True, slots=True)
class RunReport:
    """What a run did.  `nothing_to_do` tells that the head was released before and nothing is left."""

    plan: Plan | None = None
    record: ReleaseRecord | None = None
    release: str = ""
    errors: tuple[PublisherError, ...] = ()
    nothing_to_do: bool = False
    figures: Mapping[str, LaneFigures] = field(default_factory=dict)

    @property
    def exit_code(self) -> int:
        """Give the exit code of the earliest phase that failed; 0 when all went well."""
        return min((error.exit_code for error in self.errors), default=0)


@dataclass(frozen=True, slots=True)
class RunOptions:
    """`base` is a revision, `empty` or None; `force` moves tags on that somebody else moved."""

    base: str | None = None
    force: bool = False
    dry_run: bool = False


@dataclass(slots=True)
class Runner:
    """Runs every step for one head; `show_plan` hears of the plan before anything is done."""

    bench: Workbench
    git: GitRepository
    options: RunOptions
    show_plan: Callable[[Planned], None] = lambda _planned: None
    chain: Chain = field(init=False)
    destinations: Destinations = field(init=False)
    copies: RecordCopies = field(init=False)
    mover: TagMover = field(init=False)
    transaction: Transaction = field(init=False)
    releases: ReleaseStep = field(init=False)

    def __post_init__(self) -> None:
        """Wire the steps that share the chain."""
        self.chain = Chain(self.bench)
        self.destinations = Destinations(self.bench)
        self.copies = RecordCopies(self.bench, self.chain, self.destinations)
        self.mover = TagMover(self.bench, self.destinations, self.options.force)
        self.transaction = Transaction(self.bench, self.chain, self.destinations, self.mover, self.copies)
        self.releases = ReleaseStep(self.bench, self.chain, self.copies)

    def run(self, head: Commit) -> RunReport:
        """Run every step.

        Raises:
            PublisherError: before anything was planned or after the commit point; errors of single
                targets and registries before it are in the report instead.
        """
        last = self.chain.head()
        before = self.finish(last)
        if last is not None and self._is_done(last, head):
            errors = (*before, *catalog_errors(plan_change(self.git, head, None, last.record).plan))
            return RunReport(errors=errors, nothing_to_do=not errors)
        planned = self._plan(last, head)
        self.show_plan(planned)
        self.bench.progress.reached("plan:made")
        if self.options.dry_run:
            return RunReport(planned.plan, errors=before)
        report = self._work(last, planned, head)
        return replace(report, plan=planned.plan, errors=(*before, *report.errors))

    def _is_done(self, last: StoredRecord, head: Commit) -> bool:
        """Tell whether nothing is left but what optional registries lack that do not answer."""
        silent = self.destinations.silent()
        return last.record.head == head.oid and all(
            item.registry is not None and not self._can_be_given(item, silent)
            for item in last.record.unfinished
        )

    def _can_be_given(self, item: Unfinished, silent: Collection[str]) -> bool:
        return item.registry in self.destinations.registries and item.registry not in silent

    def _plan(self, last: StoredRecord | None, head: Commit) -> Planned:
        silent = self.destinations.silent()
        late = [item for item in waiting_of(self.chain, last) if self._can_be_given(item, silent)]
        record = last.record if last else None
        planned = plan_change(self.git, head, self.options.base, record, late=late)
        plan = look_up_tags(self.bench, planned.plan, silent)
        return Planned(plan, planned.base, planned.head, planned.files)

    def _work(self, last: StoredRecord | None, planned: Planned, head: Commit) -> RunReport:
        results, plan = Results(), planned.plan
        errors = catalog_errors(plan)
        if not plan.is_empty:
            errors += Pipeline.of(self.bench, planned.head, planned.files, plan, results).run()
        step = PublishStep(self.bench, planned.head, plan, self.transaction, head.subject)
        try:
            return self._deliver(step, last, plan, results, errors)
        except PublisherError as error:  # it may follow from the earlier ones, which must be heard too
            if not errors:
                raise
            return RunReport(errors=(*errors, error))

    def _deliver(
        self,
        step: PublishStep,
        last: StoredRecord | None,
        plan: Plan,
        results: Results,
        errors: list[PublisherError],
    ) -> RunReport:
        images = {target: results.images[target] for target in plan.targets if target in results.images}
        published = step.run(last, images, (*results.unfinished.values(), *stopped_targets(plan)))
        errors = [*errors, *published.errors]
        if published.stored is None:
            return RunReport(errors=tuple(errors), figures=published.figures)
        return self._release(published.stored, published, errors)

    def _release(
        self, stored: StoredRecord, published: Publication, errors: list[PublisherError]
    ) -> RunReport:
        moved = tags_error(published.outcomes)
        errors += [moved] if moved else []
        if published.errors:  # the record says what is left; its copies follow when the registry is back
            return RunReport(record=stored.record, errors=tuple(errors), figures=published.figures)
        address = self.releases.run(stored, published.outcomes)
        return RunReport(
            record=stored.record, release=address, errors=tuple(errors), figures=published.figures
        )

    def finish(self, last: StoredRecord | None) -> tuple[PublisherError, ...]:
        """Roll the newest record forward if its run died after the commit point, or a registry lags.

        Raises:
            RecordConflict: a destination holds records that staging does not know, or has lost.
            RegistryError, ReleaseError: it could not be finished; a rerun goes on from there.
        """
        outcome = self.chain.outcome(last) if last is not None else None
        if last is not None and is_complete(outcome):
            return self._catch_up(last, outcome)
        self.copies.check_forks(last)
        return self._finish(last) if last is not None else ()

    def _finish(self, last: StoredRecord) -> tuple[PublisherError, ...]:
        if self.options.dry_run:
            self.bench.progress.note(
                f"release {last.record.sequence} was not finished; a run finishes it first"
            )
            return ()
        self.bench.progress.note(f"finishing release {last.record.sequence}, which an earlier run committed")
        self.chain.mend_head(last)
        try:
            outcomes = self.mover.roll_forward(last.record)
            self.copies.copy(last)
            self.releases.run(last, outcomes)
        except RegistryError as error:
            if last.record.moves or isinstance(error, RecordConflict):
                raise
            self.bench.progress.warning(f"release {last.record.sequence} is still unfinished: {error.what}")
            return (error,)
        moved = tags_error(outcomes)
        return (moved,) if moved else ()

    def _catch_up(self, last: StoredRecord, outcome: ReleaseOutcome | None) -> tuple[PublisherError, ...]:
        behind = self.copies.behind(last)
        if self.options.dry_run:
            return ()
        moved = self._move_late(last, outcome) if outcome else None
        if behind:
            self.bench.progress.note(f"bringing release records to {', '.join(behind)}")
        if behind or moved:
            self.copies.copy(last)
        wrong = tags_error(moved or ())
        return (wrong,) if wrong else ()

    def _move_late(self, last: StoredRecord, outcome: ReleaseOutcome) -> tuple[RegistryOutcome, ...] | None:
        """Move the tags that optional registries could not move; give outcomes where they changed."""
        silent = self.destinations.silent()
        late = {item.registry for item in undone(last.record, outcome) if item.registry} - silent.keys()
        if not late:
            return None
        fresh = {item.registry: item for item in self.mover.roll_forward(last.record, only=late)}
        if all(item.state is DestinationState.LAGGING for item in fresh.values()):
            return None
        ended = tuple(fresh.get(item.registry, item) for item in outcome.registries)
        self.chain.end(last, replace(outcome, finished=self.bench.now(), registries=ended))
        return ended


def catalog_errors(plan: Plan) -> list[PublisherError]:
    """Give one error for all problems of the catalog that the change touches."""
    found = [problem for problem in plan.problems if problem.severity is Severity.ERROR]
    if not found:
        return []
    lines = "\n".join(f"{one.position}: {one.message} [{one.rule}]" for one in condensed(found))
    return [
        CatalogError(
            f"{len(found)} problem{'s' * (len(found) > 1)} of the catalog; "
            f"{len(plan.stopped)} target{'s' * (len(plan.stopped) != 1)} left out",
            detail=lines,
            hint="mend the catalog and merge again: what was left out is done then",
        )
    ]


def stopped_targets(plan: Plan) -> tuple[Unfinished, ...]:
    """Give the targets that a problem of the catalog keeps from being done."""
    reasons = {problem.target: problem.message for problem in plan.problems if problem.target}
    return tuple(
        Unfinished(target, Step.PLAN, reasons.get(target, "its parent has a problem"))
        for target in plan.stopped
    )
