"""`publisher build`: the step `build` of a plan."""

from __future__ import annotations

import argparse

from publisher.cli.step_verb import configure_step, run_step
from publisher.cli.surroundings import Surroundings
from publisher.records.release import Step


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    configure_step(parser, Step.BUILD, "Build the planned targets and push them to staging by digest.")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Run the step."""
    return run_step(options, surroundings, Step.BUILD)
