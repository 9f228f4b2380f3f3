"""`publisher attest`: the step `attest` of a plan."""

from __future__ import annotations

import argparse

from publisher.cli.step_verb import configure_step, run_step
from publisher.cli.surroundings import Surroundings
from publisher.records.release import Step


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    configure_step(parser, Step.ATTEST, "Attach SBOM, provenance, test result and signature in staging.")


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Run the step."""
    return run_step(options, surroundings, Step.ATTEST)
