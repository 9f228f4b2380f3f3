"""`publisher publish`: contents to every registry, the release record, then the tags."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace

from publisher.cli.step_verb import check_plan, configure_step, read_plan
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk, open_locked_desk
from publisher.plan.plan import Plan
from publisher.records.image import AttestedImage
from publisher.records.release import ReleaseRecord, Step
from publisher.steps.plan import check_descent
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
        return Publication(last, runner.mover.roll_forward(last.record))
    if last is not None:
        check_descent(desk.git, desk.head, last.record)
    late = runner.finish(last)
    step = PublishStep(desk.bench, snapshot, plan, runner.transaction, desk.head.subject)
    published = step.run(last, images, (*results.unfinished.values(), *stopped_targets(plan)))
    return replace(published, errors=(*late, *published.errors))


def _is_record_of(record: ReleaseRecord, plan: Plan, images: Iterable[AttestedImage]) -> bool:
    """Tell whether this very plan was committed before: then its tags roll forward, no record is added."""
    same = (record.base, record.head) == (plan.base, plan.head)
    return same and {item.image.digest for item in record.images} == {item.digest for item in images}
