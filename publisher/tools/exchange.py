"""Talks with a running program: feeds it, reads both of its streams at once, bounded."""

from __future__ import annotations

import os
import selectors
import time
from collections import deque
from collections.abc import Callable
from typing import IO, Protocol

_CHUNK = 64 * 1024
_LOOK = 0.2
"""Seconds between looks whether the program ended while another process keeps its pipes open."""
_KEPT_LINES = 400
_LONGEST_LINE = 64 * 1024
"""A line without an end is cut here, in bytes."""


class OutOfTime(Exception):
    """The deadline passed."""


class OutputTooLarge(Exception):
    """Standard output went past its bound."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class Child(Protocol):
    """What is needed of `subprocess.Popen`: three pipes, and whether it ended."""

    stdin: IO[bytes] | None
    stdout: IO[bytes] | None
    stderr: IO[bytes] | None

    def poll(self) -> int | None:
        """Give the exit code, None while it runs."""


class Exchange:
    """One conversation.  `receive` gets each raw line of standard error and returns what to keep of it."""

    def __init__(self, child: Child, data: bytes, limit: int, receive: Callable[[bytes], str]) -> None:
        self._child = child
        self._data = memoryview(data)
        self._limit = limit
        self._receive = receive
        self._output = bytearray()
        self._partial = b""
        self._lines: deque[str] = deque(maxlen=_KEPT_LINES)
        self._selector = selectors.DefaultSelector()

    @property
    def output(self) -> bytes:
        """Give what came on standard output."""
        return bytes(self._output)

    @property
    def said(self) -> str:
        """Give the last lines of standard error, as `receive` returned them."""
        return "\n".join(self._lines)

    def run(self, deadline: float) -> None:
        """Talk until both streams have ended.

        Raises:
            OutOfTime: `deadline` (of the monotonic clock) passed.
            OutputTooLarge: standard output went past its bound.
        """
        with self._selector:
            self._register()
            while self._reading():
                ended = self._child.poll() is not None  # asked first: what it wrote before is then ready
                ready = self._selector.select(min(_LOOK, max(0.0, deadline - time.monotonic())))
                for key, _ in ready:
                    key.data(key.fileobj)
                if time.monotonic() > deadline:
                    raise OutOfTime
                if ended and not ready:
                    break
        if self._partial:
            self._take(self._partial)

    def _register(self) -> None:
        stdin, stdout, stderr = self._child.stdin, self._child.stdout, self._child.stderr
        if stdin is None or stdout is None or stderr is None:
            raise ValueError("all three streams must be pipes")
        self._selector.register(stdout, selectors.EVENT_READ, self._read_output)
        self._selector.register(stderr, selectors.EVENT_READ, self._read_errors)
        if self._data:
            os.set_blocking(stdin.fileno(), False)
            self._selector.register(stdin, selectors.EVENT_WRITE, self._write)
        else:
            stdin.close()

    def _reading(self) -> bool:
        return any(key.events == selectors.EVENT_READ for key in self._selector.get_map().values())

    def _write(self, stream: IO[bytes]) -> None:
        try:
            self._data = self._data[os.write(stream.fileno(), self._data[:_CHUNK]) :]
        except BrokenPipeError:
            self._data = self._data[:0]
        if not self._data:
            self._selector.unregister(stream)
            stream.close()

    def _read_output(self, stream: IO[bytes]) -> None:
        chunk = self._read(stream)
        self._output += chunk
        if len(self._output) > self._limit:
            raise OutputTooLarge(self._limit)

    def _read_errors(self, stream: IO[bytes]) -> None:
        *lines, self._partial = (self._partial + self._read(stream)).split(b"\n")
        for line in lines:
            self._take(line)
        if len(self._partial) > _LONGEST_LINE:
            self._take(self._partial)
            self._partial = b""

    def _read(self, stream: IO[bytes]) -> bytes:
        chunk = os.read(stream.fileno(), _CHUNK)
        if not chunk:
            self._selector.unregister(stream)
        return chunk

    def _take(self, line: bytes) -> None:
        self._lines.append(self._receive(line))
