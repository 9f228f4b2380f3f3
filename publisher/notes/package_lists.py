"""What changed inside the images, from their SBOMs; long lists are folded."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.attestation.spdx import Package, PackageChange, PackageChanges
from publisher.catalog.target import TargetId
from publisher.notes.markdown import code, folded

SHOWN_OPEN = 10
"""Most lines that are shown without a click."""
MAX_LISTED = 500
"""Most lines for one image; the SBOM holds them all."""


def package_section(target: TargetId, changes: PackageChanges | None) -> list[str]:
    """Say what changed in one image; None where there is nothing to compare with."""
    if changes is None:
        return [f"- {code(target)}: no earlier image to compare with"]
    if changes.is_empty:
        return [f"- {code(target)}: the same packages in the same versions"]
    body = _lines(changes)
    summary = f"{len(changes.added)} added, {len(changes.removed)} removed, {len(changes.changed)} changed"
    shown = body if len(body) <= SHOWN_OPEN else folded(f"all {len(body)}", _bounded(body))
    return [f"- {code(target)}: {summary}", "", *_indented(shown), ""]


def _lines(changes: PackageChanges) -> list[str]:
    return [
        *(f"- added {_name(item)}" for item in changes.added),
        *(f"- removed {_name(item)}" for item in changes.removed),
        *(f"- changed {_named(item)} {code(item.before)} → {code(item.after)}" for item in changes.changed),
    ]


def _bounded(body: Sequence[str]) -> list[str]:
    if len(body) <= MAX_LISTED:
        return list(body)
    return [*body[:MAX_LISTED], f"- … and {len(body) - MAX_LISTED} more; the SBOM lists everything"]


def _indented(body: Sequence[str]) -> list[str]:
    return [f"  {item}" if item else "" for item in body]


def _name(item: Package) -> str:
    return f"{_kind(item.type)}{code(item.name)} {code(item.version)}"


def _named(item: PackageChange) -> str:
    return f"{_kind(item.type)}{code(item.name)}"


def _kind(kind: str) -> str:
    return f"{kind} " if kind.isascii() and kind.isalnum() else ""
