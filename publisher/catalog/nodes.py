"""YAML as nodes: the text as written, with its place; never constructed objects.

`3.10` stays `3.10`, `no` stays `no`, and nothing in a file can make Python build an
object.  Nodes are made from the parser's event stream with a stack of our own, so that
depth is bounded before anything recurses.  Aliases, anchors, tags and further documents
are refused: catalogs do not need them, and they are how small files become large.
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
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff]")


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


def compose(path: str, raw: bytes, most: int = MAX_BYTES) -> tuple[Node | None, tuple[Problem, ...]]:
    """Read one YAML document of at most `most` bytes; None without a problem is an empty file."""
    try:
        return _compose(path, _decode(path, raw, most)), ()
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
    if found := _CONTROL.search(text):
        before = text[: found.start()]
        place = Position(path, before.count("\n") + 1, found.start() - (before.rfind("\n") + 1) + 1)
        raise _Refused(Rule.UNREADABLE, place, f"control character U+{ord(found[0]):04X}", "remove it")
    return text


def _compose(path: str, text: str) -> Node | None:
    root: Node | None = None
    stack: list[_Open] = []
    for event, name in _events(path, text):
        if name in ("SequenceEndEvent", "MappingEndEvent"):
            done = stack.pop().close()
        elif name == "ScalarEvent":
            done = _scalar(event, _place(path, event))
        elif name in ("SequenceStartEvent", "MappingStartEvent"):
            stack.append(_open(event, _place(path, event), name == "MappingStartEvent", len(stack)))
            continue
        else:
            _refuse_unusual(event, name, path, again=root is not None)
            continue
        if stack:
            stack[-1].children.append(done)
        else:
            root = done
    return None if isinstance(root, Scalar) and root.plain and not root.text else root


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


def _scalar(event: Any, position: Position) -> Scalar:
    _refuse_decoration(event, position)
    if event.style == '"' and (found := _CONTROL.search(event.value)):  # an escape hid it from `_decode`
        raise _Refused(Rule.UNREADABLE, position, f"control character U+{ord(found[0]):04X}", "remove it")
    return Scalar(position, event.value, event.style is None)


def _open(event: Any, position: Position, is_mapping: bool, depth: int) -> _Open:
    _refuse_decoration(event, position)
    if depth >= MAX_DEPTH:
        raise _Refused(Rule.UNREADABLE, position, f"nested more than {MAX_DEPTH} deep")
    return _Open(position, is_mapping)


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
