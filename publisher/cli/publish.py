"""`publisher publish`: contents to every registry, the release record, then the tags."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace

from publisher.cli.report_view import show_figures
from publisher.cli.step_verb import check_plan, configure_step, read_plan
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk, open_locked_desk
from publisher.plan.plan import Plan
from publisher.records.image import AttestedImage
from publisher.records.release import ReleaseRecord, Step
from publisher.steps.chain import StoredRecord
from publisher.steps.plan import check_descent, look_up_tags
from publisher.steps.publish import PublishStep
from publisher.steps.results import Results
from publisher.steps.run import Runner, RunOptions, stopped_targets
from publisher.steps.states import load_commit
from publisher.steps.tags import tags_error
from publisher.steps.transaction import Publication


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    configure_step(
        parser, Step.PUBLISH, "Copy what is attested to every registry, commit the record, move the tags."
    )
    parser.add_argument(
        "--force", action="store_true", help="move tags on that somebody else moved meanwhile"
    )


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Run the step."""
    plan = read_plan(options, surroundings)
    console = surroundings.console
    with open_locked_desk(options, surroundings) as desk:
        published = _publish(desk, plan, force=options.force)
        show_figures(console, desk.bench, published.figures)
    moved = tags_error(published.outcomes)
    errors = (*published.errors, *([moved] if moved else []))
    for error in errors:
        console.error(error)
    if published.stored is not None:
        console.print(f"release record {published.stored.record.sequence}: {published.stored.digest}")
    return min((error.exit_code for error in errors), default=0)


def _publish(desk: Desk, plan: Plan, *, force: bool) -> Publication:
    runner = Runner(desk.bench, desk.git, RunOptions(force=force))
    last = runner.chain.head()
    snapshot = load_commit(desk.git, plan.head)
    check_plan(plan, snapshot)
    results = Results.load(desk.bench.run_directory)
    results.forget_others(snapshot.inputs)
    images = {target: results.images[target] for target in plan.targets if target in results.images}
    if last is not None and _is_record_of(last.record, plan, images.values()):
        return _go_on(runner, last)
    if last is not None:
        check_descent(desk.git, desk.head, last.record)
    late = runner.finish(last)
    plan = _look_again(desk, runner, plan)
    step = PublishStep(desk.bench, snapshot, plan, runner.transaction, desk.head.subject)
    published = step.run(last, images, (*results.unfinished.values(), *stopped_targets(plan)))
    return replace(published, errors=(*late, *published.errors))


def _go_on(runner: Runner, last: StoredRecord) -> Publication:
    """Do what an earlier run of this plan may have left to do after it had committed the record."""
    runner.chain.mend_head(last)
    outcomes = runner.mover.roll_forward(last.record)
    runner.copies.copy(last)
    return Publication(last, outcomes)


def _look_again(desk: Desk, runner: Runner, plan: Plan) -> Plan:
    """Ask optional registries for tags that were unknown: they may have been away when the plan was made."""
    registries = desk.bench.settings.registries
    known = [move for move in plan.moves if move.expected or registries[move.registry].required]
    unknown = tuple(move for move in plan.moves if move not in known)
    looked = look_up_tags(desk.bench, replace(plan, moves=unknown), runner.destinations.silent())
    return replace(plan, moves=(*known, *looked.moves))


def _is_record_of(record: ReleaseRecord, plan: Plan, images: Iterable[AttestedImage]) -> bool:
    """Tell whether this very plan was committed before: then its tags roll forward, no record is added.

    An image that only optional registries lack may not be in the record.
    """
    same = (record.base, record.head) == (plan.base, plan.head)
    recorded = {item.image.digest for item in record.images}
    late = {item.target for item in record.unfinished if item.registry}
    needed = {item.digest for item in images if item.target not in late}
    return same and needed <= recorded <= {item.digest for item in images}
