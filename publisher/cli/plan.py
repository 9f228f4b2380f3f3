"""`publisher plan`: what merging would build, test and move, and why."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from publisher.catalog.problem import Severity
from publisher.cli.arguments import add_format, add_repo, add_revisions, examples
from publisher.cli.collector import collector_paused
from publisher.cli.comparing import comparing
from publisher.cli.repository import open_git
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings
from publisher.errors import UsageError
from publisher.plan.memory import Memory
from publisher.plan.plan import Plan
from publisher.ports.progress import Progress
from publisher.steps.plan import Planned, look_up_tags, plan_change
from publisher.tools.plan_cache import PlanCache

if TYPE_CHECKING:
    from publisher.cli.wiring import Desk
    from publisher.plan.figures import History


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the verb's arguments."""
    parser.description = "Show what publishing a commit would build, test, copy and move, and why."
    parser.epilog = examples(
        ("publisher plan --offline --base origin/main", "what this branch would do; no network, no daemon"),
        ("publisher plan --format json > plan.json", "since the last release, with the tags' digests of now"),
        ("publisher plan --offline --base HEAD~1 --explain cann:8.0", "why one target is (not) rebuilt"),
        ("publisher plan --offline --base HEAD~1 --records DIR", "with the cost, by records that lie in DIR"),
    )
    add_repo(parser)
    add_revisions(parser)
    parser.add_argument("--offline", action="store_true", help="use git only; needs --base")
    parser.add_argument(
        "--no-cache", action="store_true", help="with --offline: read every file anew, and keep nothing"
    )
    parser.add_argument("--explain", metavar="IMAGE:TAG", help="the chain of causes for one target or alias")
    parser.add_argument(
        "--records",
        metavar="FILE|DIR",
        type=Path,
        help="estimate the cost by release records that lie here (default: those in staging; offline: none)",
    )
    add_format(parser, "table", "json", "markdown")
    add_run_directory(parser)


def run(options: argparse.Namespace, surroundings: Surroundings) -> int:
    """Make the plan and print it."""
    _check_explain(options)
    with comparing(options), surroundings.console.progress() as progress:
        make = _offline if options.offline else _online
        planned, history = make(options, surroundings, progress)
    if options.records is not None:
        from publisher.cli.record_files import history_from

        history = history_from(surroundings.cwd / options.records)
    if options.explain is not None:
        return _explain(options, surroundings, planned)
    _show(options, surroundings, planned, history)
    return 2 if has_errors(planned.plan) else 0


def _check_explain(options: argparse.Namespace) -> None:
    """Refuse what `--explain` cannot do.

    Raises:
        UsageError: it names nothing, or an explanation has no such format.
    """
    if options.explain is None:
        return
    if not options.explain:
        raise UsageError("`--explain` names no target", hint="give IMAGE:TAG, or leave the option out")
    if options.format == "markdown":
        raise UsageError(
            "`--explain` has no Markdown form", hint="leave `--format` out, or give `--format json`"
        )


def has_errors(plan: Plan) -> bool:
    """Tell whether a problem stops a target that the change touches."""
    return any(problem.severity is Severity.ERROR for problem in plan.problems)


def _offline(
    options: argparse.Namespace, surroundings: Surroundings, progress: Progress
) -> tuple[Planned, History | None]:
    if options.base is None:
        raise UsageError(
            "an offline plan needs a base",
            hint="give `--base REV`, or `--base empty` for everything in the catalog",
        )
    git = open_git(options, surroundings, progress)
    head = git.resolve(options.head)
    if options.no_cache:
        with collector_paused():
            return plan_change(git, head, options.base, None), None
    shelf = PlanCache(surroundings.environment, surroundings.cwd / options.repo)
    with collector_paused():
        planned = plan_change(git, head, options.base, None, Memory(shelf=shelf))
        shelf.save()
    return planned, None


def _online(
    options: argparse.Namespace, surroundings: Surroundings, progress: Progress
) -> tuple[Planned, History | None]:
    from publisher.cli.wiring import open_desk

    with open_desk(options, surroundings, progress) as desk:
        return plan_online(desk, options.base, history=not options.explain and options.records is None)


def plan_online(desk: Desk, base: str | None, *, history: bool) -> tuple[Planned, History | None]:
    """Plan with the last record and the tags as they are now, and what releases took; writes nothing."""
    from publisher.steps.chain import Chain
    from publisher.steps.destinations import Destinations
    from publisher.steps.history import read_history

    chain = Chain(desk.bench)
    last = chain.head()
    made = plan_change(desk.git, desk.head, base, last.record if last else None)
    silent = Destinations(desk.bench).silent()
    planned = Planned(look_up_tags(desk.bench, made.plan, silent), made.base, made.head, made.files)
    wanted = history and not planned.plan.is_empty
    return planned, read_history(chain, last) if wanted else None


def _show(
    options: argparse.Namespace, surroundings: Surroundings, planned: Planned, history: History | None
) -> None:
    from publisher.cli.plan_view import cost_of, show_plan
    from publisher.plan.render import as_json, as_markdown
    from publisher.plan.wording import UNKNOWN_OFFLINE, cost_text

    console, plan = surroundings.console, planned.plan
    cost = cost_of(plan, planned.head, history, planned.base) if history is not None else None
    said = cost_text(cost) if cost else UNKNOWN_OFFLINE
    if options.format == "json":
        console.document(as_json(plan, cost))
    elif options.format == "markdown":
        console.document(as_markdown(plan, said))
    else:
        show_plan(console, plan, said)


def _explain(options: argparse.Namespace, surroundings: Surroundings, planned: Planned) -> int:
    """Print why a target is in the plan, or is not; that it is stopped is no error of the question."""
    from publisher.plan.explain import explain_target
    from publisher.plan.render import as_explanation, explanation_as_json
    from publisher.steps.selection import select_targets

    plan, base, head = planned.plan, planned.base, planned.head
    name = options.explain
    if name not in base.owners and name not in head.owners:
        [name] = select_targets(head, name, most=1)
    found = explain_target(plan, base, head, planned.files, name)
    if options.format == "json":
        surroundings.console.document(explanation_as_json(found))
    else:
        surroundings.console.print(as_explanation(found, plan).rstrip("\n"))
    return 0
