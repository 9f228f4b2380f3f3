"""YAML as nodes: the text as written, with its place; never constructed objects.

`3.10` stays `3.10`, `no` stays `no`, and nothing in a file can make Python build an
object.  Nodes are made from the parser's event stream with a stack of our own, so that
depth and number are bounded before anything recurses or piles up.  Aliases, anchors, tags
and further documents are refused: catalogs do not need them, and they are how small files
become large.  Characters that nobody sees in a review may stand in comments only.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from publisher.catalog.problem import Position, Problem, Severity
from publisher.catalog.rules import Rule

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_BYTES = 1024 * 1024
"""Largest YAML file that is read, in bytes."""
MAX_DEPTH = 32
"""Deepest nesting of lists and mappings."""
MAX_NODES = 8_000
"""Most texts, lists and mappings of one file: some thousands of entries."""
CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]|\r(?!\n)")
"""What is refused even in comments: terminals obey it, or YAML takes for a line break what git does not."""
HIDDEN = re.compile(
    "[\xad\u061c\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\U000e0000-\U000e007f]"
)
"""What has no width or turns the direction of text: two texts that look alike differ by it.
https://www.unicode.org/reports/tr36/"""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A text as written.  `plain` tells that it stands without quotes and not in a block."""

    position: Position
    text: str
    plain: bool = True


@dataclass(frozen=True, slots=True)
class Sequence:
    """A list."""

    position: Position
    items: tuple[Node, ...] = ()


@dataclass(frozen=True, slots=True)
class Mapping:
    """Keys and values in the order of the file; a key may stand twice (see `Findings.fields`)."""

    position: Position
    entries: tuple[tuple[Scalar, Node], ...] = ()


Node = Scalar | Sequence | Mapping


class _Refused(Exception):
    """Reading stops here; `compose` turns it into a problem."""

    def __init__(self, rule: Rule, position: Position, message: str, fix: str = "") -> None:
        super().__init__(message)
        where = (position.file, position.line, position.column)
        self.problem = Problem(rule, Severity.ERROR, *where, message, fix)


@dataclass(slots=True)
class _Open:
    """A list or mapping whose end has not been seen."""

    position: Position
    is_mapping: bool
    children: list[Node] = field(default_factory=list)

    def close(self) -> Node:
        if not self.is_mapping:
            return Sequence(self.position, tuple(self.children))
        pairs = zip(self.children[::2], self.children[1::2], strict=True)
        return Mapping(self.position, tuple((_as_key(key), value) for key, value in pairs))


def compose(
    path: str, raw: bytes, most: int = MAX_BYTES, nodes: int = MAX_NODES
) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read one YAML document of at most so many bytes and nodes; None without a problem is an empty file."""
    try:
        return _Composer(path, _decode(path, raw, most), nodes).compose(), ()
    except _Refused as refused:
        return None, (refused.problem,)


def _decode(path: str, raw: bytes, most: int) -> str:
    if len(raw) > most:
        message = f"the file has {len(raw)} bytes, more than {most}"
        raise _Refused(Rule.UNREADABLE, Position(path), message, "split it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Position(path, raw.count(b"\n", 0, error.start) + 1)
        raise _Refused(Rule.UNREADABLE, place, "the text is not UTF-8", "save the file as UTF-8") from error
    if found := CONTROL.search(text):
        before = text[: found.start()]
        place = Position(path, before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
        raise _Refused(Rule.UNREADABLE, place, f"control character U+{ord(found[0]):04X}", "remove it")
    return text


class _Composer:
    """Makes nodes of a text, each event once."""

    def __init__(self, path: str, text: str, left: int) -> None:
        self.path, self.text, self.left = path, text, left
        self.hides = HIDDEN.search(text) is not None
        self.stack: list[_Open] = []
        self.root: Node | None = None

    def compose(self) -> Node | None:
        stack = self.stack
        for event, name in _events(self.path, self.text):
            if name == "ScalarEvent":
                done: Node = self.scalar(event)
            elif name in ("SequenceEndEvent", "MappingEndEvent"):
                done = stack.pop().close()
            elif name in ("SequenceStartEvent", "MappingStartEvent"):
                self.open(event, name == "MappingStartEvent")
                continue
            else:
                _refuse_unusual(event, name, self.path, again=self.root is not None)
                continue
            if stack:
                stack[-1].children.append(done)
            else:
                self.root = done
        root = self.root
        return None if isinstance(root, Scalar) and root.plain and not root.text else root

    def place(self, event: Any) -> Position:
        """Give the place of a new node, and count it."""
        mark = event.start_mark
        place = Position(self.path, mark.line + 1, mark.column + 1)
        self.left -= 1
        if self.left < 0:
            message = "the file has too many texts, lists and mappings"
            raise _Refused(Rule.UNREADABLE, place, message, "split it")
        return place

    def scalar(self, event: Any) -> Scalar:
        position = self.place(event)
        if event.anchor or event.tag:
            _refuse_decoration(event, position)
        text = event.value
        if event.style == '"' and (found := CONTROL.search(text)):  # an escape hid it from `_decode`
            raise _Refused(Rule.UNREADABLE, position, f"control character U+{ord(found[0]):04X}", "remove it")
        if (self.hides or event.style == '"') and (found := HIDDEN.search(text)):
            message = f"the invisible character U+{ord(found[0]):04X}"
            raise _Refused(Rule.UNREADABLE, self.find(found[0], event, position), message, "remove it")
        return Scalar(position, text, not event.style)

    def find(self, char: str, event: Any, position: Position) -> Position:
        """Give the place of a character of a text, or where the text begins if an escape stands for it."""
        lines = self.text.split("\n")
        for number in range(event.start_mark.line, event.end_mark.line + 1):
            start = event.start_mark.column if number == event.start_mark.line else 0
            column = lines[number].find(char, start) if number < len(lines) else -1
            if column >= 0:
                return Position(self.path, number + 1, column + 1)
        return position

    def open(self, event: Any, is_mapping: bool) -> None:
        position = self.place(event)
        _refuse_decoration(event, position)
        if len(self.stack) >= MAX_DEPTH:
            raise _Refused(Rule.UNREADABLE, position, f"nested more than {MAX_DEPTH} deep")
        self.stack.append(_Open(position, is_mapping))


def _events(path: str, text: str) -> Iterator[tuple[Any, str]]:
    import yaml

    loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        for event in yaml.parse(text, Loader=loader):
            yield event, type(event).__name__
    except yaml.YAMLError as error:
        at: Any = getattr(error, "problem_mark", None)
        place = Position(path, at.line + 1, at.column + 1) if at else Position(path)
        said = " ".join(filter(None, (getattr(error, name, None) for name in ("context", "problem"))))
        raise _Refused(Rule.UNREADABLE, place, f"not valid YAML: {said or 'it cannot be read'}") from error
    except (ValueError, OverflowError) as error:  # the Python parser, for an escape beyond Unicode
        message = "not valid YAML: an escape is not a character"
        raise _Refused(Rule.UNREADABLE, Position(path), message) from error


def _place(path: str, event: Any) -> Position:
    mark = event.start_mark
    return Position(path, mark.line + 1, mark.column + 1)


def _refuse_decoration(event: Any, position: Position) -> None:
    if event.anchor:
        message = "anchors and aliases are not supported"
        raise _Refused(Rule.UNUSUAL_YAML, position, message, "write the value out")
    if event.tag:
        raise _Refused(Rule.UNUSUAL_YAML, position, "YAML tags (`!…`) are not supported", "remove the tag")


def _refuse_unusual(event: Any, name: str, path: str, *, again: bool) -> None:
    if name == "AliasEvent":
        _refuse_decoration(event, _place(path, event))
    if name == "DocumentStartEvent" and again:
        message = "a second document in one file"
        raise _Refused(Rule.UNUSUAL_YAML, _place(path, event), message, "keep only one")


def _as_key(node: Node) -> Scalar:
    if not isinstance(node, Scalar):
        raise _Refused(Rule.WRONG_SHAPE, node.position, "a key must be text", "quote it")
    return node
