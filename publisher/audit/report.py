"""The audit's verdict: findings from promises and facts, as JSON and as a table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from publisher import codec
from publisher.audit.expected import ExpectedTag
from publisher.audit.facts import Facts, TagFacts
from publisher.audit.finding import Finding
from publisher.audit.findings import RULES
from publisher.audit.heads import HEAD_RULES
from publisher.audit.rule import Rule, Seen

SCHEMA_VERSION = 1
_COLUMNS = ("id", "severity", "image:tag", "registry", "digest", "message")


@dataclass(frozen=True, slots=True)
class Checked:
    """How much was looked at."""

    tags: int
    digests: int


@dataclass(frozen=True, slots=True)
class Report:
    """The document that `publisher audit --format json` prints."""

    schema_version: int = field(default=SCHEMA_VERSION, kw_only=True)
    checked: Checked
    findings: tuple[Finding, ...]

    @property
    def is_clean(self) -> bool:
        """Tell whether nothing is wrong, warnings aside."""
        return not any(finding.is_error for finding in self.findings)


def judge(expected: Iterable[ExpectedTag], facts: Facts) -> tuple[Finding, ...]:
    """Compare what was promised with what was found; a promised tag without facts is unreadable."""
    found = {(item.repository, item.tag): item for item in facts.tags}
    of_tags = [
        finding for tag in expected for finding in _judge_tag(Seen(tag, found.get(tag.key) or _unseen(tag)))
    ]
    of_registries = [finding for rule in HEAD_RULES for finding in rule.findings(facts)]
    return (*of_registries, *of_tags)


def report(expected: Sequence[ExpectedTag], facts: Facts) -> Report:
    """Judge, and count what was looked at: tags that were read, and digests with their repositories."""
    digests = {(tag.repository, digest) for tag in facts.tags for digest in tag.digests}
    read = sum(not tag.error for tag in facts.tags)
    return Report(Checked(read, len(digests)), judge(expected, facts))


def as_json(verdict: Report) -> str:
    """Give the JSON form, which other programs rely on."""
    return codec.pretty(verdict)


def as_table(verdict: Report) -> str:
    """Give the findings as columns of text, each with its repair below."""
    counted = f"{verdict.checked.tags} tags and {verdict.checked.digests} digests checked"
    if not verdict.findings:
        return f"{counted}, nothing found\n"
    rows = [_COLUMNS, *map(_cells, verdict.findings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_COLUMNS) - 1)]
    lines = [_aligned(rows[0], widths)]
    for finding, row in zip(verdict.findings, rows[1:], strict=True):
        lines += [_aligned(row, widths), f"      → {_visible(finding.repair)}"]
    return "\n".join([*lines, f"{counted}, {len(verdict.findings)} findings", ""])


def _judge_tag(seen: Seen) -> list[Finding]:
    return [
        _finding(rule, seen.expected, fault.message, fault.digest or "")
        for rule in RULES
        for fault in rule.faults(seen)
    ]


def _finding(rule: Rule, tag: ExpectedTag, message: str, digest: str) -> Finding:
    repair = rule.repair(tag)
    return Finding(rule.id, rule.severity, tag.target.image, tag.tag, tag.registry, digest, message, repair)


def _unseen(tag: ExpectedTag) -> TagFacts:
    return TagFacts(tag.registry, tag.repository, tag.tag, error="it was not looked at")


def _cells(finding: Finding) -> tuple[str, ...]:
    name = f"{finding.image}:{finding.tag}" if finding.image else "–"
    digest = finding.digest.removeprefix("sha256:")[:12] or "–"
    return tuple(
        map(_visible, (finding.id, finding.severity, name, finding.registry, digest, finding.message))
    )


def _aligned(row: Sequence[str], widths: Sequence[int]) -> str:
    padded = [cell.ljust(width) for cell, width in zip(row, widths, strict=False)]
    return "  ".join([*padded, row[-1]])


def _visible(text: str) -> str:
    return "".join(
        char if char.isprintable() else "\N{REPLACEMENT CHARACTER}" for char in " ".join(text.split())
    )
