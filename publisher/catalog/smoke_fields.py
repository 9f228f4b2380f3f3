"""Values of smoke test files: patterns, commands, durations, sizes.  Problems are noted in `Findings`."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Mapping

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Mapping as MappingNode
from publisher.catalog.nodes import Node, Scalar, Sequence
from publisher.catalog.rules import Rule

MAX_PATTERN = 500
"""Longest regular expression, in characters."""
MAX_SECONDS = 3600.0
"""Longest time that one check may take."""
_MEMORY_RANGE = (6 * 1024**2, 64 * 1024**3)
"""Bytes of memory that a test may ask for; docker refuses less."""
_DURATION = re.compile(r"(\d{1,6}(?:\.\d{1,3})?)(ms|s|m|h)?", re.ASCII)
_SECONDS = {"ms": 0.001, "s": 1.0, "m": 60.0, "h": 3600.0}
_SIZE = re.compile(r"(\d{1,12})([kmg]?)i?b?", re.ASCII | re.IGNORECASE)
_BYTES = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3}


class SmokeFields(Findings):
    """Findings with the kinds of values that smoke tests have."""

    def raw(self, node: Node | None, what: str) -> str | None:
        """Give a text that may have several lines, or note that it is none."""
        if node is not None and not isinstance(node, Scalar):
            self.add(Rule.WRONG_SHAPE, node, f"`{what}` must be text")
            return None
        return node.text if node else None

    def words(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Give a list of texts of any form."""
        found = self.sequence(node, what)
        items = (self.raw(item, what) for item in (found.items if found else ()))
        return tuple(item for item in items if item is not None)

    def argv(self, node: Node | None, what: str) -> tuple[str, ...]:
        """Give a command that is not empty: a list, or a text for the shell."""
        if isinstance(node, Scalar):
            text = node.text.strip()
            words: tuple[str, ...] = ("/bin/sh", "-c", text) if text else ()
        else:
            words = self.words(node, what)
        if node is not None and (not words or not words[0]):
            self.add(
                Rule.WRONG_SHAPE, node, f"`{what}` is empty", "name a command, such as [python3, --version]"
            )
        return words

    def patterns(
        self, node: Node | None, what: str, translate: Callable[[str], str] = str
    ) -> tuple[str, ...]:
        """Give regular expressions, from one text or a list, each compiled to be sure."""
        items = node.items if isinstance(node, Sequence) else (node,) if node is not None else ()
        found = (self.pattern(item, what, translate) for item in items)
        return tuple(pattern for pattern in found if pattern is not None)

    def pattern(self, node: Node, what: str, translate: Callable[[str], str] = str) -> str | None:
        """Give one regular expression in Python's words."""
        text = self.raw(node, what)
        if text is None:
            return None
        if len(text) > MAX_PATTERN:
            self.add(
                Rule.WORD, node, f"`{what}` is a pattern of more than {MAX_PATTERN} characters", "shorten it"
            )
            return None
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("error")  # a FutureWarning: sets that will be read differently
                pattern = translate(text)
                re.compile(pattern)
        except (ValueError, OverflowError, RecursionError, re.error, Warning) as error:
            message = f"`{what}` is not a regular expression that can be used: {error}"
            self.add(Rule.WORD, node, message, "mend it, or escape special characters with a backslash")
            return None
        return pattern

    def seconds(self, node: Node | None, what: str, default: float) -> float:
        """Give a duration such as `20s`, `2m` or `1.5`."""
        text = self.text(node, what)
        if node is None or text is None:
            return default
        match = _DURATION.fullmatch(text)
        value = float(match[1]) * _SECONDS[match[2] or "s"] if match else 0.0
        if not 0 < value <= MAX_SECONDS:
            self.add(
                Rule.WORD, node, f"`{what}` is {text!r:.80}", "write a time up to one hour, such as 20s or 2m"
            )
            return default
        return value

    def size(self, node: Node | None, what: str, default: int) -> int:
        """Give a number of bytes, such as `512m`."""
        text = self.text(node, what)
        if node is None or text is None:
            return default
        match = _SIZE.fullmatch(text)
        value = int(match[1]) * _BYTES[match[2].lower()] if match else 0
        if not _MEMORY_RANGE[0] <= value <= _MEMORY_RANGE[1]:
            self.add(
                Rule.WORD, node, f"`{what}` is {text!r:.80}", "write a size from 6m to 64g, such as 512m"
            )
            return default
        return value

    def whole(self, node: Node | None, what: str, top: int, *, least: int = 0) -> int | None:
        """Give a whole number within bounds."""
        value = self.number(node, what, least=least)
        if node is not None and value is not None and value > top:
            self.add(Rule.WORD, node, f"`{what}` is {value}", f"write a whole number from {least} to {top}")
            return None
        return value

    def path(self, node: Node | None, what: str) -> str:
        """Give an absolute path inside an image."""
        text = self.text(node, what) or ""
        if node is not None and text and not text.startswith(("/", "$")):
            self.add(
                Rule.PATH, node, f"`{what}` is {text!r:.80}, which is not absolute", f"write /{text:.80}"
            )
        return text

    def pairs(self, node: Node | None, what: str) -> Mapping[str, str]:
        """Give names and values from a mapping."""
        found = self.mapping(node, what)
        values = self.fields(found) if found else {}
        read = {name: self.raw(value, f"{what}.{name:.80}") for name, value in values.items()}
        return {name: value for name, value in read.items() if value is not None}

    def each(self, node: Node | None, what: str) -> tuple[MappingNode, ...]:
        """Give the mappings of a list."""
        found = self.sequence(node, what)
        items = (self.mapping(item, what) for item in (found.items if found else ()))
        return tuple(item for item in items if item is not None)
