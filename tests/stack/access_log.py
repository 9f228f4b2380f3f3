"""Requests that a registry has answered, read from its access log."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

_COMBINED = re.compile(
    r'\S+ \S+ \S+ \[(?P<time>[^]]+)\] "(?P<method>\S+) (?P<path>\S+) [^"]*" (?P<status>\d{3}) '
)
"""Apache's combined format, written by distribution 2 and 3 (whole seconds)."""
_PLAIN = re.compile(r"(?P<time>\d{4}-\S+) (?P<method>\S+) (?P<path>\S+) (?P<status>\d{3}) \d+$")
"""The format of `referrers-registry`: RFC 3339 time with nanoseconds."""


@dataclass(frozen=True)
class Request:
    """One answered request; `path` includes the query."""

    time: datetime
    method: str
    path: str
    status: int


def parse_line(line: str) -> Request | None:
    """Read a line of either format; None for anything else that a registry prints."""
    if found := _COMBINED.match(line):
        time = datetime.strptime(found["time"], "%d/%b/%Y:%H:%M:%S %z")
    elif found := _PLAIN.match(line):
        time = datetime.fromisoformat(found["time"])
    else:
        return None
    return Request(time, found["method"], found["path"], int(found["status"]))


class AccessLog:
    """A growing log that is read once: each call parses only what came since the last."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offset = 0
        self._requests: list[Request] = []

    def requests(self) -> list[Request]:
        """Return all requests so far, in the order in which they were answered."""
        if self._path.exists():
            self._read_on()
        return list(self._requests)

    def _read_on(self) -> None:
        with self._path.open("rb") as file:
            file.seek(self._offset)
            fresh = file.read()
        whole = fresh[: fresh.rfind(b"\n") + 1]
        self._offset += len(whole)
        parsed = map(parse_line, whole.decode(errors="replace").splitlines())
        self._requests += [request for request in parsed if request]
