"""Showing how the tags stand: sums first, then what is not as it should be with the command that mends it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from publisher import codec
from publisher.cli.console import Console
from publisher.cli.style import Style
from publisher.plan.wording import commit, count, visible
from publisher.steps.standing import BAD, GOOD, Standing, TagStatus
from publisher.steps.status import StatusReport

SCHEMA_VERSION = 1
FEW = 12
"""Tags of one standing at one registry that are listed one by one."""
_STYLES = {**dict.fromkeys(GOOD, Style.GOOD), **dict.fromkeys(BAD, Style.BAD)}


def as_json(report: StatusReport) -> str:
    """Give the report for a program: every tag, whatever its standing."""
    sums = Counter(status.standing for status in report.tags)
    return codec.pretty(
        {
            "schema_version": SCHEMA_VERSION,
            "head": report.head,
            "release": report.release,
            "good": report.is_good,
            "summary": {str(standing): sums[standing] for standing in Standing},
            "silent": dict(report.silent),
            "tags": [_plain(status) for status in report.tags],
        }
    )


def _plain(status: TagStatus) -> dict[str, Any]:
    tag = status.tag
    return {
        "target": tag.target,
        "registry": tag.registry,
        "repository": tag.repository,
        "tag": tag.tag,
        "standing": status.standing,
        "expected": tag.digest,
        "found": status.found,
        "message": status.said,
        "repair": status.repair,
    }


def show_status(console: Console, report: StatusReport, *, every: bool) -> None:
    """Print the sums, then what is not in place; `every` lists all tags."""
    release = f"release {report.release}" if report.release else "nothing released yet"
    places = {status.tag.registry for status in report.tags}
    where = f"{count(len(report.tags), 'tag')} at {count(len(places), 'registry', 'registries')}"
    console.print(f"{release}, catalog {commit(report.head)}: {where}")
    if report.tags:
        console.print("")
        console.table(*_sums(report.tags))
    for registry, reason in report.silent.items():
        console.print("")
        console.print(f"{console.style('unknown', Style.BAD)} at {registry}: {visible(reason)}")
        console.print("  → check that it is up and that this machine reaches it, then run it again")
    if every:
        console.print("")
        console.table(("standing", "image:tag", "registry", "names"), [_row(one) for one in report.tags])
    for group in _groups(report.tags):
        console.print("")
        _show_group(console, group, one_by_one=every or len(group) <= FEW)


def _sums(statuses: Sequence[TagStatus]) -> tuple[Sequence[str], list[list[str]]]:
    """Give the table of registries and standings; what nowhere occurs has no column."""
    sums = Counter((status.tag.registry, status.standing) for status in statuses)
    seen = [standing for standing in Standing if any(key[1] is standing for key in sums)]
    names = sorted({registry for registry, _ in sums})
    rows = [[name, *(str(sums[name, standing] or "–") for standing in seen)] for name in names]
    return ("registry", *seen), rows


def _row(status: TagStatus) -> tuple[str, str, str, str]:
    found = status.found.short if status.found else "–"
    return status.standing, status.tag.name, status.tag.registry, found


def _groups(statuses: Sequence[TagStatus]) -> Iterator[list[TagStatus]]:
    """Put together what has the same standing at the same registry, the worst last."""
    order = list(Standing)

    def key(status: TagStatus) -> tuple[int, str]:
        return order.index(status.standing), status.tag.registry

    quiet = {Standing.IN_PLACE, Standing.ADOPTED, Standing.UNKNOWN}
    listed = [status for status in statuses if status.standing not in quiet]
    for _, group in groupby(sorted(listed, key=key), key=key):
        yield list(group)


def _show_group(console: Console, group: Sequence[TagStatus], *, one_by_one: bool) -> None:
    first = group[0]
    word = console.style(first.standing, _STYLES.get(first.standing, Style.WARN))
    where = f"{word} at {first.tag.registry}"
    if not one_by_one:
        console.print(f"{where}: {len(group)} tags (`--all` lists them)")
        console.print(f"  → {for_all(group)}")
        return
    for status in group:
        console.print(f"{where}: {visible(status.tag.name)}")
        if status.said:
            console.print(f"  {visible(status.said)}")
        if status.repair:
            console.print(f"  → {visible(status.repair)}")


def for_all(group: Sequence[TagStatus]) -> str:
    """Give the one command for tags of the same standing at the same registry."""
    repairs = {status.repair for status in group}
    if len(repairs) == 1:
        return repairs.pop()
    generic: Mapping[Standing, str] = {
        Standing.HELD: "publisher thaw IMAGE:TAG",
        Standing.UNPUBLISHED: "publisher republish IMAGE:TAG … --rebuild REASON",
        Standing.DRIFTED: f"publisher republish --all --registry {group[0].tag.registry} --force",
    }
    plain = f"publisher republish --all --registry {group[0].tag.registry}"
    return generic.get(group[0].standing, plain)
