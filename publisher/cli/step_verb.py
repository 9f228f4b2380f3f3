"""What the verbs `build`, `test`, `index` and `attest` share: one step of a plan, JSON in and JSON out."""

from __future__ import annotations

import argparse
from pathlib import Path

from publisher import codec
from publisher.cli.arguments import add_plan_file, add_repo, examples
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk, open_locked_desk
from publisher.errors import PlanError, PublisherError, UsageError
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot
from publisher.records.release import Step
from publisher.steps.pipeline import Pipeline
from publisher.steps.results import Results
from publisher.steps.states import load_commit


def configure_step(parser: argparse.ArgumentParser, step: Step, description: str) -> None:
    """Add the arguments of a step's verb."""
    parser.description = (
        f"{description} Reads what earlier steps wrote to the run directory, and adds its own JSON."
    )
    parser.epilog = examples(
        ("publisher plan --format json > plan.json", "first, make the plan"),
        (f"publisher {step} --plan plan.json --run-dir out", f"then run the step `{step}` alone"),
    )
    add_repo(parser)
    add_plan_file(parser)
    add_run_directory(parser)


def read_plan(options: argparse.Namespace, surroundings: Surroundings) -> Plan:
    """Read `--plan`, and let the run directory and the head follow from it.

    Raises:
        Malformed: it is not a plan.
        UsageError: the file cannot be read.
    """
    path = surroundings.cwd / options.plan
    plan = codec.decode(Plan, read_bounded(path), where=str(options.plan))
    options.head = plan.head
    if options.run_directory is None:
        options.run_directory = path.parent / "publisher-run"
    return plan


def read_bounded(path: Path) -> bytes:
    """Read a JSON file of bounded size.

    Raises:
        UsageError: it cannot be read, or is too large.
    """
    try:
        with path.open("rb") as file:
            raw = file.read(codec.MAX_DOCUMENT + 1)
    except OSError as error:
        raise UsageError("the plan cannot be read", where=str(path), detail=str(error)) from error
    return raw


def check_plan(plan: Plan, snapshot: Snapshot) -> None:
    """Refuse a plan that does not follow from its own commit.

    Raises:
        PlanError: a planned build has another identity than the catalog at that commit gives it.
    """
    for build in plan.builds:
        inputs = snapshot.inputs.get(build.target, {})
        if {platform: item.build_id for platform, item in inputs.items()} != dict(build.build_ids):
            raise PlanError(
                f"the plan does not fit the catalog at {plan.head[:12]}",
                where=build.target,
                hint="make the plan again with this version of publisher",
            )
    for move in plan.moves:
        if move.registry not in snapshot.settings.registries or move.target not in snapshot.inputs:
            raise PlanError(
                f"the plan does not fit the catalog at {plan.head[:12]}",
                where=f"{move.image}:{move.tag} at {move.registry}",
                hint="make the plan again with this version of publisher",
            )


def run_step(options: argparse.Namespace, surroundings: Surroundings, step: Step) -> int:
    """Run one step of the plan."""
    plan = read_plan(options, surroundings)
    console = surroundings.console
    with open_locked_desk(options, surroundings) as desk:
        errors = _run_nodes(desk, plan, step)
    for error in errors:
        console.error(error)
    return min((error.exit_code for error in errors), default=0)


def _run_nodes(desk: Desk, plan: Plan, step: Step) -> list[PublisherError]:
    files = desk.git.files(plan.head)
    snapshot = load_commit(desk.git, plan.head, files=files)
    check_plan(plan, snapshot)
    results = Results.load(desk.bench.run_directory)
    results.forget_others(snapshot.inputs)
    return Pipeline.of(desk.bench, snapshot, files, plan, results).run((step,))
