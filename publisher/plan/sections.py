"""Parts of a comment of bounded length: what does not fit is counted, and the markup stays whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Section:
    """So many rows between lines that are always there; `more` says how many were left out, as `{}`.

    `rows` are made while they fit, so that the length of a plan costs nothing.  `share` is the part
    of the room that is left which this section may take, the last one aside.
    """

    head: tuple[str, ...]
    rows: Iterable[str]
    count: int
    tail: tuple[str, ...] = ()
    more: str = "- … and {} more"
    share: float = 0.5

    @property
    def fixed(self) -> int:
        """Give the bytes that it takes in any case."""
        return weight((*self.head, *self.tail, self.more)) + len(str(self.count))


def weight(lines: Iterable[str]) -> int:
    """Give the length of lines in bytes, their ends included."""
    return sum(len(line.encode(errors="replace")) + 1 for line in lines)


def fit(sections: Iterable[Section], most: int) -> Iterator[str]:
    """Give the lines of all sections, in at most so many bytes as long as the fixed ones fit."""
    shown = [section for section in sections if section.count]
    left = most - sum(section.fixed for section in shown)
    for section in shown:
        rows = _fitting(section.rows, left if section is shown[-1] else int(left * section.share))
        left -= weight(rows)
        yield from (*section.head, *rows)
        if len(rows) < section.count:
            yield section.more.format(section.count - len(rows))
        yield from section.tail


def _fitting(rows: Iterable[str], room: int) -> Sequence[str]:
    found = []
    for row in rows:
        room -= weight((row,))
        if room < 0:
            break
        found.append(row)
    return found
