"""The axes of a matrix, and the combinations of their values.

A combination is a value for each axis, in the order in which the axes are written.
The order of the product is that of nested loops: the last axis turns fastest.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from math import prod

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Node, Scalar, Sequence
from publisher.catalog.rules import Rule

MAX_AXES = 16
"""Most axes of one item."""
MAX_VALUE = 256
"""Longest value of an axis, in characters."""
RESERVED_AXES = frozenset({"set"})
"""Names that are keys where axes are named too."""
_AXIS = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")

Axes = Mapping[str, Collection[str]]
"""The values of each axis: without repetition, in order, and quick to look a value up in."""
Combination = Mapping[str, str]


def read_axes(node: Node, findings: Findings) -> Axes:
    """Give the values of each axis as written; whatever is wrong is noted."""
    table = findings.mapping(node, "axes")
    fields = findings.fields(table) if table else {}
    if table and not table.entries:
        findings.add(Rule.AXIS, table, "`axes` names no axis", "write `axes: {os: [ubuntu, openeuler]}`")
    if len(fields) > MAX_AXES:
        findings.add(Rule.MATRIX_SIZE, node, f"{len(fields)} axes, more than {MAX_AXES}", "split the item")
        return {}
    return {name: _values(name, value, findings) for name, value in fields.items()}


def _values(name: str, node: Node, findings: Findings) -> Collection[str]:
    if not _AXIS.fullmatch(name) or name in RESERVED_AXES:
        why = "is reserved" if name in RESERVED_AXES else "is not a name"
        findings.add(
            Rule.AXIS, node, f"the axis {name!r:.80} {why}", "use a letter, then letters, digits, `_`, `-`"
        )
    what = f"axes.{name:.40}"
    seen: dict[str, Scalar] = {}
    for item, text in findings.texts(node, what):
        if text in seen:
            lines = f"here and in line {seen[text].position.line}"
            findings.add(Rule.AXIS, item, f"`{what}` has {text!r:.80} {lines}", "keep one of them")
        elif is_value(item, text, what, findings):
            seen[text] = item
    if isinstance(node, Sequence) and not node.items:
        findings.add(Rule.AXIS, node, f"`{what}` has no value", "give it one, or remove the axis")
    return seen.keys()


def is_value(node: Node, text: str, what: str, findings: Findings) -> bool:
    """Tell whether a text can be the value of an axis; note why not."""
    if len(text) <= MAX_VALUE:
        return True
    findings.add(
        Rule.MATRIX_SIZE, node, f"`{what}` has {len(text)} characters, more than {MAX_VALUE}", "shorten it"
    )
    return False


def size(axes: Axes) -> int:
    """Give the number of combinations, before any is left out."""
    return prod(len(values) for values in axes.values())


def widths(axes: Axes) -> Mapping[str, int]:
    """Give the length of the longest value of each axis."""
    return {axis: max(map(len, values), default=0) for axis, values in axes.items()}


def combine(axes: Axes, excluded: Iterable[Combination]) -> Iterator[Combination]:
    """Give the product without what a partial combination of `excluded` matches.

    Excludes are looked up by the axes that they name, so that hundreds cost little more than one.
    """
    shapes: dict[tuple[str, ...], set[tuple[str, ...]]] = {}
    for partial in excluded:
        names = tuple(sorted(partial))
        shapes.setdefault(names, set()).add(tuple(partial[name] for name in names))
    for values in product(*axes.values()):
        found = dict(zip(axes, values, strict=True))
        if not any(tuple(found[name] for name in names) in hits for names, hits in shapes.items()):
            yield found


def matches(partial: Combination, combination: Combination) -> bool:
    """Tell whether a combination has all values of a partial one."""
    return all(combination[axis] == value for axis, value in partial.items())
