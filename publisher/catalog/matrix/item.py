"""One item of `matrix`: axes, and the templates of the entries that their combinations make.

Anything wrong with an item itself refuses the whole item: what it would expand to without
the part that is wrong is not what its author wrote.
"""

from __future__ import annotations

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass

from publisher.catalog import nodes
from publisher.catalog.findings import Findings
from publisher.catalog.matrix.axes import Axes, Combination, read_axes, size, widths
from publisher.catalog.matrix.conditions import (
    SET,
    Condition,
    Included,
    read_condition,
    read_included,
    with_included,
)
from publisher.catalog.matrix.templates import TABLES, Choice, Items, Template, Widths, compile_node
from publisher.catalog.meta_entry import KEYS
from publisher.catalog.nodes import Mapping, Node
from publisher.catalog.problem import Position

TAG = "tag"
SETTABLE = (KEYS | {TAG}) - {"latest"}
"""Keys that `set` may have."""
ITEM_KEYS = KEYS | {"axes", "exclude", "include", "overrides", TAG}


@dataclass(frozen=True, slots=True)
class Override:
    """Fields that are different in some combinations."""

    when: Condition
    fields: MappingOf[str, Template]


@dataclass(frozen=True, slots=True)
class Addition:
    """A combination that is added, with the fields that are different in it."""

    position: Position
    values: Combination
    fields: MappingOf[str, Template]


@dataclass(frozen=True, slots=True)
class Item:
    """One item, read.  `selector` is what `latest` selects; None where no combination owns it."""

    position: Position
    axes: Axes
    excluded: tuple[Condition, ...]
    added: tuple[Addition, ...]
    fields: MappingOf[str, Template]
    overrides: tuple[Override, ...]
    selector: Condition | None

    @property
    def size(self) -> int:
        """Give the number of combinations, were nothing excluded."""
        return size(self.axes) + len(self.added)


def read_item(node: Node, findings: Findings) -> Item | None:
    """Read an item; None where something is wrong with it, which is noted."""
    table = findings.mapping(node, "matrix[]")
    if table is None:
        return None
    before = len(findings.problems)
    fields = findings.fields(table, ITEM_KEYS)
    axes = read_axes(fields["axes"], findings) if findings.needed(fields, table, "axes", TAG) else {}
    if len(findings.problems) != before:
        return None
    included = [read_included(one, axes, findings) for one in _list(fields, "include", findings)]
    known = with_included(axes, (one for one in included if one))
    reader = _Reader(axes, known, widths(known), findings)
    item = Item(
        table.position,
        axes,
        tuple(filter(None, reader.excludes(fields))),
        tuple(reader.addition(one) for one in included if one),
        reader.templates({key: value for key, value in fields.items() if key in SETTABLE}),
        tuple(filter(None, reader.overrides(fields))),
        reader.selector(fields.get("latest")),
    )
    return item if len(findings.problems) == before else None


def _list(fields: MappingOf[str, Node], key: str, findings: Findings) -> Sequence[Mapping]:
    found = findings.sequence(fields.get(key), key)
    tables = (findings.mapping(one, f"{key}[]") for one in (found.items if found else ()))
    return [table for table in tables if table]


@dataclass(frozen=True, slots=True)
class _Reader:
    """Reads the parts of one item; `known` are its axes with the values of its includes."""

    axes: Axes
    known: Axes
    widths: Widths
    findings: Findings

    def excludes(self, fields: MappingOf[str, Node]) -> list[Condition | None]:
        """Read `exclude`; all its values are of the axes, so each excludes something."""
        items = _list(fields, "exclude", self.findings)
        return [read_condition(one, "exclude", self.axes, self.findings) for one in items]

    def addition(self, included: Included) -> Addition:
        """Read what an include sets."""
        return Addition(included.position, included.values, self._set(included.set))

    def overrides(self, fields: MappingOf[str, Node]) -> list[Override | None]:
        """Read `overrides`."""
        return [self._override(one) for one in _list(fields, "overrides", self.findings)]

    def _override(self, table: Mapping) -> Override | None:
        fields = self.findings.fields(table, ("when", SET))
        if not self.findings.needed(fields, table, "when", SET):
            return None
        when = read_condition(fields["when"], "when", self.known, self.findings)
        changes = self._set(fields[SET])
        return Override(when, changes) if when else None

    def _set(self, node: Node | None) -> MappingOf[str, Template]:
        table = self.findings.mapping(node, SET)
        return self.templates(self.findings.fields(table, SETTABLE)) if table else {}

    def selector(self, node: Node | None) -> Condition | None:
        """Read `latest`: a partial combination, or `true` for an item of one combination."""
        if isinstance(node, Mapping):
            return read_condition(node, "latest", self.known, self.findings)
        owns = self.findings.flag(node, "latest")
        return Condition(node.position, {}) if node and owns else None

    def templates(self, fields: MappingOf[str, Node]) -> MappingOf[str, Template]:
        """Compile the values of an entry."""
        return {key: self._template(key, value) for key, value in fields.items()}

    def _template(self, key: str, value: Node) -> Template:
        if key == "aliases" and isinstance(value, nodes.Sequence):
            return Items(value.position, tuple(self._alias(item) for item in value.items))
        if key == TAG:
            return self._text(value, TAG)
        return compile_node(value, self.widths, self.findings, table=key in TABLES)

    def _text(self, node: Node, what: str) -> Template:
        before = len(self.findings.problems)
        template = compile_node(node, self.widths, self.findings)
        if len(self.findings.problems) == before:
            self.findings.text(node, what)
        return template

    def _alias(self, node: Node) -> Template | Choice:
        is_choice = isinstance(node, Mapping) and any(key.text in (TAG, "when") for key, _ in node.entries)
        if not isinstance(node, Mapping) or not is_choice:
            return compile_node(node, self.widths, self.findings)
        fields = self.findings.fields(node, (TAG, "when"))
        if not self.findings.needed(fields, node, TAG, "when"):
            return node
        when = read_condition(fields["when"], "when", self.known, self.findings)
        tag = self._text(fields[TAG], "aliases.tag")
        return Choice(tag, when) if when else tag
