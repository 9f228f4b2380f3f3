"""Words of a Dockerfile: quotes, escapes and `$` expansion, by the rules of BuildKit's `shell` package.

https://github.com/moby/buildkit/blob/master/frontend/dockerfile/shell/lex.go
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.catalog.dockerfile.budget import Budget, Excessive
from publisher.catalog.dockerfile.spaces import Words
from publisher.catalog.dockerfile.trims import cost, replaced, without_prefix, without_suffix
from publisher.catalog.shown import shown
from publisher.errors import Malformed

MAX_NESTING = 20
"""Deepest nesting of `${a:-${b:-…}}`."""
MAX_EXPANSION = 8 * 1024
"""Longest text that substitutions may add to a word, in characters."""
_SPECIAL = "@*#?-$!0"


@dataclass(frozen=True, slots=True)
class Expansion:
    """An expanded text, its words where they were asked for, and the names looked up in vain."""

    text: str
    words: tuple[str, ...]
    missing: frozenset[str]


@dataclass(frozen=True, slots=True)
class Rules:
    """How words are read.  The raw flags keep quotes and escapes; `keep_unset` keeps `$name` as written.

    `split` also finds the words, which costs time.  With `open_ended` a name that is not set may yet be
    set by an unseen base image, and one of `maybe` is set to something: `${name:?…}` is no error.
    """

    escape: str = "\\"
    raw_quotes: bool = False
    raw_escapes: bool = False
    keep_unset: bool = False
    open_ended: bool = False
    maybe: frozenset[str] = frozenset()
    split: bool = False


def expand(text: str, env: Mapping[str, str], rules: Rules, budget: Budget | None = None) -> Expansion:
    """Expand a text.

    Raises:
        Malformed: a quote or brace that does not end, an unknown modifier, or `${name:?message}`.
        Excessive: it becomes too long, or costs more than the budget has.
    """
    budget = budget or Budget()
    budget.spend(8 * len(text))
    reader = _Reader(text, env, rules, budget)
    result, words = reader.until(None)
    return Expansion(result, tuple(words), frozenset(reader.missing))


class _Reader:
    def __init__(self, text: str, env: Mapping[str, str], rules: Rules, budget: Budget) -> None:
        self.text, self.env, self.rules, self.budget = text, env, rules, budget
        self.place = self.depth = self.grown = 0
        self.raw_escapes = rules.raw_escapes
        self.missing: set[str] = set()
        self.outer_words: list[Words] = []

    def peek(self) -> str:
        return self.text[self.place : self.place + 1]

    def take(self) -> str:
        char = self.peek()
        self.place += 1
        return char

    def until(self, stop: str | None, *, raw_escapes: bool | None = None) -> tuple[str, list[str]]:
        """Read to the end, or to the character `stop` and past it."""
        outer = self.raw_escapes
        self.raw_escapes = outer if raw_escapes is None else raw_escapes
        self.depth += 1
        if self.depth > MAX_NESTING:
            raise Excessive("substitutions are nested too deep")
        parts: list[str] = []
        words = Words(split=self.rules.split)
        for begun in self.outer_words:  # BuildKit forgets the word around a nested one; heredocs depend on it
            begun.current = ""
        self.outer_words.append(words)
        while (char := self.peek()) and char != stop:
            self.piece(char, parts, words)
        self.outer_words.pop()
        if stop and not char:
            raise Malformed(f"syntax error: missing {stop!r}")
        self.place += 1
        self.depth -= 1
        self.raw_escapes = outer
        return "".join(parts), words.end()

    def piece(self, char: str, parts: list[str], words: Words) -> None:
        """Read one character, quotation or substitution."""
        if char == "$":
            parts.append(self.dollar())
            words.add(parts[-1])
        elif char in ("'", '"', "<"):
            parts.append({"'": self.single, '"': self.double, "<": self.heredoc_mark}[char]())
            words.add_raw(parts[-1])
        elif char == self.rules.escape:
            self.place += 1
            parts.append(char * self.raw_escapes + self.take())
            words.add_raw(parts[-1])
        else:
            parts.append(self.take())
            words.add(parts[-1])

    def single(self) -> str:
        end = self.text.find("'", self.place + 1)
        if end < 0:
            raise Malformed("a single quote does not end")
        inner, self.place = self.text[self.place + 1 : end], end + 1
        return f"'{inner}'" if self.rules.raw_quotes else inner

    def double(self) -> str:
        self.place += 1
        quote = '"' * self.rules.raw_quotes
        parts = [quote]
        while char := self.peek():
            if char == '"':
                self.place += 1
                return "".join(parts) + quote
            parts.append(self.dollar() if char == "$" else self.in_double())
        raise Malformed("a double quote does not end")

    def in_double(self) -> str:
        char = self.take()
        if char != self.rules.escape:
            return char
        raw = char if self.raw_escapes else ""
        following = self.peek()
        if not following:
            return raw
        return raw + (self.take() if following in ('"', "$", self.rules.escape) else char)

    def heredoc_mark(self) -> str:
        """Keep white space between `<<` and its word: they are one word."""
        self.place += 1
        if self.peek() != "<":
            return "<"
        start = self.place - 1
        self.place += 1
        while self.peek() and self.peek() in "\t\r ":
            self.place += 1
        return self.text[start : self.place]

    def dollar(self) -> str:
        self.place += 1
        if self.peek() != "{":
            name = self.name()
            return self.value(name, f"${name}") if name else "$"
        self.place += 1
        if not self.peek() or self.peek() in "{}:":
            raise Malformed("syntax error: bad substitution")
        name, mark = self.name(), self.take()
        if mark == "}":
            return self.value(name, f"${{{name}}}")
        if mark == "/":
            return self.replacement(name)
        colon = mark == ":"
        sign = self.take() if colon else mark
        if not sign or (sign in "#%" if colon else sign not in "+-?#%"):
            raise Malformed(f"unsupported modifier {(mark + sign if colon else mark)!r} in a substitution")
        return self.modified(name, sign, colon=colon)

    def modified(self, name: str, sign: str, *, colon: bool) -> str:
        word, _ = self.until("}", raw_escapes=sign in "#%")
        value = self.lookup(name)
        if value is None and self.rules.keep_unset:
            return f"${{{name}{':' * colon}{sign}{word}}}"
        if sign not in "+-?#%":  # BuildKit looks at it only here, so that a heredoc beside it is found
            raise Malformed(f"unsupported modifier {f':{sign}'!r} in a substitution")
        absent = value is None or (colon and not value)
        if sign == "?":
            if absent and not (value is None and (self.rules.open_ended or name in self.rules.maybe)):
                raise Malformed(f"{shown(name)}: {shown(word, 200) or 'is not allowed to be unset'}")
            return self.grow(value or "")
        if sign in "+-":
            return self.grow(word if absent == (sign == "-") else (value or "") if sign == "-" else "")
        trim = without_prefix if sign == "#" else without_suffix
        greedy = word.startswith(sign)
        self.budget.spend(cost(value or "", word) // 8)
        return self.grow(trim(value or "", word[greedy:], greedy=greedy))

    def replacement(self, name: str) -> str:
        everywhere = self.peek() == "/"
        self.place += everywhere
        pattern, _ = self.until("/", raw_escapes=True)
        new, _ = self.until("}", raw_escapes=True)
        value = self.lookup(name)
        if value is None and self.rules.keep_unset:
            return f"${{{name}/{pattern}/{new}}}"
        self.budget.spend(cost(value or "", pattern, everywhere=everywhere) // 8)
        return self.grow(replaced(value or "", pattern, new, everywhere=everywhere))

    def name(self) -> str:
        start = self.place
        if self.peek() and self.peek() in _SPECIAL and not self.peek().isdecimal():
            self.place += 1
            return self.text[start : self.place]
        wanted = str.isdecimal if self.peek().isdecimal() else _in_name
        while self.peek() and wanted(self.peek()):
            self.place += 1
        return self.text[start : self.place]

    def value(self, name: str, as_written: str) -> str:
        value = self.lookup(name)
        if value is None:
            return as_written if self.rules.keep_unset else ""
        return self.grow(value)

    def lookup(self, name: str) -> str | None:
        value = self.env.get(name)
        if value is None:
            self.missing.add(name)
        return value

    def grow(self, text: str) -> str:
        self.grown += len(text)
        self.budget.spend(1 + len(text) // 64)
        if self.grown > MAX_EXPANSION:
            raise Excessive("a substitution becomes too long")
        return text


def _in_name(char: str) -> bool:
    return char == "_" or char.isalpha() or char.isdecimal()
