"""Wildcard patterns, matched in time proportional to pattern × text, whatever they are.

Patterns come from catalogs, which are hostile input, so they are not handed to `re`,
whose backtracking a few stars can make endless.  A set of states walks the text instead.
Three dialects share it: `.dockerignore`, COPY sources, and `${name#pattern}`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from publisher.errors import Malformed


@dataclass(frozen=True, slots=True)
class One:
    """One character: of `ranges`, or with `negated` of all others."""

    ranges: tuple[tuple[str, str], ...]
    negated: bool = False

    def accepts(self, char: str) -> bool:
        """Tell whether the character fits."""
        return any(low <= char <= high for low, high in self.ranges) != self.negated


@dataclass(frozen=True, slots=True)
class Many:
    """Any number of characters, none included; `slash` tells whether `/` is one of them."""

    slash: bool


@dataclass(frozen=True, slots=True)
class Folders:
    """Nothing, or whole leading folders with their last `/`."""


Token = One | Many | Folders
Pattern = tuple[Token, ...]
ANY = One((), negated=True)
NOT_SLASH = One((("/", "/"),), negated=True)


def literal(char: str) -> One:
    """Give the token for exactly this character."""
    return One(((char, char),))


def ends(pattern: Pattern, text: str) -> Iterator[int]:
    """Give every length of `text` that the whole pattern matches from its beginning, shortest first."""
    states = _reach(pattern, 0)
    for place in range(len(text) + 1):
        if len(pattern) in states:
            yield place
        if place == len(text) or not states:
            return
        states = _step(pattern, states, text[place])


def matches(pattern: Pattern, text: str) -> bool:
    """Tell whether the pattern matches all of the text."""
    states = _reach(pattern, 0)
    for char in text:
        states = _step(pattern, states, char)
        if not states:
            return False
    return len(pattern) in states


def _reach(pattern: Pattern, state: int) -> set[int]:
    """Give the state and those behind tokens that may match nothing."""
    found = {state}
    while state < len(pattern) and isinstance(pattern[state], Many | Folders):
        state += 1
        found.add(state)
    return found


def _step(pattern: Pattern, states: set[int], char: str) -> set[int]:
    """Read one character.  `~n` is the state inside of the folders of token n."""
    after: set[int] = set()
    for state in states:
        if state == len(pattern):
            continue
        token = pattern[state] if state >= 0 else Folders()
        if isinstance(token, One):
            if token.accepts(char):
                after |= _reach(pattern, state + 1)
        elif isinstance(token, Many):
            if token.slash or char != "/":
                after |= _reach(pattern, state)
        else:
            inside = max(state, ~state)
            after.add(~inside)
            if char == "/":
                after |= _reach(pattern, inside + 1)
    return after


def file_pattern(text: str) -> Pattern:
    """Read the dialect of Go's path/filepath.Match: `*`, `?`, `[a-z]`, `[^a]`, `\\x`.

    Raises:
        Malformed: a class that does not end, or a backslash at the end.
    """
    found: list[Token] = []
    place = 0
    while place < len(text):
        char = text[place]
        place += 1
        if char == "*":
            found.append(Many(slash=False))
        elif char == "?":
            found.append(NOT_SLASH)
        elif char == "[":
            token, place = character_class(text, place)
            found.append(token)
        elif char == "\\":
            if place == len(text):
                raise Malformed(f"pattern {text[:80]!r} ends in a backslash")
            found.append(literal(text[place]))
            place += 1
        else:
            found.append(literal(char))
    return tuple(found)


def character_class(text: str, place: int) -> tuple[One, int]:
    """Read a class from behind its `[`; give it and the place behind its `]`.

    Raises:
        Malformed: the class is empty or does not end.
    """
    negated = text.startswith("^", place)
    place += negated
    ranges: list[tuple[str, str]] = []
    while not (text.startswith("]", place) and ranges):
        low, place = _class_character(text, place)
        high = low
        if text.startswith("-", place):
            high, place = _class_character(text, place + 1)
        ranges.append((low, high))
    return One(tuple(ranges), negated), place + 1


def _class_character(text: str, place: int) -> tuple[str, int]:
    if place < len(text) and text[place] == "\\":
        place += 1
    elif text[place : place + 1] in ("-", "]"):
        raise Malformed(f"pattern {text[:80]!r} has an empty class or range")
    if place >= len(text):
        raise Malformed(f"pattern {text[:80]!r} has a class that does not end")
    return text[place], place + 1
