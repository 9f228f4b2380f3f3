"""`publisher release`: notes, the record at the forge, and the signed outcome of the newest record."""

from __future__ import annotations

import argparse

from publisher.cli.step_verb import configure_step, read_plan
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import open_locked_desk
from publisher.records.release import Step
from publisher.steps.run import Runner, RunOptions


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    configure_step(parser, Step.RELEASE, "Finish the newest release record: tags, notes, the signed outcome.")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Run the step."""
    read_plan(options, surroundings)
    console = surroundings.console
    with open_locked_desk(options, surroundings) as desk:
        runner = Runner(desk.bench, desk.git, RunOptions())
        errors = runner.finish(runner.chain.head())
    for error in errors:
        console.error(error)
    return min((error.exit_code for error in errors), default=0)
