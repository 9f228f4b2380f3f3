"""`publisher status`: how every live tag stands at every registry, and what mends it."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from publisher.cli.arguments import add_format, add_repo, examples
from publisher.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from publisher.cli.wiring import Desk
    from publisher.steps.status import StatusReport

NOT_IN_PLACE = 7
"""Exit code when a registry has not what the records promise, or does not answer."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Compare every live tag at every registry with the release records: in-place, held (by a rollback), "
        "adopted, lagging (an optional registry that the records call behind), unpublished (declared, never "
        "released), behind (an older version), incomplete (the right digest without all platforms and "
        "evidence), missing, drifted (a digest that no record knows), unknown (no answer). Each line names "
        "the command that mends it. Nothing is written, and no key is needed but the public one.\n\n"
        "Cost: one HEAD a tag; for each digest that is right, one HEAD a platform and one list of referrers "
        "a platform and index. With --quick only the first.\n\n"
        f"Exit code {NOT_IN_PLACE} when something is behind, incomplete, missing, drifted or unknown; else 0."
    )
    parser.epilog = examples(
        ("publisher status", "every tag; what is not in place is listed"),
        ("publisher status cann pytorch:latest --registry hub", "some images, at one registry"),
        ("publisher status --quick --format json > status.json", "only what the tags name, for a program"),
    )
    parser.add_argument("only", metavar="IMAGE[:TAG]", nargs="*", help="look at these only")
    parser.add_argument("--registry", metavar="NAME", help="look at this registry only")
    parser.add_argument("--all", dest="every", action="store_true", help="list tags that are in place too")
    parser.add_argument(
        "--quick", action="store_true", help="ask what the tags name, not what is behind them"
    )
    add_repo(parser)
    parser.add_argument(
        "--head", metavar="REV", default="HEAD", help="commit that says what is declared (default: HEAD)"
    )
    add_format(parser, "table", "json")
    parser.set_defaults(run_directory=None, jobs=1)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Look, and print how things stand."""
    from publisher.cli.status_view import as_json, show_status
    from publisher.cli.wiring import open_desk

    console = surroundings.console
    with console.progress() as progress, open_desk(options, surroundings, progress) as desk:
        report = _look(options, desk)
    if options.format == "json":
        console.document(as_json(report))
    else:
        show_status(console, report, every=options.every)
    return 0 if report.is_good else NOT_IN_PLACE


def _look(options: argparse.Namespace, desk: Desk) -> StatusReport:
    from publisher.records.timeline import Timeline
    from publisher.steps.chain import Chain
    from publisher.steps.selection import check_registry, select_targets
    from publisher.steps.states import load_commit
    from publisher.steps.status import StatusStep

    snapshot = load_commit(desk.git, desk.head.oid)
    check_registry(snapshot.settings, options.registry)
    only = {target for name in options.only for target in select_targets(snapshot, name)}
    timeline = Timeline.of(stored.record for stored in Chain(desk.bench).walk())
    step = StatusStep(desk.bench, snapshot, timeline, quick=options.quick)
    return step.run(only if options.only else None, options.registry)
