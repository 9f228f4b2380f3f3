"""How names from a catalog and reasons are written for people; hostile names stay harmless."""

from __future__ import annotations

import textwrap
from collections.abc import Collection, Iterable
from dataclasses import replace

from publisher.catalog.problem import Severity
from publisher.catalog.shown import visible as visible  # noqa: PLC0414 - others take it from here
from publisher.plan.concerns import concerns
from publisher.plan.cost import Cost, RegistryCost
from publisher.plan.plan import EMPTY_BASE, WORKTREE, Held, Plan, Reason
from publisher.plan.quota import HOUR, least_seconds

SHORT_COMMIT = 12
"""Digits of a commit that are shown."""
UNKNOWN_OFFLINE = "unknown (offline: the records of earlier releases are not read)"
_SIZES = ("B", "kB", "MB", "GB", "TB")
_MOST_REGISTRIES = 8
"""Most groups of registries with equal figures that are spelled out."""


def shorten(text: str, width: int) -> str:
    """Cut a text to a width, its end replaced by an ellipsis."""
    return text if len(text) <= width else f"{text[: max(width - 1, 0)]}…"


def wrapped(text: str, width: int, margin: str) -> list[str]:
    """Break a text between words; further lines begin with the margin, a longer word is cut."""
    lines = textwrap.wrap(text, max(width, 2 * len(margin)), subsequent_indent=margin, break_on_hyphens=False)
    return [shorten(line, width) for line in lines]


def commit(text: str) -> str:
    """Give a commit as people read it."""
    is_oid = len(text) >= 40 and all(c in "0123456789abcdef" for c in text)
    return text[:SHORT_COMMIT] if is_oid else visible(text)


def lint_command(head: str) -> str:
    """Give the command that shows the problems of a state: by default `lint` reads the working tree."""
    return "publisher lint" if head == WORKTREE else f"publisher lint --head {commit(head)}"


def span(plan: Plan) -> str:
    """Say between which states the plan leads."""
    start = "nothing" if plan.base == EMPTY_BASE else commit(plan.base)
    return f"{start} → {commit(plan.head)}"


def number(whole: int) -> str:
    """Write a number with a comma between thousands."""
    return f"{whole:,}"


def count(number: int, one: str, many: str = "") -> str:
    """Say how many: `1 build`, `3 builds`."""
    return f"{number} {one if number == 1 else many or one + 's'}"


def summary(plan: Plan) -> str:
    """Sum the plan up in one line, the errors that are shown below it first."""
    errors = sum(problem.severity is Severity.ERROR for problem in concerns(plan).pressing)
    parts = [
        (len(plan.builds), "build", ""), (len(plan.copies), "copy", "copies"), (len(plan.tests), "test", ""),
        (len(plan.moves), "tag moves", "tags move"), (len(plan.retired), "tag retired", "tags retired"),
        (len(plan.stopped), "target stopped", "targets stopped"),
        (sum(len(one.moves) for one in plan.held), "tag held back", "tags held back"),
    ]  # fmt: skip
    said = [count(*part) for part in parts if part[0]]
    return ", ".join([*([count(errors, "error")] if errors else []), *(said or ["nothing to do"])])


def cost_text(cost: Cost) -> str:
    """Sum the cost up in one line; registries that are asked and sent the same stand together."""
    groups: dict[RegistryCost, list[str]] = {}
    for item in cost.registries:
        groups.setdefault(replace(item, registry=""), []).append(item.registry)
    said = [_registry_text(figures, names) for figures, names in groups.items()]
    more = [f"{len(said) - _MOST_REGISTRIES} more"] if len(said) > _MOST_REGISTRIES else []
    building = building_text(cost)
    return "; ".join([*([building] if building else []), *said[:_MOST_REGISTRIES], *more])


def building_text(cost: Cost) -> str:
    """Say how long building takes; empty where nothing is built."""
    if not cost.builds:
        return ""
    if cost.unknown == cost.builds:
        return "build minutes unknown (nothing like it was released yet)"
    unknown = f" without {cost.unknown} of {cost.builds} builds that are new" if cost.unknown else ""
    return f"about {minutes(cost.seconds)} of building{unknown}"


def _registry_text(cost: RegistryCost, names: Collection[str]) -> str:
    return f"{listed(names)}{' each' if len(names) > 1 else ''} {registry_cost_text(cost)}"


def registry_cost_text(cost: RegistryCost) -> str:
    """Say what one registry is asked and sent, its name aside."""
    if cost.images and cost.unknown == cost.images:
        return "unknown"
    unknown = f" without {cost.unknown} of {count(cost.images, 'image')}" if cost.unknown else ""
    quota = quota_text(cost.requests, cost.requests_per_minute)
    limit = f" ({quota})" if quota else ""
    return f"up to {requests_text(cost.requests)}{limit}, {size(cost.bytes)}{unknown}"


def requests_text(requests: int) -> str:
    """Say how many requests: `1 request`, `4,684 requests`."""
    return f"{number(requests)} request{'s' * (requests != 1)}"


def quota_text(requests: int, per_minute: int | None) -> str:
    """Say what requests mean at a limit: `28% of a minute at 300/min`, `15 min or more at 300/min`."""
    if not per_minute:
        return ""
    seconds = least_seconds(requests, per_minute)
    said = f"{minutes(seconds)} or more" if seconds else f"{-(-100 * requests // per_minute)}% of a minute"
    return f"{said} at {number(per_minute)}/min"


def long_text(registry: str, requests: int, per_minute: int | None) -> str:
    """Warn of what cannot end within an hour; empty where it can."""
    if least_seconds(requests, per_minute) < HOUR:
        return ""
    return (
        f"{visible(registry)}: up to {requests_text(requests)} take {quota_text(requests, per_minute)}; "
        "the run can be stopped at any time, and goes on from there when it is run again"
    )


def minutes(seconds: float) -> str:
    """Give a time in minutes: `7 min`, `3 h 20 min`."""
    whole = max(round(seconds / 60), 1)
    return f"{whole} min" if whole < 120 else f"{whole // 60} h {whole % 60:02d} min"


def size(number: float) -> str:
    """Show bytes in steps of 1000: `999 B`, `1.2 MB`."""
    for unit in _SIZES:
        if number < 999.95 or unit == _SIZES[-1]:
            break
        number /= 1000
    return f"{number:.0f} {unit}" if unit == "B" else f"{number:.1f} {unit}"


def held_text(held: Held) -> str:
    """Say how a held target stands, what this plan changes about it, and since when; why comes last."""
    since = f"since record {held.since}{f': {visible(held.reason)}' if held.reason else ''}"
    if held.ends:
        return f"its hold at {held.digest.short} ends: other inputs ({since})"
    tags, where = listed(move.tag for move in held.moves), listed(move.registry for move in held.moves)
    waiting = f": {tags} at {where} would move" if held.moves else ""
    return f"stays at {held.digest.short}{waiting} ({since})"


def reason_text(reasons: Collection[Reason], most: int = 2) -> str:
    """Give the first reasons with their causes, and how many more there are."""
    said = [f"{reason.code} {visible(reason.cause)}" for reason in list(reasons)[:most]]
    more = len(reasons) - len(said)
    return "; ".join([*said, *([f"{more} more"] if more else [])])


def listed(words: Iterable[str]) -> str:
    """Join names with commas, each once, in order."""
    return ", ".join(dict.fromkeys(visible(word) for word in words))
