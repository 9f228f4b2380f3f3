"""Typed access to nodes that notes problems and goes on, so that one run shows them all."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from collections.abc import Mapping as MappingOf
from difflib import get_close_matches
from typing import TypeVar

from publisher.catalog.matrix.combinations import for_combination
from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule

Wanted = TypeVar("Wanted")
MOST_SUGGESTIONS = 200
"""Problems of one file after which nearest names are no longer looked for."""
MOST_COMPARED = 500
"""Known words with which a text is compared."""
_SHAPES: dict[type, str] = {Scalar: "text", Sequence: "a list", Mapping: "a mapping"}


class Findings:
    """The problems of one file; a view made by `of` adds to the same list, for one target."""

    def __init__(
        self,
        problems: list[Problem] | None = None,
        target: str | None = None,
        combination: MappingOf[str, str] | None = None,
    ) -> None:
        self.problems: list[Problem] = [] if problems is None else problems
        self.target = target
        self.combination = combination or {}

    def of(self, target: str, combination: MappingOf[str, str] | None = None) -> Findings:
        """Give a view whose problems belong to `image:tag`, which a matrix made for a combination."""
        return Findings(self.problems, target, combination)

    def add(self, rule: Rule, at: Node | Position, message: str, fix: str = "",
            severity: Severity = Severity.ERROR) -> None:  # fmt: skip
        """Note a problem at a node or a place."""
        place = at if isinstance(at, Position) else at.position
        where = (place.file, place.line, place.column)
        problem = Problem(rule, severity, *where, message, fix, self.target)
        self.problems.append(for_combination(problem, self.combination))

    def fields(self, node: Mapping, known: Collection[str] | None = None) -> dict[str, Node]:
        """Give the values by key: of a key that stands twice the first; unknown keys left out and noted."""
        first: dict[str, Scalar] = {}
        values: dict[str, Node] = {}
        for key, value in node.entries:
            if key.text in first:
                message = f"`{key.text:.80}` stands here and in line {first[key.text].position.line}"
                self.add(Rule.DUPLICATE_KEY, key, message, "keep one of them")
            elif known is not None and key.text not in known:
                self.add(
                    Rule.UNKNOWN_KEY, key, f"unknown key `{key.text:.80}`", self.suggestion(key.text, known)
                )
            else:
                first[key.text], values[key.text] = key, value
        return values

    def mapping(self, node: Node | None, what: str) -> Mapping | None:
        """Give a mapping, or note that it is none; None stays None."""
        return self._shape(node, Mapping, what)

    def sequence(self, node: Node | None, what: str) -> Sequence | None:
        """Give a list, or note that it is none."""
        return self._shape(node, Sequence, what)

    def text(self, node: Node | None, what: str, *, empty: bool = False) -> str | None:
        """Give a text of one line, or note that it is none; `empty` allows the empty one."""
        scalar = self._shape(node, Scalar, what)
        if scalar is None:
            return None
        if "\n" in scalar.text:
            self.add(Rule.WRONG_SHAPE, scalar, f"`{what}` must be one line")
            return None
        if not scalar.text and not empty:
            self.add(Rule.WRONG_SHAPE, scalar, f"`{what}` is empty", f"give a value or remove `{what}`")
            return None
        return scalar.text

    def texts(self, node: Node | None, what: str) -> tuple[tuple[Scalar, str], ...]:
        """Give the texts of a list with their nodes; bad items are noted and left out."""
        found = self.sequence(node, what)
        items = ((item, self.text(item, what)) for item in (found.items if found else ()))
        return tuple((item, text) for item, text in items if isinstance(item, Scalar) and text is not None)

    def flag(self, node: Node | None, what: str, *, default: bool = False) -> bool:
        """Give true or false, written so."""
        return default if node is None else self.word(node, what, ("true", "false")) == "true"

    def word(self, node: Node | None, what: str, allowed: Iterable[str]) -> str | None:
        """Give one of the allowed words."""
        words = tuple(allowed)
        text = self.text(node, what)
        if node is None or text is None or text in words:
            return text
        self.add(Rule.WORD, node, f"`{what}` is {text!r:.80}", self.suggestion(text, words))
        return None

    def number(self, node: Node | None, what: str, *, least: int = 1) -> int | None:
        """Give a whole number of at most nine digits."""
        text = self.text(node, what)
        if node is None or text is None:
            return None
        if not (text.isascii() and text.isdigit() and len(text) <= 9 and int(text) >= least):
            self.add(Rule.WORD, node, f"`{what}` is {text!r:.80}", f"write a whole number from {least}")
            return None
        return int(text)

    def needed(self, values: dict[str, Node], owner: Mapping, *keys: str) -> bool:
        """Tell whether all keys are there; note those that are not."""
        missing = [key for key in keys if key not in values]
        for key in missing:
            self.add(Rule.MISSING_KEY, owner, f"`{key}` is missing", f"add `{key}: …`")
        return not missing

    def suggestion(self, text: str, known: Collection[str]) -> str:
        """Give a fix text that names the nearest known word; none where hundreds of words are wrong."""
        return suggestion(text, known) if len(self.problems) < MOST_SUGGESTIONS else ""

    def _shape(self, node: Node | None, kind: type[Wanted], what: str) -> Wanted | None:
        if node is None or isinstance(node, kind):
            return node
        self.add(Rule.WRONG_SHAPE, node, f"`{what}` must be {_SHAPES[kind]}, not {_SHAPES[type(node)]}")
        return None


def suggestion(text: str, known: Collection[str]) -> str:
    """Give a fix text that names the nearest known word, or all of a few."""
    spelled = {word.lower(): word for word in sorted(known)[:MOST_COMPARED]}
    near = get_close_matches(text[:80].lower(), spelled, n=1, cutoff=0.6)
    if near:
        return f"did you mean `{spelled[near[0]]}`?"
    return "known: " + ", ".join(sorted(known)) if len(known) <= 20 else ""
