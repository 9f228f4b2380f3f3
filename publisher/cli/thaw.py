"""`publisher thaw`: end a hold, and let the tags go on to the newest released version."""

from __future__ import annotations

import argparse

from publisher.cli.arguments import examples
from publisher.cli.surroundings import Surroundings


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    from publisher.cli.amending import add_amending

    parser.description = (
        "End the hold that `publisher rollback` began: the tags of the target move to its newest released "
        "version, which may have been built meanwhile. Names that it got while it was held are published "
        "too. `publisher status` shows what is held."
    )
    parser.epilog = examples(
        ("publisher thaw cann:8.0 --dry-run", "what it would move"),
        ("publisher thaw cann:8.0 pytorch:2.1", "several at once, in one release record"),
    )
    parser.add_argument("targets", metavar="IMAGE:TAG", nargs="+", help="any name of a held target")
    add_amending(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Thaw."""
    from publisher.cli.amending import amend
    from publisher.steps.thaw import ThawStep

    return amend(options, surroundings, lambda amender, head: ThawStep(amender).run(head, options.targets))
