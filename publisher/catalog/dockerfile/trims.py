"""`${name#pattern}`, `${name%pattern}` and `${name/pattern/text}` of Dockerfiles.

A pattern is cut at its stars into pieces of fixed length.  Each is searched for once, so
that the time is that of a text search, whatever a hostile file makes of stars; only a
question mark makes a search compare each place, and that is counted (see `cost`).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from publisher.errors import Malformed

_ONE = "\0"
"""Stands in a piece for any one character; a Dockerfile with this character is not read."""
_TOKEN = re.compile(r"\\.|.", re.DOTALL)


def without_prefix(value: str, pattern: str, *, greedy: bool) -> str:
    """Remove what the pattern matches at the beginning: the shortest, or with `greedy` the longest."""
    end = _end(_pieces(pattern), value, 0, greedy=greedy)
    return value if end is None else value[end:]


def without_suffix(value: str, pattern: str, *, greedy: bool) -> str:
    """Remove what the pattern matches at the end."""
    mirrored = "".join(reversed(_TOKEN.findall(pattern)))
    return without_prefix(value[::-1], mirrored, greedy=greedy)[::-1]


def replaced(value: str, pattern: str, new: str, *, everywhere: bool) -> str:
    """Replace the first, or each, longest piece that the pattern matches."""
    pieces = _pieces(pattern)
    parts: list[str] = []
    done, place, last_end = 0, 0, -1
    while (start := pieces[0].find(value, place)) >= 0:
        end = _end(pieces, value, start, greedy=True)
        if end is None:
            break
        if end > start or start != last_end:  # as in Go, nothing right behind a match is no match
            parts += value[done:start], new
            done = last_end = end
        place = max(end, start + (end == start))
        if not everywhere or place > len(value):
            break
    return "".join(parts) + value[done:]


def cost(value: str, pattern: str, *, everywhere: bool = False) -> int:
    """Give the most characters that are compared, and the matches, to be counted before the work is done."""
    compared = (len(value) + len(pattern)) * (len(pattern) if "?" in pattern else 1)
    return compared + 160 * len(value) * everywhere


@dataclass(frozen=True)
class _Piece:
    """A part of a pattern without stars."""

    text: str

    @cached_property
    def _pattern(self) -> re.Pattern[str] | None:
        """Give an expression of fixed length, which cannot backtrack; None for plain text."""
        if _ONE not in self.text:
            return None
        return re.compile(".".join(map(re.escape, self.text.split(_ONE))), re.DOTALL)

    def find(self, value: str, start: int) -> int:
        """Give the first place from `start`, -1 for none."""
        if self._pattern is None:
            return value.find(self.text, start)
        found = self._pattern.search(value, start)
        return found.start() if found else -1

    def find_last(self, value: str, start: int) -> int:
        """Give the last place from `start`, -1 for none."""
        if self._pattern is None:
            return value.rfind(self.text, start)
        mirrored = _Piece(self.text[::-1]).find(value[start:][::-1], 0)
        return -1 if mirrored < 0 else len(value) - mirrored - len(self.text)

    def stands_at(self, value: str, place: int) -> bool:
        """Tell whether it stands just there."""
        if self._pattern is None:
            return value.startswith(self.text, place)
        return self._pattern.match(value, place) is not None


def _end(pieces: list[_Piece], value: str, start: int, *, greedy: bool) -> int | None:
    """Give where a match from `start` ends, the first place or with `greedy` the last; None for none."""
    first, *rest = pieces
    if not first.stands_at(value, start):
        return None
    place = start + len(first.text)
    for index, piece in enumerate(rest, 1):
        last = greedy and index == len(rest)
        found = piece.find_last(value, place) if last else piece.find(value, place)
        if found < 0:
            return None
        place = found + len(piece.text)
    return place


def _pieces(text: str) -> list[_Piece]:
    """Read `*`, `?` and backslashes; there are no classes.

    Raises:
        Malformed: a backslash before another character.
    """
    pieces: list[list[str]] = [[]]
    characters = iter(range(len(text)))
    for place in characters:
        char, following = text[place], text[place + 1 : place + 2]
        if char == "*":
            pieces.append([])
        elif char == "?":
            pieces[-1].append(_ONE)
        elif char == "\\" and following in ("}", "/"):
            continue
        elif char == "\\":
            if following not in ("*", "?", "\\"):
                raise Malformed(f"pattern {text[:80]!r}: this character needs no backslash")
            pieces[-1].append(text[next(characters)])
        else:
            pieces[-1].append(char)
    return [_Piece("".join(piece)) for piece in pieces]
