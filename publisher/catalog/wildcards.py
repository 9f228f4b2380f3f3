"""Wildcard patterns, matched in time proportional to pattern × text, whatever they are.

Patterns come from catalogs, which are hostile input, and a few stars can make the
backtracking of `re` endless.  So only patterns for which the first match of each part is as
good as any become an expression (see `glob_expression`); for the rest a set of states walks
the text.  Two dialects share it: `.dockerignore` and COPY sources.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache

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


_SPECIAL = re.compile(r"[*?\[\\]")
Token = One | Many | Folders
Tokens = tuple[Token, ...]
MAX_PATTERN = 4096
"""Longest pattern, in characters: no path is longer."""
NOT_SLASH = One((("/", "/"),), negated=True)


@lru_cache(maxsize=1024)
def literal(char: str) -> One:
    """Give the token for exactly this character."""
    return One(((char, char),))


@dataclass(frozen=True)
class Pattern:
    """Tokens in a row."""

    tokens: tuple[Token, ...]

    @cached_property
    def plain(self) -> str | None:
        """Give the only text that it matches; None where there are several."""
        chars = [only(token) for token in self.tokens]
        return None if None in chars else "".join(char or "" for char in chars)

    @cached_property
    def expression(self) -> re.Pattern[str] | None:
        """Give the same as an expression; None where that might backtrack without end."""
        from publisher.catalog.glob_expression import as_expression

        return as_expression(self.tokens)

    @property
    def weight(self) -> int:
        """Give how much dearer a match is than a plain comparison."""
        if self.plain is not None:
            return 1
        return 4 if self.expression is not None else 16 * len(self.tokens)


def matches(pattern: Pattern, text: str) -> bool:
    """Tell whether the pattern matches all of the text."""
    if pattern.plain is not None:
        return text == pattern.plain
    if pattern.expression is not None:
        return pattern.expression.fullmatch(text) is not None
    return _walk(pattern.tokens, text)


def only(token: Token) -> str | None:
    """Give the one character that a token means."""
    if isinstance(token, One) and not token.negated and len(token.ranges) == 1:
        low, high = token.ranges[0]
        return low if low == high else None
    return None


def _walk(pattern: Tokens, text: str) -> bool:
    states = _reach(pattern, 0)
    for char in text:
        states = _step(pattern, states, char)
        if not states:
            return False
    return len(pattern) in states


def _reach(pattern: Tokens, state: int) -> set[int]:
    """Give the state and those behind tokens that may match nothing."""
    found = {state}
    while state < len(pattern) and isinstance(pattern[state], Many | Folders):
        state += 1
        found.add(state)
    return found


def _step(pattern: Tokens, states: set[int], char: str) -> set[int]:
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


def has_wildcards(text: str) -> bool:
    """Tell whether anything in a text means more than itself."""
    return bool(_SPECIAL.search(text))


def file_pattern(text: str) -> Pattern:
    """Read the dialect of Go's path/filepath.Match: `*`, `?`, `[a-z]`, `[^a]`, `\\x`.

    Raises:
        Malformed: a class that does not end, a backslash at the end, or more than MAX_PATTERN characters.
    """
    if len(text) > MAX_PATTERN:
        raise Malformed(f"pattern {text[:80]!r} has more than {MAX_PATTERN} characters")
    if not has_wildcards(text):
        return Pattern(tuple(map(literal, text)))
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
    return Pattern(tuple(found))


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
