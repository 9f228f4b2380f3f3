"""`matrix`: a list of items, each of which stands for many entries.

An item's entries are its combinations: the product of its axes in the order of writing, without
those that an `exclude` matches, then those that `include` adds.  Each becomes nodes as an author
would have written them, which the reader of literal entries reads: no check is made twice, and
none is left out.

What an item asks for is known before a combination is made, so no small file makes much work.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from collections.abc import Mapping as MappingOf
from dataclasses import dataclass, field

from publisher.catalog.findings import Findings
from publisher.catalog.matrix.axes import Combination, combine, matches
from publisher.catalog.matrix.checks import check_item
from publisher.catalog.matrix.item import TAG, Item, read_item
from publisher.catalog.matrix.templates import TABLES, Template, fill, merged, weight
from publisher.catalog.meta_entry import MATRIX, Declaration
from publisher.catalog.nodes import Mapping, Node, Scalar
from publisher.catalog.problem import Position
from publisher.catalog.rules import Rule

MAX_COMBINATIONS = 5_000
"""Most combinations of one file; what is excluded counts too."""
MAX_WORK = 4_000_000
"""Most that filling all templates of one file may cost, in characters; less than a second's work."""
MAX_ITEMS = 500
"""Most items of one file."""
_QUESTION = 4
"""What comparing a combination with one value of a condition costs, in characters."""


@dataclass(frozen=True, slots=True)
class _Made:
    """A combination, where it is written, and what is different in it alone."""

    position: Position
    values: Combination
    fields: MappingOf[str, Template] = field(default_factory=dict)


def expand(node: Node, findings: Findings) -> Iterator[Declaration]:
    """Give the tags that a matrix declares; what is wrong with an item is noted, and refuses it."""
    found = findings.sequence(node, MATRIX)
    items = found.items if found else ()
    if len(items) > MAX_ITEMS:
        message = f"{len(items)} items, more than {MAX_ITEMS}; none is read"
        findings.add(Rule.MATRIX_SIZE, node, message, "give items more axes, or split the file")
        return
    combinations, work = MAX_COMBINATIONS, MAX_WORK
    for one in items:
        item = read_item(one, findings)
        if item is None or not _fits(item, combinations, work, findings):
            continue
        combinations, work = combinations - item.size, work - _cost(item)
        made = _make(item)
        if check_item(item, [one.values for one in made], findings):
            yield from _declare(item, made)


def _fits(item: Item, combinations: int, work: int, findings: Findings) -> bool:
    if item.size > combinations:
        message = f"{item.size} combinations, more than the {MAX_COMBINATIONS} that one file may have"
        fix = "list fewer values, or write several items; what is excluded counts too"
        if combinations < MAX_COMBINATIONS:
            message += f", of which {MAX_COMBINATIONS - combinations} stand above"
            fix = "list fewer values, or split the file"
        findings.add(Rule.MATRIX_SIZE, item.position, message, fix)
    elif _cost(item) > work:
        message = f"{item.size} combinations of so many templates and conditions are too much for one file"
        findings.add(
            Rule.MATRIX_SIZE, item.position, message, "list fewer values, or write shorter templates"
        )
    else:
        return True
    return False


def _cost(item: Item) -> int:
    """Estimate what making all combinations costs."""
    shapes = {frozenset(exclude.values) for exclude in item.excluded}
    questions = list(shapes) + [override.when.values for override in item.overrides]
    alone = sum(weight(template) for one in item.added for template in one.fields.values())
    return item.size * (_widest(item) + _QUESTION * sum(map(len, questions))) + alone


def _widest(item: Item) -> int:
    """Estimate what one combination costs that meets every override: lists add up, the rest replaces."""
    widest: dict[str, int] = {}
    for fields in (item.fields, *(override.fields for override in item.overrides)):
        for key, template in fields.items():
            former = widest.get(key, 0)
            adds_up = key in TABLES or key == "aliases"
            widest[key] = former + weight(template) if adds_up else max(former, weight(template))
    return sum(widest.values())


def _make(item: Item) -> list[_Made]:
    excluded = (exclude.values for exclude in item.excluded)
    made = [_Made(item.position, values) for values in combine(item.axes, excluded)]
    return made + [_Made(one.position, one.values, one.fields) for one in item.added]


def _declare(item: Item, made: Sequence[_Made]) -> Iterator[Declaration]:
    """Fill the templates; combinations that meet the same overrides share the fields."""
    shared: dict[tuple[bool, ...], MappingOf[str, Template]] = {}
    for one in made:
        met = tuple(matches(override.when.values, one.values) for override in item.overrides)
        if met not in shared:
            shared[met] = _layered(item, met)
        fields = merged(shared[met], one.fields)
        filled = {key: fill(template, one.values) for key, template in fields.items()}
        tag = filled.pop(TAG)
        if item.selector and matches(item.selector.values, one.values):
            filled["latest"] = Scalar(item.selector.position, "true")
        entries = tuple((Scalar(value.position, key), value) for key, value in filled.items())
        yield Declaration(_key(tag), Mapping(one.position, entries), one.position, one.values)


def _layered(item: Item, met: Sequence[bool]) -> MappingOf[str, Template]:
    fields = item.fields
    for override, applies in zip(item.overrides, met, strict=True):
        fields = merged(fields, override.fields) if applies else fields
    return fields


def _key(tag: Node) -> Scalar:
    """Give the tag as the key that it stands for; a tag that is no text was refused with its item."""
    return tag if isinstance(tag, Scalar) else Scalar(tag.position, "")
