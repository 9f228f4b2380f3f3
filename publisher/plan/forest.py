"""The catalog as a tree: each target below the image that it is built on."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from publisher.plan.listing import Listed


@dataclass(frozen=True, slots=True)
class Twig:
    """A line of the tree: `stem` draws its place; `item` is None for an external base.

    `others` are the images that it is built on besides the one above it.
    """

    stem: str
    name: str
    item: Listed | None
    others: tuple[str, ...] = ()


def draw(targets: Sequence[Listed]) -> Iterator[Twig]:
    """Give the lines of the tree, each target once: below the parent that comes last in build order."""
    places: dict[str, int] = {listed.target: place for place, listed in enumerate(targets)}
    above = {listed.target: _above(listed, places) for listed in targets}
    below: dict[str | None, list[Twig]] = {}
    for listed in targets:
        parent = above[listed.target]
        others = tuple(name for name in (*listed.parents, *listed.bases) if name != parent)
        below.setdefault(parent, []).append(Twig("", listed.target, listed, others))
    bases = dict.fromkeys(parent for parent in above.values() if parent and parent not in places)
    roots = [Twig("", base, None) for base in bases] + below.get(None, [])
    return _walk(roots, below)


def _above(listed: Listed, places: Mapping[str, int]) -> str | None:
    """Give the parent that comes last before the target itself, else its first base, else nothing."""
    own = places[listed.target]
    known = [parent for parent in listed.parents if places.get(parent, own) < own]
    return max(known, key=lambda parent: places[parent], default=next(iter(listed.bases), None))


def _walk(roots: Iterable[Twig], below: Mapping[str | None, Sequence[Twig]]) -> Iterator[Twig]:
    """Go down without recursion: a hostile catalog may be a chain of any length."""
    waiting = [(twig, "", "") for twig in reversed(list(roots))]
    while waiting:
        twig, stem, margin = waiting.pop()
        yield Twig(stem, twig.name, twig.item, twig.others)
        children = below.get(twig.name, ())
        for number, child in reversed(list(enumerate(children, 1))):
            last = number == len(children)
            waiting.append((child, margin + ("└─ " if last else "├─ "), margin + ("   " if last else "│  ")))
