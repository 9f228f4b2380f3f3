"""`publisher plan`: what merging would build, test and move, and why."""

from __future__ import annotations

import argparse

from publisher.catalog.problem import Severity
from publisher.cli.arguments import add_format, add_repo, add_revisions, examples
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings
from publisher.cli.wiring import Desk, open_desk, open_git
from publisher.errors import UsageError
from publisher.plan.plan import Plan
from publisher.plan.render import as_json, as_markdown, explain
from publisher.ports.progress import Progress
from publisher.steps.plan import Planned, look_up_tags, plan_change


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = "Show what publishing a commit would build, test, copy and move, and why."
    parser.epilog = examples(
        ("publisher plan --offline --base origin/main", "what this branch would do; no network, no daemon"),
        ("publisher plan --format json > plan.json", "since the last release, with the tags' digests of now"),
        ("publisher plan --offline --base HEAD~1 --explain cann:8.0", "why one target is (not) rebuilt"),
    )
    add_repo(parser)
    add_revisions(parser)
    parser.add_argument("--offline", action="store_true", help="use git only; needs --base")
    parser.add_argument("--explain", metavar="IMAGE:TAG", help="the chain of causes for one target")
    add_format(parser, "table", "json", "markdown")
    add_run_directory(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Make the plan and print it."""
    with surroundings.console.progress() as progress:
        planned = (
            _offline(options, surroundings, progress)
            if options.offline
            else _online(options, surroundings, progress)
        )
    _show(options, surroundings, planned)
    return 2 if has_errors(planned.plan) else 0


def has_errors(plan: Plan) -> bool:
    """Tell whether a problem stops a target that the change touches."""
    return any(problem.severity is Severity.ERROR for problem in plan.problems)


def _offline(options: argparse.Namespace, surroundings: Surroundings, progress: Progress) -> Planned:
    if options.base is None:
        raise UsageError(
            "an offline plan needs a base",
            hint="give `--base REV`, or `--base empty` for everything in the catalog",
        )
    git = open_git(options, surroundings, progress)
    return plan_change(git, git.resolve(options.head), options.base, None)


def _online(options: argparse.Namespace, surroundings: Surroundings, progress: Progress) -> Planned:
    with open_desk(options, surroundings, progress) as desk:
        return plan_online(desk, options.base)


def plan_online(desk: Desk, base: str | None) -> Planned:
    """Plan with the last record and the tags as they are now; writes nothing."""
    from publisher.steps.chain import Chain

    last = Chain(desk.bench).head()
    planned = plan_change(desk.git, desk.head, base, last.record if last else None)
    return Planned(look_up_tags(desk.bench, planned.plan), planned.base, planned.head, planned.files)


def _show(options: argparse.Namespace, surroundings: Surroundings, planned: Planned) -> None:
    from publisher.cli.plan_view import show_plan

    console = surroundings.console
    if options.explain:
        console.print(explain(planned.plan, planned.base, planned.head, options.explain).rstrip("\n"))
    elif options.format == "json":
        console.document(as_json(planned.plan))
    elif options.format == "markdown":
        console.document(as_markdown(planned.plan))
    else:
        show_plan(console, planned.plan)
