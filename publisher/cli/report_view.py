"""Showing what a run did: the table of what is where, what failed, and where the notes are."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping

from publisher.cli.console import Console
from publisher.cli.lane_view import lanes_plain, show_lanes
from publisher.notes.release_notes import release_title
from publisher.records.release import ReleaseRecord
from publisher.steps.figures import with_traffic
from publisher.steps.run import RunReport
from publisher.steps.workbench import Workbench
from publisher.transfer.figures import LaneFigures

TRANSFER_FILE = "transfer.json"
"""What each registry got, in the run directory; diagnostic like everything there."""


def show_report(console: Console, report: RunReport, bench: Workbench) -> None:
    """Print the outcome of a run, errors last, so that they stay on the screen."""
    if report.nothing_to_do:
        console.print("nothing to do: this commit is released, and nothing is left")
    elif report.record is None and report.plan is not None and report.plan.is_empty:
        console.print("nothing to build, test or move")
    if report.record is not None:
        _show_record(console, report.record)
    show_figures(console, bench, report.figures)
    if report.release:
        console.print(f"release notes: {report.release}")
    for error in report.errors:
        console.error(error)
    if report.errors:
        console.print(f"logs and the JSON of each step: {bench.run_directory}")


def show_figures(console: Console, bench: Workbench, figures: Mapping[str, LaneFigures]) -> None:
    """Print what each registry got, and keep it as JSON among the files of the run."""
    if not figures:
        return
    complete = with_traffic(bench, figures)
    console.print("")
    show_lanes(console, complete)
    document = {"schema_version": 1, "registries": lanes_plain(complete)}
    bench.run_directory.mkdir(parents=True, exist_ok=True)
    (bench.run_directory / TRANSFER_FILE).write_text(json.dumps(document, indent=2) + "\n")


def _show_record(console: Console, record: ReleaseRecord) -> None:
    console.print("")
    console.print(release_title(record))
    if record.moves:
        console.table(("image:tag", "registry", "from", "to"), list(_moves(record)))
    layers = [item.image.target for item in record.images if item.internal]
    if layers:
        console.print(f"internal layers, by permanent tag: {', '.join(layers)}")
    if record.unfinished:
        console.table(
            ("unfinished", "step", "why"),
            [(item.target, item.step, item.reason) for item in record.unfinished],
        )


def _moves(record: ReleaseRecord) -> Iterator[tuple[str, str, str, str]]:
    for move in record.moves:
        yield (
            f"{move.repository}:{move.tag}",
            move.registry,
            move.previous.short if move.previous else "–",
            move.digest.short,
        )
