"""The conversation with a program: nothing that it wrote is lost."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import ExitStack
from typing import IO

import pytest

from publisher.tools.exchange import Exchange


class EndsWhileAsked:
    """A program that stays silent, and writes and ends between a look at its pipes and a look at itself."""

    def __init__(self, pipes: ExitStack) -> None:
        def pipe() -> tuple[IO[bytes], IO[bytes]]:
            read, write = os.pipe()
            return pipes.enter_context(os.fdopen(read, "rb", 0)), pipes.enter_context(
                os.fdopen(write, "wb", 0)
            )

        self.stdin: IO[bytes] | None
        self.stdout: IO[bytes] | None
        self.stderr: IO[bytes] | None
        _, self.stdin = pipe()
        self.stdout, self._out = pipe()
        self.stderr, self._err = pipe()
        self._looks = 0

    def poll(self) -> int | None:
        self._looks += 1
        if self._looks == 2:
            for stream, text in ((self._out, b"answer"), (self._err, b"said\n")):
                stream.write(text)
                stream.close()
        return 0 if self._looks >= 2 else None


@pytest.fixture
def child() -> Iterator[EndsWhileAsked]:
    with ExitStack() as pipes:
        yield EndsWhileAsked(pipes)


def test_what_a_program_writes_just_before_its_end_is_read(child: EndsWhileAsked) -> None:
    exchange = Exchange(child, b"", 100, lambda line: line.decode())
    exchange.run(time.monotonic() + 10)
    assert exchange.output == b"answer"
    assert exchange.said == "said"
