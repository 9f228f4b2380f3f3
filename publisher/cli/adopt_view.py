"""Showing what an adoption asks, finds and leaves out: text and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import groupby
from typing import Any

from publisher import codec
from publisher.catalog.settings import Settings
from publisher.catalog.target import TargetId
from publisher.cli.console import Console
from publisher.cli.lane_view import warn_long
from publisher.cli.style import Style
from publisher.errors import PublisherError
from publisher.plan.quota import limits_of
from publisher.plan.tags import Place
from publisher.plan.wording import count, quota_text, visible
from publisher.records.release import ReleaseRecord
from publisher.steps.adopt import AdoptStep, Looked, asked_of
from publisher.steps.adoption import LEFT_OUT, Doubt, Finding

SCHEMA_VERSION = 1
FEW = 12
"""Findings of one kind that are listed one by one."""
_ANSWERS = {
    Doubt.ABSENT: "publisher republish IMAGE:TAG --rebuild REASON",
    Doubt.CONFLICT: "publisher adopt --at REV --registry NAME",
}
"""What settles a doubt, by the hand of a person."""


def show_asked(console: Console, places: Mapping[Place, TargetId], settings: Settings) -> None:
    """Print what each registry is asked, before it is."""
    if not places:
        console.print("nothing to look up: every declared tag is in the release records")
        return
    limits = limits_of(settings)
    asked = asked_of(places)
    for registry, number in asked.items():
        quota = quota_text(number, limits.get(registry))
        said = f" ({quota})" if quota else ""
        console.print(f"{registry}: {count(number, 'tag')} to look up{said}, then each image once")
    warn_long(console, ((name, 2 * number) for name, number in asked.items()), limits)


def show_looked(console: Console, looked: Looked) -> None:
    """Print how much was found, then what is left out or in doubt."""
    adoption = looked.adoption
    targets, tags = len(adoption.locked), len(adoption.tags)
    console.print(f"{count(targets, 'target')} to take over, {count(tags, 'tag')} in all")
    ordered = sorted(adoption.findings, key=lambda one: one.doubt)
    for doubt, group in groupby(ordered, key=lambda one: one.doubt):
        findings = list(group)
        word = console.style(doubt, Style.BAD if doubt in LEFT_OUT else Style.WARN)
        left_out = ", left out" if doubt in LEFT_OUT else ""
        console.print(f"\n{word}: {count(len(findings), 'tag')}{left_out}")
        for finding in findings[:FEW]:
            console.print(f"  {visible(_text(finding))}")
        if len(findings) > FEW:
            console.print(f"  … and {len(findings) - FEW} more (--format json lists them)")
        if doubt in _ANSWERS:
            console.print(f"  → {_ANSWERS[doubt]}")


def _text(finding: Finding) -> str:
    where = f" at {finding.registry}" if finding.registry else ""
    return f"{finding.target}{where}: {finding.said}"


def as_json(
    step: AdoptStep,
    looked: Looked,
    record: ReleaseRecord | None,
    errors: Sequence[PublisherError],
    *,
    dry_run: bool,
) -> str:
    """Give all of it for a program."""
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "at": step.snapshot.commit,
        "dry_run": dry_run,
        "adopted": looked.adoption.tags,
        "locked": sorted(looked.adoption.locked),
        "findings": looked.adoption.findings,
        "record": record.sequence if record else None,
        "errors": [error.lines() for error in errors],
    }
    return codec.pretty(document)
