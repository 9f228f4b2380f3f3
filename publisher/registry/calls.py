"""What is asked of a registry."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

from publisher.oci.manifest import MAX_MANIFEST
from publisher.registry.auth import Scopes

_OK = frozenset({200})


@dataclass(frozen=True, slots=True)
class Body:
    """A body that is opened again for each attempt; `length` in bytes."""

    length: int
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]


@dataclass(frozen=True, slots=True)
class Call:
    """One request: `url` absolute, `expected` the statuses that are answers and not refusals."""

    method: str
    url: str
    scopes: Scopes = frozenset()
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | Body | None = None
    expected: frozenset[int] = _OK
    limit: int = MAX_MANIFEST
    redirects: bool = True
