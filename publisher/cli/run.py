"""`publisher run`: every step, from plan to release; resumable."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.cli.arguments import add_dry_run, add_repo, add_revisions, examples, typed
from publisher.cli.surroundings import Surroundings
from publisher.errors import Malformed

if TYPE_CHECKING:
    from publisher.cli.console import Console
    from publisher.cli.wiring import Desk
    from publisher.steps.plan import Planned

JOBS = 4
"""Nodes at a time: most of them wait for BuildKit, a registry or cosign."""
MOST_JOBS = 256
"""Most threads that a person may ask for."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = (
        "Publish what changed between two commits of the catalog: build, test, attest, copy, "
        "move tags, release. "
        "Running it again does what is missing and nothing else."
    )
    parser.epilog = examples(
        ("publisher run --base empty", "the first release: everything in the catalog"),
        ("publisher run", "everything since the last released commit, and what was left unfinished"),
        ("publisher run --dry-run", "show the plan and what it would move; write nothing"),
        ("publisher run --repo ~/images --head main -v", "another repository; show every command"),
    )
    add_repo(parser)
    add_revisions(parser)
    add_dry_run(parser)
    parser.add_argument(
        "--force", action="store_true", help="move tags on that somebody else moved meanwhile"
    )
    add_run_directory(parser)


def add_run_directory(parser: argparse.ArgumentParser) -> None:
    """Add `--run-dir` and `--jobs`."""
    parser.add_argument(
        "--run-dir",
        dest="run_directory",
        metavar="DIR",
        type=Path,
        default=None,
        help="where logs and the JSON of each step go (default: a new folder in ~/.local/state/publisher)",
    )
    parser.add_argument(
        "--jobs",
        metavar="N",
        type=typed(_positive),
        default=JOBS,
        help=f"work on N things at a time (default: {JOBS})",
    )


def _positive(text: str) -> int:
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= MOST_JOBS):
        raise Malformed(f"a number from 1 to {MOST_JOBS} is expected, not {text[:40]!r}")
    return int(text)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Run every step."""
    from publisher.cli.comparing import comparing
    from publisher.cli.report_view import show_report
    from publisher.cli.wiring import open_locked_desk
    from publisher.steps.run import Runner, RunOptions

    console = surroundings.console
    with comparing(options), open_locked_desk(options, surroundings) as desk:
        wanted = RunOptions(options.base, options.force, options.dry_run)
        runner = Runner(
            desk.bench,
            desk.git,
            wanted,
            lambda planned: _show(console, desk, planned, full=options.dry_run),
        )
        report = runner.run(desk.head)
    show_report(console, report, desk.bench)
    return report.exit_code


def _show(console: Console, desk: Desk, planned: Planned, *, full: bool) -> None:
    """Show the plan with its cost: a line a registry, or in full where somebody still has the choice."""
    from publisher.cli.lane_view import show_plan_costs
    from publisher.cli.plan_view import cost_of, show_plan
    from publisher.plan.wording import building_text
    from publisher.steps.chain import Chain
    from publisher.steps.history import read_history

    if planned.plan.is_empty:
        show_plan(console, planned.plan)
        return
    chain = Chain(desk.bench)
    cost = cost_of(planned.plan, planned.head, read_history(chain, chain.head()), planned.base)
    show_plan(console, planned.plan, building_text(cost))
    show_plan_costs(console, cost.registries, full=full)
