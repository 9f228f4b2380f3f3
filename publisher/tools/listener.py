"""Takes each line that a program says on standard error: cleans it, logs it, passes it on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from publisher.errors import PublisherError
from publisher.tools.shown import shown_line

Fail = Callable[[str], PublisherError]
"""Makes the caller's error out of a reason."""


@contextmanager
def listening(
    log: Path | None, on_line: Callable[[str], None] | None, secrets: Collection[str], fail: Fail
) -> Iterator[Callable[[bytes], str]]:
    """Give what is called with each raw line and returns the line that may be kept."""
    file = _Log(log, fail) if log else None

    def receive(raw: bytes) -> str:
        line = shown_line(raw, secrets)
        if file:
            file.write(line)
        if on_line:
            on_line(line)
        return line

    try:
        yield receive
    finally:
        if file:
            file.close()


class _Log:
    """A file that lines are appended to; without it a failed program could not be understood."""

    def __init__(self, path: Path, fail: Fail) -> None:
        self._fail = fail
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._file = path.open("ab", buffering=0)
        except OSError as problem:
            raise fail(f"its log cannot be written: {problem}") from problem

    def write(self, line: str) -> None:
        try:
            self._file.write(line.encode() + b"\n")
        except OSError as problem:
            raise self._fail(f"its log cannot be written: {problem}") from problem

    def close(self) -> None:
        self._file.close()
