"""Showing what a republication would do, and what it came to: text and JSON."""

from __future__ import annotations

from collections import Counter
from typing import Any

from publisher import codec
from publisher.catalog.settings import Settings
from publisher.cli.amendment_view import move_row
from publisher.cli.console import Console
from publisher.cli.lane_view import costs_plain, lanes_plain, show_costs
from publisher.notes.release_notes import release_title
from publisher.plan.quota import limits_of
from publisher.plan.wording import count, listed
from publisher.records.release import Move
from publisher.steps.amendment import Amendment
from publisher.steps.republish import RepublishReport

SCHEMA_VERSION = 1
MOST_ROWS = 40
"""Most moves that are listed one by one."""
FEW = 8
"""Most targets that are named in one line."""


def show_planned(console: Console, amendment: Amendment, settings: Settings) -> None:
    """Print the tags that move, what is looked at, and the most that it takes of each registry."""
    if len(amendment.moves) <= MOST_ROWS:
        if amendment.moves:
            console.table(("image:tag", "registry", "from", "to"), list(map(move_row, amendment.moves)))
    else:
        for registry, number in Counter(move.registry for move in amendment.moves).items():
            console.print(f"{registry}: {count(number, 'tag moves', 'tags move')}")
    layers = sum(item.internal for item in amendment.images)
    more = f", {count(layers, 'internal layer')} among them" if layers else ""
    console.print(f"{count(len(amendment.images), 'image')} to check and complete{more}; at most:")
    show_costs(console, amendment.costs or {}, limits_of(settings))


def show_end(console: Console, report: RepublishReport, *, dry_run: bool) -> None:
    """Print what came of it; errors follow."""
    if report.skipped:
        names = f": {listed(report.skipped)}" if len(report.skipped) <= FEW else ""
        console.print(f"{count(len(report.skipped), 'target')} never released here, left out{names}")
    record = report.done.record
    if dry_run:
        console.print("this is a dry run: nothing was written")
    elif record is not None:
        console.print(release_title(record))
    elif not report.errors:
        console.print("nothing to do: everything is in place")
    if report.done.release:
        console.print(f"release notes: {report.done.release}")


def as_json(report: RepublishReport, settings: Settings, *, dry_run: bool) -> str:
    """Give the report for a program."""
    amendment, record = report.done.amendment, report.done.record
    return codec.pretty(
        {
            "schema_version": SCHEMA_VERSION,
            "action": amendment.kind,
            "dry_run": dry_run,
            "images": [
                {
                    "target": item.image.target,
                    "digest": item.image.digest,
                    "registries": [place.registry for place in item.destinations],
                }
                for item in amendment.images
            ],
            "moves": [_plain(move) for move in amendment.moves],
            "left_alone": [
                {"registry": one.tag.registry, "tag": one.tag.tag, "message": one.said, "repair": one.repair}
                for one in report.strangers
            ],
            "skipped": list(report.skipped),
            "costs": costs_plain(amendment.costs or {}, limits_of(settings)),
            "registries": lanes_plain(report.done.figures),
            "record": record.sequence if record else None,
            "release": report.done.release,
            "errors": [error.lines() for error in report.errors],
        }
    )


def _plain(move: Move) -> dict[str, Any]:
    plain: dict[str, Any] = codec.to_plain(move)
    return plain
