"""What a transfer will cost each registry, and what it came to: as tables, and as JSON."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from publisher.cli.lane_text import ended_line
from publisher.cli.style import Style
from publisher.cli.table import table_lines
from publisher.cli.text import columns, printable
from publisher.cli.units import brief, number, size
from publisher.codec import to_plain
from publisher.plan.quota import least_seconds
from publisher.plan.wording import long_text, quota_text, registry_cost_text
from publisher.transfer.cost import transfer_cost_text

if TYPE_CHECKING:
    from publisher.cli.console import Console
    from publisher.plan.cost import RegistryCost
    from publisher.transfer.cost import TransferCost
    from publisher.transfer.figures import LaneFigures

_DONE = (
    "registry", "sent", "bytes", "mounted", "there", "retried", "checked", "moved", "requests", "s"
)  # fmt: skip
_COST = ("registry", "images", "blobs", "bytes", "tags", "requests", "quota")
_PLAN_COST = ("registry", "images", "not known", "bytes", "tags", "requests", "quota")
_NOT_PLAIN = ("ended", "waiting", "steps_done", "steps_total")


def show_lanes(console: Console, reports: Mapping[str, LaneFigures]) -> None:
    """Print what each registry got: a table, or lines where that would be cut; in CI also the summary."""
    from publisher.notes.markdown import code, table

    if not reports:
        return
    lanes = _once(reports)
    rows = list(map(_done, lanes))
    _aligned(console, _DONE, rows, list(map(ended_line, lanes)))
    console.summary("\n".join(table(_DONE, [(code(name), *rest) for name, *rest in rows])))


def lanes_plain(reports: Mapping[str, LaneFigures]) -> list[dict[str, Any]]:
    """Give the figures as JSON: an object a registry, its fields those of `LaneFigures`."""
    return [_figures(one) for one in _once(reports)]


def show_costs(console: Console, costs: Mapping[str, TransferCost], limits: Mapping[str, int]) -> None:
    """Print what each registry is asked and sent at most, before it is; `limits` are requests a minute.

    `publisher.plan.quota.limits_of` gives them; warns of what cannot end within an hour.
    """
    rows = [_cost(one, limits.get(name)) for name, one in costs.items()]
    if rows:
        _aligned(
            console, _COST, rows, [transfer_cost_text(one, limits.get(name)) for name, one in costs.items()]
        )
    warn_long(console, ((name, one.requests) for name, one in costs.items()), limits)


def show_plan_costs(console: Console, costs: Sequence[RegistryCost], *, full: bool) -> None:
    """Print what a plan costs each registry: a table, or a line each."""
    if costs:
        console.print("")
    if full and costs:
        _aligned(console, _PLAN_COST, list(map(_plan_cost, costs)), list(map(registry_cost_text, costs)))
    for one in () if full else costs:
        console.print(f"{console.style(one.registry, Style.TITLE)}: {registry_cost_text(one)}")
    warn_long(
        console,
        ((one.registry, one.requests) for one in costs),
        {one.registry: one.requests_per_minute for one in costs if one.requests_per_minute},
    )


def costs_plain(costs: Mapping[str, TransferCost], limits: Mapping[str, int]) -> list[dict[str, Any]]:
    """Give the costs as JSON, each with its limit and the seconds that this makes of it at least."""
    return [
        {
            **to_plain(one),
            "requests_per_minute": limits.get(name),
            "least_seconds": least_seconds(one.requests, limits.get(name)),
        }
        for name, one in costs.items()
    ]


def warn_long(console: Console, requests: Iterable[tuple[str, int]], limits: Mapping[str, int]) -> None:
    """Warn of every registry whose limit makes it take longer than an hour."""
    for name, asked in requests:
        if text := long_text(name, asked, limits.get(name)):
            console.warning(text)


def _once(reports: Mapping[str, LaneFigures]) -> list[LaneFigures]:
    """Give each lane once: registries of one host share it, and its figures name them all."""
    return list({one.registry: one for one in reports.values()}.values())


def _done(one: LaneFigures) -> tuple[str, ...]:
    counts = (one.blobs_mounted, one.blobs_there, one.retried, one.checked, one.moved, one.requests)
    return (
        one.registry,
        number(one.blobs_sent),
        size(one.bytes_sent),
        *map(number, counts),
        brief(one.seconds),
    )


def _cost(cost: TransferCost, limit: int | None) -> tuple[str, ...]:
    counts = (cost.images, cost.blobs)
    asked = (number(cost.moves), number(cost.requests), quota_text(cost.requests, limit) or "no limit set")
    return cost.registry, *map(number, counts), size(cost.bytes), *asked


def _plan_cost(cost: RegistryCost) -> tuple[str, ...]:
    quota = quota_text(cost.requests, cost.requests_per_minute) or "no limit set"
    counts = (number(cost.moves), number(cost.requests), quota)
    return cost.registry, number(cost.images), number(cost.unknown), size(cost.bytes), *counts


def _figures(one: LaneFigures) -> dict[str, Any]:
    plain = {key: value for key, value in to_plain(one).items() if key not in _NOT_PLAIN}
    return {**plain, "waited": round(one.waited, 3), "seconds": round(one.seconds, 3)}


def _aligned(
    console: Console, heads: Sequence[str], rows: Sequence[Sequence[str]], said: Sequence[str]
) -> None:
    """Print a table; where the terminal would cut it, a paragraph a row that says the same."""
    terminal = console.out.stream.isatty()
    if not terminal or max(map(columns, table_lines(heads, rows, None))) <= console.width:
        console.table(heads, rows)
        return
    for (name, *_), text in zip(rows, said, strict=True):
        console.print(console.style(name, Style.TITLE))
        console.print(_paragraph(text, console.width))


def _paragraph(text: str, width: int) -> str:
    """Break a text between words, but not between a number and its unit."""
    whole = re.sub(r"(?<=\d) (?=\w)", "\N{NO-BREAK SPACE}", printable(text))
    filled = textwrap.fill(whole, width, initial_indent="  ", subsequent_indent="  ", break_on_hyphens=False)
    return filled.replace("\N{NO-BREAK SPACE}", " ")
