"""What `rollback` and `thaw` share: their options, and how they are carried out."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING

from publisher.cli.arguments import add_dry_run, add_format, add_repo
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from publisher.cli.wiring import Desk
    from publisher.ports.git import Commit
    from publisher.steps.amendment import Amender, Amendment, AmendmentReport


def add_amending(parser: argparse.ArgumentParser) -> None:
    """Add the options that both verbs have."""
    add_dry_run(parser)
    parser.add_argument("--force", action="store_true", help="move tags too that somebody else moved")
    add_format(parser, "text", "json")
    add_repo(parser)
    parser.add_argument(
        "--head", metavar="REV", default="HEAD", help="commit whose publisher.yml is used (default: HEAD)"
    )
    add_run_directory(parser)


def amend(
    options: argparse.Namespace,
    surroundings: Surroundings,
    work: Callable[[Amender, Commit], AmendmentReport],
) -> int:
    """Do it as the only publisher, and show it; errors come last, so that they stay on the screen."""
    from publisher.cli.amendment_view import as_json, show_amended, show_amendment
    from publisher.cli.report_view import show_figures
    from publisher.cli.wiring import open_locked_desk
    from publisher.steps.amendment import Amender
    from publisher.steps.run import Runner, RunOptions

    console = surroundings.console
    with open_locked_desk(options, surroundings) as desk:
        wanted = RunOptions(force=options.force, dry_run=options.dry_run)
        bench = replace(desk.bench, who=who(surroundings, desk))

        def show(amendment: Amendment) -> None:
            if options.format == "text":
                show_amendment(console, amendment, desk.bench.settings)

        report = work(Amender(Runner(bench, desk.git, wanted), show), desk.head)
        if options.format == "json":
            console.document(as_json(report, desk.bench.settings, dry_run=options.dry_run))
    if options.format == "text":
        show_amended(console, report)
        if options.dry_run and not report.errors:
            console.print("this is a dry run: nothing was written")
        show_figures(console, desk.bench, report.figures)
    for error in report.errors:
        console.error(error)
    return report.exit_code


def who(surroundings: Surroundings, desk: Desk) -> str:
    """Name who does this: no commit says so."""
    return surroundings.environment.get("GITHUB_ACTOR") or desk.git.person() or desk.bench.who
