"""Random values of any dataclass that has a JSON form, from its type hints."""

from __future__ import annotations

import dataclasses
import types
import typing
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from enum import StrEnum
from functools import cache
from typing import Any, cast

from hypothesis import strategies as st

from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository

_HEX = st.binary(min_size=32, max_size=32).map(lambda raw: f"sha256:{raw.hex()}")
_WORDS: Mapping[Any, st.SearchStrategy[Any]] = {
    Digest: _HEX.map(Digest),
    BuildId: _HEX.map(BuildId),
    Platform: st.sampled_from(["linux/amd64", "linux/arm64", "linux/arm/v7", "linux/s390x"]).map(Platform),
    TargetId: st.from_regex(
        r"[a-z][a-z0-9]{0,5}(/[a-z]{1,3})?:[A-Za-z0-9_][A-Za-z0-9._-]{0,9}", fullmatch=True
    ).map(TargetId),
    Repository: st.from_regex(
        r"[a-z]{1,5}\.test(:[0-9]{1,4})?/[a-z0-9]{1,5}(/[a-z]{1,3})?", fullmatch=True
    ).map(Repository),
    str: st.text(max_size=20),
    int: st.integers(),
    bool: st.booleans(),
    float: st.floats(allow_nan=False, allow_infinity=False),
    datetime: st.datetimes(datetime(1980, 1, 1), datetime(2100, 1, 1)).map(  # noqa: DTZ001 - made aware below
        lambda when: when.replace(microsecond=0, tzinfo=UTC)
    ),
}


@cache
def values(kind: Any) -> st.SearchStrategy[Any]:
    """Give a strategy for values of a type."""
    origin, parts = typing.get_origin(kind), typing.get_args(kind)
    if kind in _WORDS:
        return _WORDS[kind]
    if kind is type(None):
        return st.none()
    if origin in (types.UnionType, typing.Union):
        return st.one_of(*(values(part) for part in parts))
    if origin is tuple:
        return st.lists(values(parts[0]), max_size=2).map(tuple)
    if origin is not None and issubclass(origin, Mapping):
        return st.dictionaries(values(parts[0]), values(parts[1]), max_size=2)
    if dataclasses.is_dataclass(kind):
        hints = typing.get_type_hints(kind)
        fields = {field.name: values(hints[field.name]) for field in dataclasses.fields(kind)}
        return st.builds(cast(Callable[..., Any], kind), **fields)
    if issubclass(kind, StrEnum):
        return st.sampled_from(kind)
    raise TypeError(f"no random {kind}")
