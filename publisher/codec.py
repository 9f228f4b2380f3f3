"""JSON forms of frozen dataclasses: canonical bytes out, typed values in.

One codec serves every record and plan, so a field is written down once, in its
dataclass.  Words (digests, platforms, build ids) are `str` subclasses whose
constructor validates; they are JSON strings, and may be mapping keys.
Unknown keys are ignored, so that an older program reads a newer record.
"""

from __future__ import annotations

import dataclasses
import json
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from math import isfinite
from types import NoneType
from typing import Any, TypeVar, cast

from publisher.errors import Malformed

T = TypeVar("T")
MAX_DOCUMENT = 64 * 1024 * 1024
"""Largest JSON document that is read, in bytes."""
_NAMES: dict[type, tuple[str, ...]] = {}
_FORMS: dict[type, Callable[[Any], Any]] = {}


def to_plain(value: Any) -> Any:
    """Turn a value into what `json` writes: dict, list, str, int, float, bool or None."""
    kind = type(value)
    form = _FORMS.get(kind)
    if form is None:
        form = _FORMS[kind] = _plain_form(kind)
    return form(value)


def _plain_form(kind: type) -> Callable[[Any], Any]:
    """Choose the form of a type; a record has thousands of values and few types."""
    if dataclasses.is_dataclass(kind):
        names = _names(kind)
        return lambda value: {name: to_plain(getattr(value, name)) for name in names}
    if issubclass(kind, Mapping):
        return lambda value: {str(key): to_plain(item) for key, item in sorted(value.items())}
    if issubclass(kind, tuple | list):
        return lambda value: [to_plain(item) for item in value]
    if issubclass(kind, datetime):
        return lambda value: value.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    if issubclass(kind, str):
        return str
    if issubclass(kind, NoneType | bool | int | float):
        return lambda value: value
    raise TypeError(f"no JSON form for {kind.__name__}")


def _shallow(value: object) -> Any:
    """Turn what `json` does not know into what it does, one level deep."""
    if dataclasses.is_dataclass(type(value)):
        return {name: getattr(value, name) for name in _names(type(value))}
    return dict(value) if isinstance(value, Mapping) else to_plain(value)


def _names(kind: type) -> tuple[str, ...]:
    if kind not in _NAMES:
        _NAMES[kind] = tuple(field.name for field in dataclasses.fields(kind))
    return _NAMES[kind]


_CANONICAL = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, check_circular=False, default=_shallow
)


def canonical(value: object) -> bytes:
    """Give the canonical JSON bytes: sorted keys, no spaces, UTF-8, no final newline.

    Raises:
        Malformed: foreign JSON that has no such form (a lone surrogate, too deep).
    """
    try:
        return _CANONICAL.encode(value).encode()
    except (UnicodeEncodeError, RecursionError) as error:
        raise Malformed("a document has no canonical JSON form", detail=str(error)) from error


def pretty(value: object) -> str:
    """Give the JSON form for people and files: two spaces, fields in declared order."""
    return json.dumps(to_plain(value), indent=2, ensure_ascii=False) + "\n"


def parse(raw: bytes | str, *, where: str = "") -> Any:
    """Parse JSON of bounded size.

    Raises:
        Malformed: not JSON, too large or too deep.
    """
    if len(raw) > MAX_DOCUMENT:
        raise Malformed(f"JSON document of {len(raw)} bytes is too large", where=where)
    try:
        return json.loads(raw, parse_constant=_no_number)
    except (ValueError, RecursionError) as error:
        raise Malformed("not valid JSON", where=where, detail=str(error)) from error


def _no_number(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def decode(kind: type[T], raw: bytes | str, *, where: str = "") -> T:
    """Read the JSON form of `kind`.

    Raises:
        Malformed: not JSON, or a field is missing or of another type; says which.
    """
    return from_plain(kind, parse(raw, where=where), where=where)


def from_plain(kind: type[T], plain: Any, *, where: str = "") -> T:
    """Build a value of `kind` from parsed JSON; see `decode`."""
    return cast(T, _build(kind, plain, where or getattr(kind, "__name__", str(kind))))


def _build(kind: Any, plain: Any, where: str) -> Any:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        return _build_union(kind, plain, where)
    if origin is tuple:
        return _build_tuple(kind, plain, where)
    if origin is not None and issubclass(origin, Mapping):
        return _build_mapping(kind, plain, where)
    if dataclasses.is_dataclass(kind):
        return _build_dataclass(cast(type, kind), plain, where)
    if kind is datetime:
        return _build_datetime(plain, where)
    if kind is Any:
        return plain
    return _build_scalar(kind, plain, where)


def _build_union(kind: Any, plain: Any, where: str) -> Any:
    options = [option for option in typing.get_args(kind) if option is not type(None)]
    if plain is None and len(options) < len(typing.get_args(kind)):
        return None
    if len(options) != 1:
        raise TypeError(f"{where}: only optional unions have a JSON form")
    return _build(options[0], plain, where)


def _build_tuple(kind: Any, plain: Any, where: str) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise Malformed("a list is expected", where=where)
    item = typing.get_args(kind)[0]
    return tuple(_build(item, value, f"{where}[{n}]") for n, value in enumerate(plain))


def _build_mapping(kind: Any, plain: Any, where: str) -> dict[Any, Any]:
    if not isinstance(plain, dict):
        raise Malformed("an object is expected", where=where)
    key, item = typing.get_args(kind)
    return {_build(key, k, f"{where}.{k}"): _build(item, v, f"{where}.{k}") for k, v in plain.items()}


def _build_dataclass(kind: type, plain: Any, where: str) -> Any:
    if not isinstance(plain, dict):
        raise Malformed("an object is expected", where=where)
    values = {}
    for field, hint in _hints(kind):
        if field.name in plain:
            values[field.name] = _build(hint, plain[field.name], f"{where}.{field.name}")
        elif field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING:
            raise Malformed(f"`{field.name}` is missing", where=where)
    return kind(**values)


@cache
def _hints(kind: type) -> list[tuple[dataclasses.Field[Any], Any]]:
    hints = typing.get_type_hints(kind)
    return [(field, hints[field.name]) for field in dataclasses.fields(kind) if field.init]


def _build_datetime(plain: Any, where: str) -> datetime:
    try:
        return datetime.strptime(plain, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    except (TypeError, ValueError) as error:
        raise Malformed("a UTC time like 2026-01-31T12:00:00Z is expected", where=where) from error


def _build_scalar(kind: type, plain: Any, where: str) -> Any:
    wanted = str if issubclass(kind, str) else kind
    numeric = wanted is float and isinstance(plain, int) and not isinstance(plain, bool)
    if not numeric and (not isinstance(plain, wanted) or (isinstance(plain, bool) and wanted is not bool)):
        raise Malformed(f"{wanted.__name__} is expected, not {type(plain).__name__}", where=where)
    if wanted is float and not isfinite(plain):
        raise Malformed("a finite number is expected", where=where)
    if kind is wanted:
        return plain
    try:
        return kind(plain)
    except ValueError as error:
        known = ", ".join(kind) if issubclass(kind, StrEnum) else ""
        raise Malformed(f"{plain!r:.80} is not valid", where=where, detail=known or str(error)) from error
