"""What `rollback` and `thaw` share: their options, and how they show what they do."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from publisher.cli.arguments import add_dry_run, add_format, add_repo
from publisher.cli.run import add_run_directory
from publisher.cli.surroundings import Surroundings

if TYPE_CHECKING:
    from publisher.cli.console import Console
    from publisher.cli.wiring import Desk
    from publisher.ports.git import Commit
    from publisher.records.release import Move
    from publisher.records.version import Version
    from publisher.steps.amendment import Amender, Amendment, AmendmentReport

SCHEMA_VERSION = 1


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
    from publisher.cli.wiring import open_locked_desk
    from publisher.steps.amendment import Amender
    from publisher.steps.run import Runner, RunOptions

    console = surroundings.console
    with open_locked_desk(options, surroundings) as desk:
        wanted = RunOptions(force=options.force, dry_run=options.dry_run)
        bench = replace(desk.bench, who=who(surroundings, desk))

        def show(amendment: Amendment) -> None:
            if options.format == "text":
                _show(console, amendment, desk)

        report = work(Amender(Runner(bench, desk.git, wanted), show), desk.head)
        if options.format == "json":
            console.document(_as_json(report, desk, dry_run=options.dry_run))
    if options.format == "text":
        _show_end(console, report)
    for error in report.errors:
        console.error(error)
    return report.exit_code


def who(surroundings: Surroundings, desk: Desk) -> str:
    """Name who does this: no commit says so."""
    return surroundings.environment.get("GITHUB_ACTOR") or desk.git.person() or desk.bench.who


def _show(console: Console, amendment: Amendment, desk: Desk) -> None:
    from publisher.cli.lane_view import show_costs
    from publisher.plan.quota import limits_of

    if amendment.moves:
        console.table(("image:tag", "registry", "from", "to"), [_row(move) for move in amendment.moves])
    if amendment.staying:
        console.table(("stays as it is", "why"), [(item.target, item.why) for item in amendment.staying])
    for line in _hold_lines(amendment):
        console.print(line)
    if amendment.moves:
        show_costs(console, amendment.costs or {}, limits_of(desk.bench.settings))


def _row(move: Move) -> tuple[str, str, str, str]:
    previous = move.previous.short if move.previous else "–"
    return f"{move.repository}:{move.tag}", move.registry, previous, move.digest.short


def _hold_lines(amendment: Amendment) -> Iterator[str]:
    holds = {hold.target: hold for hold in amendment.holds}
    for switch in amendment.switches:
        hold = holds.get(switch.target)
        if hold is not None:
            yield (
                f"{switch.target} is held at {hold.digest.short} until it is built "
                f"from other inputs, or `publisher thaw {switch.target}`"
            )
        else:
            yield f"{switch.target} is no longer held; its newest version is {switch.to.digest.short}"


def _show_end(console: Console, report: AmendmentReport) -> None:
    from publisher.notes.release_notes import release_title

    if report.amendment.is_empty:
        console.print("nothing to do: it is so already")
    if report.record is not None:
        console.print(release_title(report.record))
    if report.release:
        console.print(f"release notes: {report.release}")


def _as_json(report: AmendmentReport, desk: Desk, *, dry_run: bool) -> str:
    from publisher.cli.lane_view import costs_plain
    from publisher.codec import to_plain
    from publisher.plan.quota import limits_of

    amendment = report.amendment
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "action": str(amendment.kind),
        "dry_run": dry_run,
        "targets": [
            {"target": one.target, "from": _version(one.current), "to": _version(one.to)}
            for one in amendment.switches
        ],
        "staying": to_plain(amendment.staying),
        "moves": to_plain(amendment.moves),
        "holds": to_plain(amendment.holds),
        "costs": costs_plain(amendment.costs or {}, limits_of(desk.bench.settings)),
        "record": report.record.sequence if report.record else None,
        "release": report.release,
        "errors": [error.lines() for error in report.errors],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _version(version: Version) -> dict[str, Any]:
    return {"sequence": version.sequence, "digest": version.digest}
