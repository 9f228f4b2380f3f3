"""The graph of parents: order, cycles, descendants, waves.

A graph is a mapping from each node to its parents; parents that are no keys are
outside of it.  Nothing here recurses: a hostile catalog may be a chain of any length.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeVar

Node = TypeVar("Node", bound=str)


def children_of(parents: Mapping[Node, Iterable[Node]]) -> dict[Node, list[Node]]:
    """Turn the graph around; every node is a key, its children in name order."""
    children: dict[Node, list[Node]] = {node: [] for node in parents}
    for node in sorted(parents):
        for parent in sorted(set(parents[node])):
            if parent in children:
                children[parent].append(node)
    return children


def descendants(parents: Mapping[Node, Iterable[Node]], roots: Iterable[Node]) -> frozenset[Node]:
    """Give the roots and everything that is built on them, directly or not."""
    children = children_of(parents)
    reached: set[Node] = set()
    waiting = list(roots)
    while waiting:
        node = waiting.pop()
        if node not in reached:
            reached.add(node)
            waiting += children.get(node, [])
    return frozenset(reached)


def ancestors(parents: Mapping[Node, Iterable[Node]], node: Node) -> frozenset[Node]:
    """Give everything that a node is built on, directly or not, without itself."""
    reached: set[Node] = set()
    waiting = list(parents.get(node, ()))
    while waiting:
        parent = waiting.pop()
        if parent not in reached:
            reached.add(parent)
            waiting += parents.get(parent, ())
    return frozenset(reached)


def waves(parents: Mapping[Node, Iterable[Node]]) -> dict[Node, int]:
    """Give each node the length of the longest path to it; parents come before children, names break ties.

    Nodes of a cycle, and those built on one, are left out.
    """
    children = children_of(parents)
    missing = {node: sum(parent in parents for parent in set(parents[node])) for node in parents}
    wave: dict[Node, int] = {}
    ready = sorted(node for node, count in missing.items() if count == 0)
    level = 0
    while ready:
        wave.update(dict.fromkeys(ready, level))
        ready = sorted(_released(ready, children, missing))
        level += 1
    return wave


def _released(
    done: Iterable[Node], children: Mapping[Node, Iterable[Node]], missing: dict[Node, int]
) -> Iterator[Node]:
    for node in done:
        for child in children[node]:
            missing[child] -= 1
            if missing[child] == 0:
                yield child


def cycles(parents: Mapping[Node, Iterable[Node]]) -> tuple[tuple[Node, ...], ...]:
    """Find cycles, each as the path `a, b, a` that a person can follow from child to parent.

    Every node that only a cycle keeps from being ordered is in one of them or built on one.
    """
    ordered = waves(parents)
    tangled = {
        node: [p for p in sorted(set(parents[node])) if p not in ordered and p in parents]
        for node in sorted(parents)
        if node not in ordered
    }
    found: list[tuple[Node, ...]] = []
    settled: set[Node] = set()
    for start in tangled:
        found += _follow(start, tangled, settled)
    return tuple(found)


def _follow(
    start: Node, tangled: Mapping[Node, Collection[Node]], settled: set[Node]
) -> Iterator[tuple[Node, ...]]:
    """Walk from child to parent, depth first; a parent that is on the path closes a cycle."""
    if start in settled:
        return
    path: dict[Node, Iterator[Node]] = {start: iter(tangled[start])}
    while path:
        node = next(reversed(path))
        parent = next(path[node], None)
        if parent is None:
            settled.add(node)
            del path[node]
        elif parent in path:
            steps = list(path)
            yield (*steps[steps.index(parent) :], parent)
        elif parent not in settled:
            path[parent] = iter(tangled[parent])
