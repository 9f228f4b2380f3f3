"""`publisher publish`: contents to every registry, the release record, then the tags."""

from __future__ import annotations

import argparse

from publisher.cli.step_verb import check_plan, configure_step, read_plan
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk, open_locked_desk
from publisher.plan.plan import Plan
from publisher.plan.snapshot import load_snapshot
from publisher.records.release import Step
from publisher.steps.publish import Publication, PublishStep
from publisher.steps.results import Results
from publisher.steps.run import Runner, RunOptions, stopped_targets


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
    for error in published.errors:
        console.error(error)
    if published.stored is not None:
        console.print(f"release record {published.stored.record.sequence}: {published.stored.digest}")
    return min((error.exit_code for error in published.errors), default=0)


def _publish(desk: Desk, plan: Plan, *, force: bool) -> Publication:
    runner = Runner(desk.bench, desk.git, RunOptions(force=force))
    last = runner.chain.head()
    snapshot = load_snapshot(desk.git.files(plan.head), plan.head)
    check_plan(plan, snapshot)
    results = Results.load(desk.bench.run_directory)
    images = {target: results.images[target] for target in plan.targets if target in results.images}
    step = PublishStep(
        desk.bench, snapshot, plan, runner.chain, runner.destinations, runner.mover, desk.head.subject
    )
    return step.run(last, images, (*results.unfinished.values(), *stopped_targets(plan)))
