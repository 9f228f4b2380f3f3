"""What can be wrong between the parts of an item: an include that is there already, who owns `latest`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from publisher.catalog.findings import Findings
from publisher.catalog.matrix.axes import Combination, matches
from publisher.catalog.matrix.combinations import describe
from publisher.catalog.matrix.conditions import Condition
from publisher.catalog.matrix.item import Item
from publisher.catalog.matrix.templates import Choice, Items, Template
from publisher.catalog.problem import Severity
from publisher.catalog.rules import Rule


def check_item(item: Item, combinations: Sequence[Combination], findings: Findings) -> bool:
    """Tell whether an item can be expanded to its combinations, those of includes last; note why not."""
    if not combinations:
        findings.add(Rule.NO_MATCH, item.position, "every combination of the item is excluded",
                     "remove the item", Severity.WARNING)  # fmt: skip
    for condition in _conditions(item):
        if not any(matches(condition.values, one) for one in combinations):
            message = f"no combination is {describe(condition.values)}: all such are excluded"
            findings.add(Rule.NO_MATCH, condition.position, message, "remove the condition", Severity.WARNING)
    sound = [_are_new(item, combinations, findings), _selects_one(item, combinations, findings)]
    return all(sound)


def _conditions(item: Item) -> Iterator[Condition]:
    yield from (override.when for override in item.overrides)
    layers = [item.fields, *(override.fields for override in item.overrides)]
    yield from (when for fields in layers for when in _choices(fields.values()))


def _choices(templates: Iterable[Template]) -> Iterator[Condition]:
    lists = (template for template in templates if isinstance(template, Items))
    yield from (one.when for found in lists for one in found.items if isinstance(one, Choice))


def _are_new(item: Item, combinations: Sequence[Combination], findings: Findings) -> bool:
    """Tell whether no include repeats a combination."""
    before = len(combinations) - len(item.added)
    seen = {tuple(one.values()) for one in combinations[:before]}
    sound = True
    for one in item.added:
        values = tuple(one.values.values())
        if values in seen:
            message = f"the included combination {describe(one.values)} is there already"
            findings.add(
                Rule.COMBINATION, one.position, message, "remove it; `overrides` changes combinations"
            )
            sound = False
        seen.add(values)
    return sound


def _selects_one(item: Item, combinations: Sequence[Combination], findings: Findings) -> bool:
    if item.selector is None:
        return True
    found = [one for one in combinations if matches(item.selector.values, one)]
    if len(found) == 1:
        return True
    what = f"{describe(item.selector.values)}" if item.selector.values else "true"
    if not found:
        message, fix = f"`latest` selects no combination: {what}", "select one that is not excluded"
    else:
        examples = " and ".join(f"({describe(one)})" for one in found[:2])
        message = f"`latest` selects {len(found)} combinations ({what}), such as {examples}"
        fix = "name further axes, so that it selects exactly one"
    findings.add(Rule.LATEST_SELECTOR, item.selector.position, message, fix)
    return False
