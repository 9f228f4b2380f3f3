"""`publisher audit`: check every published tag on every registry."""

from __future__ import annotations

import argparse

from publisher.audit.report import as_json, as_table
from publisher.cli.arguments import add_format, add_repo, examples
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import open_desk
from publisher.steps.audit import AuditStep
from publisher.steps.chain import Chain

FOUND = 6
"""Exit code when something is wrong."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Check every tag of the release records on every destination: same digest, all platforms, "
        "a signature by the expected key, SBOM, provenance and test result, verified with cosign. "
        "Exit code 6 when something is wrong."
    )
    parser.epilog = examples(
        ("publisher audit", "every tag"),
        ("publisher audit cann pytorch --format json > audit.json", "some images, for a program"),
    )
    parser.add_argument("only", metavar="IMAGE[:TAG]", nargs="*", help="audit these only")
    add_repo(parser)
    parser.add_argument(
        "--head", metavar="REV", default="HEAD", help="commit whose publisher.yml is used (default: HEAD)"
    )
    add_format(parser, "table", "json")
    add_run_directory(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Audit and print the verdict."""
    console = surroundings.console
    with console.progress() as progress, open_desk(options, surroundings, progress) as desk:
        verdict = AuditStep(desk.bench, Chain(desk.bench), frozenset(options.only)).run()
    if options.format == "json":
        console.document(as_json(verdict))
    else:
        console.print(as_table(verdict).rstrip("\n"))
    return 0 if verdict.is_clean else FOUND
