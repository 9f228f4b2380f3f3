"""What the double is told to do wrong, and what it remembers."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Fault:
    """What a matching request meets, after `after` others that match.

    `status` None cuts the connection; `done` acts first, then fails.
    """

    method: str
    path: str
    status: int | None
    headers: dict[str, str] = field(default_factory=dict)
    message: str = "Server Error"
    done: bool = False
    after: int = 0


@dataclass(frozen=True)
class Exchange:
    """One request and its answer; `route` is the path as the OpenAPI description writes it."""

    method: str
    route: str
    path: str
    status: int
    request: Any
    response: Any
