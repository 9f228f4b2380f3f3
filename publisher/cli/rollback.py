"""`publisher rollback`: move the tags of a target back to an older version, and hold them there."""

from __future__ import annotations

import argparse

from publisher.cli.arguments import examples, typed
from publisher.cli.surroundings import Surroundings
from publisher.errors import Malformed

MOST_REASON = 1000
"""Longest reason, in characters."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    from publisher.cli.amending import add_amending

    parser.description = (
        "Move every name of a target (its tag, aliases, `latest` if it is its) back to a version that it "
        "had, at every registry. Before anything moves, signature, provenance, SBOM and test result of "
        "the older version are verified again. The target is then held: later runs build it as usual, but "
        "its tags stay until it is built from other inputs, or `publisher thaw` ends the hold.\n\n"
        "An internal layer has no tags; with --with-descendants what is built on it goes back. A descendant "
        "without a version that was built on the older one is named, and stays as it is."
    )
    parser.epilog = examples(
        (
            "publisher rollback cann:8.0 --to 41 --dry-run",
            "what it would move, if the older version verifies",
        ),
        ("publisher rollback cann:8.0 --to 41 --reason 'driver 24.1 hangs'", "what it was at record 41"),
        ("publisher rollback cann:latest --to 3f2a9c41d07e", "by digest; `latest` names its target"),
        ("publisher rollback python:3.11 --to 40 --with-descendants", "with everything that is built on it"),
    )
    parser.add_argument("target", metavar="IMAGE:TAG", help="any name of the target")
    parser.add_argument(
        "--to",
        metavar="SEQUENCE|DIGEST",
        required=True,
        help="what it was at this release record, or a digest (12 digits or more)",
    )
    parser.add_argument(
        "--with-descendants",
        dest="along",
        action="store_true",
        help="also what is built on it, each to its newest version on the older one",
    )
    parser.add_argument(
        "--reason", metavar="TEXT", type=typed(_reason), help="why; kept in the release record"
    )
    add_amending(parser)


def _reason(text: str) -> str:
    if len(text) > MOST_REASON or not text.isprintable() or not text.strip():
        raise Malformed(f"a reason is one line of 1 to {MOST_REASON} printable characters")
    return text.strip()


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Roll back."""
    from publisher.cli.amending import amend
    from publisher.steps.rollback import RollbackOptions, RollbackStep

    wanted = RollbackOptions(options.target, options.to, options.along, options.reason or "")
    return amend(options, surroundings, lambda amender, head: RollbackStep(amender).run(head, wanted))
