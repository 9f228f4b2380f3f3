"""Showing what a copy would take, and what it came to: text and JSON."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from publisher import codec
from publisher.cli.console import Console
from publisher.cli.lane_view import costs_plain, lanes_plain, show_costs, show_lanes
from publisher.errors import PublisherError
from publisher.plan.wording import count
from publisher.ports.registry import Registry
from publisher.ports.transfer import TagReport
from publisher.registry.engine.tags import strangers_error
from publisher.steps.copying import CopyReport, Prepared
from publisher.transfer.cost import transfer_cost
from publisher.transfer.figures import LaneFigures


def show_planned(console: Console, prepared: Prepared, form: str) -> int:
    """Print the most that a copy would take of each registry."""
    costs = transfer_cost(prepared.deliveries, prepared.moves)
    if form == "json":
        plain = {
            "schema_version": 1,
            "in_place": len(prepared.in_place),
            "registries": costs_plain(costs, {}),
        }
        console.document(codec.pretty(plain))
    else:
        show_costs(console, costs, {})
        console.print(_summary(prepared))
    return _fail(console, prepared.unreachable)


def show_done(console: Console, report: CopyReport, registry: Callable[[str], Registry], form: str) -> int:
    """Print how a copy ended, errors last, and give the exit code."""
    errors = _errors(report)
    figures = dict(_figures(report, registry))
    if form == "json":
        console.document(codec.pretty(_plain(report, figures, errors)))
    else:
        show_lanes(console, figures)
        halted = report.prepared.moves and report.errors and not report.tags
        console.print(_summary(report.prepared) + ("; no tag was moved" if halted else ""))
    return _fail(console, errors)


def _fail(console: Console, errors: Mapping[str, PublisherError]) -> int:
    for error in errors.values():
        console.error(error)
    return min((error.exit_code for error in errors.values()), default=0)


def _summary(prepared: Prepared) -> str:
    if not prepared.deliveries and not prepared.unreachable:
        return f"nothing to do: {count(len(prepared.in_place), 'target')} in place"
    number = len(prepared.deliveries)
    there = f", {len(prepared.in_place)} in place already" if prepared.in_place else ""
    return f"{number} cop{'y' if number == 1 else 'ies'}, {count(len(prepared.moves), 'tag')}{there}"


def _errors(report: CopyReport) -> dict[str, PublisherError]:
    """Give one error a registry; tags that others moved count, too."""
    errors = dict(report.errors)
    for host, tags in report.tags.items():
        if (error := strangers_error(tags.strangers)) is not None:
            errors.setdefault(host, error)
    return errors


def _figures(report: CopyReport, registry: Callable[[str], Registry]) -> Iterator[tuple[str, LaneFigures]]:
    """Give the figures of each registry with everything that it was asked from the beginning on."""
    from dataclasses import replace

    for host, lane in report.lanes.items():
        asked, moved = registry(host).traffic, report.tags.get(host, TagReport()).moved
        yield host, replace(lane.figures, requests=asked.requests, retried=asked.retried, moved=len(moved))


def _plain(
    report: CopyReport, figures: Mapping[str, LaneFigures], errors: Mapping[str, PublisherError]
) -> dict[str, Any]:
    return {
        "schema_version": 1,
        "complete": not errors,
        "in_place": len(report.prepared.in_place),
        "registries": lanes_plain(figures),
        "tags": {host: _tags(tags) for host, tags in report.tags.items()},
        "errors": [{"registry": host, "message": str(error)} for host, error in errors.items()],
    }


def _tags(report: TagReport) -> dict[str, Sequence[str]]:
    return {
        "moved": [f"{move.repository}:{move.tag}" for move in report.moved],
        "in_place": [f"{move.repository}:{move.tag}" for move in report.in_place],
        "left": [f"{move.repository}:{move.tag}" for move in report.left],
        "strangers": [one.text for one in report.strangers],
    }
