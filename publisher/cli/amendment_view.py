"""Showing a rollback or a thaw: what moves where, what stays, what is held; as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from publisher.cli.console import Console
from publisher.cli.lane_view import costs_plain, lanes_plain, show_costs
from publisher.codec import to_plain
from publisher.notes.release_notes import release_title
from publisher.plan.quota import limits_of

if TYPE_CHECKING:
    from publisher.catalog.settings import Settings
    from publisher.records.release import Move
    from publisher.records.version import Version
    from publisher.steps.amendment import Amendment, AmendmentReport

SCHEMA_VERSION = 1


def show_amendment(console: Console, amendment: Amendment, settings: Settings) -> None:
    """Show what is to be done, and what it costs, before it is."""
    if amendment.moves:
        console.table(("image:tag", "registry", "from", "to"), [move_row(move) for move in amendment.moves])
    if amendment.staying:
        console.table(("stays as it is", "why"), [(item.target, item.why) for item in amendment.staying])
    for line in _hold_lines(amendment):
        console.print(line)
    if amendment.moves:
        show_costs(console, amendment.costs or {}, limits_of(settings))


def move_row(move: Move) -> tuple[str, str, str, str]:
    """Give a move as a row: tag, registry, from, to."""
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


def show_amended(console: Console, report: AmendmentReport) -> None:
    """Show what came of it."""
    if report.amendment.is_empty:
        console.print("nothing to do: it is so already")
    if report.record is not None:
        console.print(release_title(report.record))
    if report.release:
        console.print(f"release notes: {report.release}")


def as_json(report: AmendmentReport, settings: Settings, *, dry_run: bool) -> str:
    """Give the document of `--format json`."""
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
        "costs": costs_plain(amendment.costs or {}, limits_of(settings)),
        "registries": lanes_plain(report.figures),
        "record": report.record.sequence if report.record else None,
        "release": report.release,
        "errors": [error.lines() for error in report.errors],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _version(version: Version) -> dict[str, Any]:
    return {"sequence": version.sequence, "digest": version.digest}
