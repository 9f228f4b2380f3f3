"""`.dockerignore`, by the rules of moby's patternmatcher.

https://github.com/moby/patternmatcher
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Collection, Container
from dataclasses import dataclass, field

from publisher.catalog.dockerfile.spaces import SPACE, strip
from publisher.catalog.paths import ROOT, folders_above
from publisher.catalog.wildcards import (
    NOT_SLASH,
    Folders,
    Many,
    One,
    Pattern,
    Token,
    Tokens,
    character_class,
    file_pattern,
    literal,
    matches,
)
from publisher.errors import CatalogError, Malformed

IGNORE_NAME = ".dockerignore"
MAX_BYTES = 64 * 1024
"""Largest file that is read, in bytes."""
MAX_PATTERNS = 1000
"""Most patterns in one file."""
MAX_WORK = 2_000_000
"""Most comparisons of paths with patterns for one context."""
_WILD = re.compile(r"[*?\[\]\\]")
_MISREAD = re.compile(r"[|{}]|(?<!\[)\^|\[[^\]]*[*?]|\\[^!-/:-@\[-`{-~]")
"""What moby hands to a regular expression without escaping it, as soon as a pattern has a wildcard."""


@dataclass(frozen=True, slots=True)
class _Rule:
    """One pattern.  `tail` replaces it where it begins with `**` and has no other wildcard."""

    keeps: bool
    pattern: Pattern
    tail: str | None = None

    @property
    def weight(self) -> int:
        return self.pattern.weight if self.tail is None else 1

    def matches(self, path: str) -> bool:
        if self.tail is None:
            return matches(self.pattern, path)
        return path.endswith(self.tail) or (self.tail.startswith("/") and path == self.tail[1:])


@dataclass(frozen=True, slots=True)
class Ignore:
    """The patterns of one file; `Ignore()` excludes nothing."""

    rules: tuple[_Rule, ...] = ()
    path: str = ""
    _folders: dict[str, tuple[bool, ...]] = field(default_factory=dict, compare=False, repr=False)

    def check(self, paths: Collection[str]) -> None:
        """Refuse a file whose patterns take too long for so many paths.

        Raises:
            CatalogError: patterns × paths pass the bound.
        """
        work = sum(rule.weight for rule in self.rules)
        if work and work * sum(1 + len(path) // 64 for path in paths) > MAX_WORK:
            message = f"{len(self.rules)} patterns of {IGNORE_NAME} are too many for {len(paths)} files"
            raise CatalogError(message, where=self.path, hint="use fewer or simpler patterns, or fewer files")

    def excludes(self, path: str) -> bool:
        """Tell whether a file of the context is left out: the last pattern that fits decides."""
        excluded = False
        for rule, fits in zip(self.rules, self._fits(path), strict=True):
            excluded = (not rule.keeps) if fits else excluded
        return excluded

    def _fits(self, path: str) -> tuple[bool, ...]:
        """Tell for each rule whether it fits the path or a folder above it."""
        inherited: tuple[bool, ...] = (False,) * len(self.rules)
        for folder in folders_above(path):
            if folder not in self._folders:
                self._folders[folder] = self._fits_here(folder, inherited)
            inherited = self._folders[folder]
        return self._fits_here(path, inherited)

    def _fits_here(self, path: str, inherited: tuple[bool, ...]) -> tuple[bool, ...]:
        found: list[bool] = []
        excluded = False
        for rule, fits_above in zip(self.rules, inherited, strict=True):
            # A rule that would change nothing is not asked, and so not inherited: moby does the same.
            fits = fits_above or (rule.keeps == excluded and rule.matches(path))
            excluded = (not rule.keeps) if fits else excluded
            found.append(fits)
        return tuple(found)


def ignore_path(tree: Container[str], dockerfile: str, context: str) -> str | None:
    """Choose the file that counts: `<Dockerfile>.dockerignore`, else the context's, else none.

    All are paths in the repository, whose files `tree` knows.
    https://docs.docker.com/build/concepts/context/#filename-and-location
    """
    own = f"{dockerfile}{IGNORE_NAME}"
    usual = IGNORE_NAME if context == ROOT else f"{context}/{IGNORE_NAME}"
    return next((path for path in (own, usual) if path in tree), None)


def read_ignore(raw: bytes, path: str) -> Ignore:
    """Read a `.dockerignore`.

    Raises:
        CatalogError: too large, not UTF-8, or a pattern is wrong; `where` is `file:line`.
    """
    if len(raw) > MAX_BYTES or raw.count(b"\n") >= MAX_PATTERNS:
        message = f"the file has more than {MAX_BYTES} bytes or {MAX_PATTERNS} lines"
        raise CatalogError(message, where=path)
    try:
        lines = raw.decode("utf-8-sig").split("\n")
    except UnicodeDecodeError as error:
        raise CatalogError("the file is not UTF-8", where=path) from error
    rules: list[_Rule] = []
    for number, line in enumerate(lines, 1):
        try:
            rule = _rule(line)
        except Malformed as error:
            raise CatalogError(error.what, where=f"{path}:{number}") from error
        rules += [rule] if rule else []
    return Ignore(tuple(rules), path)


def _rule(line: str) -> _Rule | None:
    text = "" if line.startswith("#") else strip(line)
    keeps = text.startswith("!")
    text = strip(text[keeps:])
    if keeps and not text:
        raise Malformed("`!` alone is no pattern")
    if not text:
        return None
    text = posixpath.normpath(text)
    text = text.lstrip("/")
    text = text.rstrip(SPACE) if keeps else strip(text)
    text = posixpath.normpath(text or "/")  # moby cleans, trims, and cleans again, but never behind a `!`
    if text.startswith("!") or (keeps and text == "/"):
        raise Malformed(f"docker misreads {line[:80]!r}: `!` beside a slash")
    file_pattern(text)  # moby refuses what Go's filepath.Match refuses
    if _MISREAD.search(text) and _WILD.search(text):
        raise Malformed(
            f"docker misreads {text[:80]!r}: no wildcards beside | ^ {{ }} or in a class, "
            "no backslash before a letter"
        )
    tokens, first_only = _tokens(text)
    if any(low > high for token in tokens if isinstance(token, One) for low, high in token.ranges):
        raise Malformed(f"pattern {text[:80]!r} has a range that runs backwards")
    return _Rule(keeps, Pattern(tokens), text[2:].replace("\\", "") if first_only else None)


def _tokens(text: str) -> tuple[Tokens, bool]:
    """Give the tokens, and whether a leading `**` is the only wildcard."""
    found: list[Token] = []
    place, special = 0, 0
    leading = text.startswith("**")
    while place < len(text):
        char = text[place]
        place += 1
        if char == "*" and text.startswith("*", place):
            place += 2 if text.startswith("/", place + 1) else 1
            special += 1
            found.append(Many(slash=True) if place == len(text) else Folders())
        elif char in "*?":
            special += 1
            found.append(Many(slash=False) if char == "*" else NOT_SLASH)
        elif char == "[":
            special += 1
            token, place = character_class(text, place)
            found.append(token)
        elif char == "\\":
            special += 1
            found.append(literal(text[place]))
            place += 1
        else:
            found.append(literal(char))
    return tuple(found), leading and special == 1
