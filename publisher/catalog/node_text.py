"""YAML nodes as one line of JSON and back: reading this is much faster than reading YAML."""

from __future__ import annotations

import json
from typing import Any

from publisher.catalog.nodes import Mapping, Node, Scalar, Sequence
from publisher.catalog.problem import Position
from publisher.errors import Malformed

_write = json.JSONEncoder(separators=(",", ":"), check_circular=False).encode


def node_to_text(node: Node | None) -> str:
    """Write nodes down; the file that they stand in is left out."""
    return _write(None if node is None else _plain(node))


def node_from_text(text: str, path: str) -> Node | None:
    """Read nodes back as those of the file `path`.

    Raises:
        Malformed: this is not what `node_to_text` writes.
    """
    try:
        plain = json.loads(text)
        return None if plain is None else _node(plain, path)
    except (ValueError, TypeError, IndexError, KeyError) as error:
        raise Malformed("these are no nodes") from error


def _plain(node: Node) -> list[Any]:
    """Give line, column, and what the node holds; only a mapping has two lists."""
    at = [node.position.line, node.position.column]
    if isinstance(node, Scalar):
        return [*at, node.text, node.plain]
    if isinstance(node, Sequence):
        return [*at, [_plain(item) for item in node.items]]
    return [*at, [_plain(key) for key, _ in node.entries], [_plain(value) for _, value in node.entries]]


def _node(plain: list[Any], path: str) -> Node:
    position = Position(path, plain[0], plain[1])
    if isinstance(plain[2], str):
        return Scalar(position, plain[2], plain[3])
    if len(plain) == 3:
        return Sequence(position, tuple([_node(item, path) for item in plain[2]]))
    pairs = zip(plain[2], plain[3], strict=True)
    return Mapping(position, tuple([(_key(key, path), _node(value, path)) for key, value in pairs]))


def _key(plain: list[Any], path: str) -> Scalar:
    return Scalar(Position(path, plain[0], plain[1]), plain[2], plain[3])
