"""Templates: nodes in which `{axis}` stands for the axis' value; `{{` and `}}` are braces.

A template is compiled once and filled for each combination.  A filled node stands where its
template stands, so that the readers of entries name the right place by themselves.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog import nodes
from publisher.catalog.findings import Findings
from publisher.catalog.matrix.axes import Combination, matches
from publisher.catalog.matrix.conditions import Condition
from publisher.catalog.nodes import Node, Scalar
from publisher.catalog.problem import Position
from publisher.catalog.rules import Rule

MAX_FILLED = 4096
"""Longest text that a template may give, in characters."""
MAX_WRITTEN = 2 * MAX_FILLED
"""Longest template, in characters."""
TABLES = frozenset({"args", "requires"})
"""Keys of an entry whose value is a mapping."""
PLATFORMS = frozenset({"arch", "platforms"})
_NODE_WEIGHT = 24
"""What a node costs beside its text, in characters."""
_PART = re.compile(r"\{\{|\}\}|\{([^{}]*)\}|[{}]")


@dataclass(frozen=True, slots=True)
class Text:
    """A text with placeholders: `parts` are text, axis, text, axis, …, text."""

    node: Scalar
    parts: tuple[str, ...]
    longest: int


@dataclass(frozen=True, slots=True)
class Choice:
    """An alias that only some combinations have."""

    tag: Template
    when: Condition


@dataclass(frozen=True, slots=True)
class Items:
    """A list with templates in it."""

    position: Position
    items: tuple[Template | Choice, ...]


@dataclass(frozen=True, slots=True)
class Fields:
    """A mapping with templates in its values."""

    position: Position
    entries: tuple[tuple[Scalar, Template], ...]


Template = Text | Items | Fields | Node
Widths = Mapping[str, int]
"""The longest value of each axis that a template may name, in characters."""


def compile_node(node: Node, widths: Widths, findings: Findings, *, table: bool = False) -> Template:
    """Prepare a node for filling, and note placeholders that no axis fills.

    `table` tells that a mapping is in its place here: elsewhere `{os}` without quotes is meant.
    """
    match node:
        case Scalar():
            return _compile_text(node, widths, findings)
        case nodes.Sequence():
            items = tuple(compile_node(item, widths, findings) for item in node.items)
            return node if items == node.items else Items(node.position, items)
        case nodes.Mapping():
            if not table and _is_unquoted(node, widths):
                name = node.entries[0][0].text
                message = f"`{{{name}}}` without quotes is a mapping, not text"
                findings.add(Rule.PLACEHOLDER, node, message, f'write "{{{name}}}"')
                return node
            entries = tuple((key, compile_node(value, widths, findings)) for key, value in node.entries)
            return node if entries == node.entries else Fields(node.position, entries)


def _is_unquoted(node: nodes.Mapping, widths: Widths) -> bool:
    """Tell whether a mapping is what YAML makes of `{os}`."""
    if len(node.entries) != 1:
        return False
    key, value = node.entries[0]
    return key.text in widths and isinstance(value, Scalar) and value.plain and not value.text


def _compile_text(node: Scalar, widths: Widths, findings: Findings) -> Template:
    if "{" not in node.text and "}" not in node.text:
        return node
    if len(node.text) > MAX_WRITTEN:
        message = f"the template has {len(node.text)} characters, more than {MAX_WRITTEN}"
        findings.add(Rule.MATRIX_SIZE, node, message, "shorten it")
        return node
    parts, rest, before = [""], 0, len(findings.problems)
    for found in _PART.finditer(node.text):
        parts[-1] += node.text[rest : found.start()]
        rest = found.end()
        if found[0] in ("{{", "}}"):
            parts[-1] += found[0][0]
        elif found[1] in widths:
            parts += [found[1], ""]
        else:
            _refuse(found[0], found[1], node, widths, findings)
    parts[-1] += node.text[rest:]
    if len(findings.problems) != before:
        return node
    return _bounded(Text(node, tuple(parts), _longest(parts, widths)), findings)


def _refuse(brace: str, name: str | None, node: Scalar, widths: Widths, findings: Findings) -> None:
    if name is None:
        findings.add(
            Rule.PLACEHOLDER, node, f"a lone `{brace}`", f"write `{brace}{brace}` for the brace itself"
        )
    else:
        message = f"`{{{name:.80}}}` is no axis of this item"
        findings.add(Rule.PLACEHOLDER, node, message, findings.suggestion(name, widths))


def _longest(parts: Sequence[str], widths: Widths) -> int:
    return sum(map(len, parts[::2])) + sum(widths[axis] for axis in parts[1::2])


def _bounded(text: Text, findings: Findings) -> Template:
    if text.longest <= MAX_FILLED:
        return text
    message = f"the text can have {text.longest} characters, more than {MAX_FILLED}"
    findings.add(Rule.MATRIX_SIZE, text.node, message, "shorten it")
    return text.node


def fill(template: Template, combination: Combination) -> Node:
    """Give the node of one combination."""
    match template:
        case Text():
            parts = list(template.parts)
            parts[1::2] = [combination[axis] for axis in parts[1::2]]
            return Scalar(template.node.position, "".join(parts), template.node.plain)
        case Items():
            return nodes.Sequence(template.position, tuple(_chosen(template.items, combination)))
        case Fields():
            entries = tuple((key, fill(value, combination)) for key, value in template.entries)
            return nodes.Mapping(template.position, entries)
        case _:
            return template


def _chosen(items: Sequence[Template | Choice], combination: Combination) -> list[Node]:
    chosen = (
        item if not isinstance(item, Choice) else item.tag
        for item in items
        if not isinstance(item, Choice) or matches(item.when.values, combination)
    )
    return [fill(item, combination) for item in chosen]


def weight(template: Template | Choice) -> int:
    """Estimate what one filling costs, in characters."""
    match template:
        case Text():
            return _NODE_WEIGHT + template.longest
        case Choice():
            return weight(template.tag) + _NODE_WEIGHT * len(template.when.values)
        case Scalar():
            return _NODE_WEIGHT + len(template.text)
        case Items() | nodes.Sequence():
            return _NODE_WEIGHT + sum(map(weight, template.items))
        case _:
            return _NODE_WEIGHT + sum(weight(value) for _, value in template.entries)


def merged(fields: Mapping[str, Template], changes: Mapping[str, Template]) -> Mapping[str, Template]:
    """Set fields: in `args` and `requires` name by name, elsewhere the whole value.

    `arch` and `platforms` say the same, so setting one takes the place of both.
    """
    gone = PLATFORMS if PLATFORMS & changes.keys() else frozenset()
    former = {key: value for key, value in fields.items() if key not in gone}
    return {**former, **{key: _over(former.get(key), value, key) for key, value in changes.items()}}


def _over(former: Template | None, value: Template, key: str) -> Template:
    tables = (Fields, nodes.Mapping)
    if key not in TABLES or not isinstance(former, tables) or not isinstance(value, tables):
        return value
    names = {name.text for name, _ in value.entries}
    kept = (field for field in former.entries if field[0].text not in names)
    return Fields(value.position, (*kept, *value.entries))
