"""Combinations as they are written in a matrix: partial ones that select, whole ones that are added."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from publisher.catalog.findings import Findings
from publisher.catalog.matrix.axes import Axes, Combination, is_value
from publisher.catalog.nodes import Mapping as Table
from publisher.catalog.nodes import Node
from publisher.catalog.problem import Position
from publisher.catalog.rules import Rule

SET = "set"
"""The key of an include, beside its axes, that holds what is different there."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A partial combination and where it stands."""

    position: Position
    values: Combination


@dataclass(frozen=True, slots=True)
class Included:
    """A whole combination that is added, and what it sets."""

    position: Position
    values: Combination
    set: Node | None


def read_condition(node: Node | None, what: str, axes: Axes, findings: Findings) -> Condition | None:
    """Give a partial combination of the axes' values; None where something is wrong with it."""
    table = findings.mapping(node, what)
    if table is None:
        return None
    before = len(findings.problems)
    values = {
        axis: value
        for axis, node in _by_axis(table, what, axes, findings).items()
        if (value := _known_value(node, f"{what}.{axis}", axes[axis], findings)) is not None
    }
    if not table.entries:
        findings.add(Rule.COMBINATION, table, f"`{what}` names no axis", f"known: {', '.join(axes)}")
    return Condition(table.position, values) if len(findings.problems) == before else None


def read_included(table: Table, axes: Axes, findings: Findings) -> Included | None:
    """Give a whole combination; its values need not be among those of the axes."""
    before = len(findings.problems)
    fields = _by_axis(table, "include", axes, findings, SET)
    changes = fields.pop(SET, None)
    if missing := [axis for axis in axes if axis not in fields]:
        message = f"an include names every axis; `{'`, `'.join(missing)}` is missing"
        findings.add(Rule.MISSING_KEY, table, message, "add it, or change combinations with `overrides`")
    values = {axis: findings.text(fields.get(axis), f"include.{axis}") for axis in axes}
    for axis, text in values.items():
        if text is not None:
            is_value(fields[axis], text, f"include.{axis}", findings)
    if len(findings.problems) != before:
        return None
    return Included(table.position, {axis: text or "" for axis, text in values.items()}, changes)


def with_included(axes: Axes, included: Iterable[Included]) -> Axes:
    """Give the axes with the values that only an include has."""
    known = {axis: dict.fromkeys(values) for axis, values in axes.items()}
    for item in included:
        for axis, value in item.values.items():
            known[axis][value] = None
    return known


def _by_axis(table: Table, what: str, axes: Axes, findings: Findings, *further: str) -> dict[str, Node]:
    """Give the values by axis; an unknown axis is noted."""
    fields = findings.fields(table)
    known: Collection[str] = {*axes, *further}
    for key, _ in table.entries:
        if key.text not in known:
            message = f"`{what}` names the unknown axis `{key.text:.80}`"
            findings.add(Rule.COMBINATION, key, message, findings.suggestion(key.text, known))
    return {axis: node for axis, node in fields.items() if axis in known}


def _known_value(node: Node, what: str, values: Collection[str], findings: Findings) -> str | None:
    text = findings.text(node, what)
    if text is not None and text not in values:
        message = f"`{what}` is {text!r:.80}, which the axis does not have"
        findings.add(Rule.COMBINATION, node, message, findings.suggestion(text, values))
        return None
    return text
