"""One stream that several threads write to, line by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import TextIO

from publisher.cli.commands import Command, harmless
from publisher.cli.style import safe
from publisher.cli.text import split_lines
from publisher.errors import PublisherError

_STREAMS = {"<stdout>": "standard output", "<stderr>": "standard error"}


class Unwritable(PublisherError):
    """What a stream leads to takes nothing more: a full disk, mostly."""


class Output:
    """Writes whole lines; nothing but our own colours and commands goes through unneutralised."""

    def __init__(self, stream: TextIO, *, colour: bool = False, actions: bool = False) -> None:
        self.stream = stream
        self.colour = colour
        self._actions = actions
        self._lock = Lock()
        self._diverted: Callable[[str], None] | None = None

    def say(self, *texts: str) -> None:
        """Write texts of any number of lines, together: no other thread's line comes between them."""
        shown = "".join(f"{line}\n" for text in texts for line in self._lines(text))
        with self._lock:
            divert = self._diverted
            if divert is None:
                self._write(shown)
        if divert is not None:
            divert(shown.removesuffix("\n"))

    def document(self, text: str) -> None:
        """Write JSON or the like unchanged; on a terminal a person reads it, so neutralised.

        In GitHub Actions it belongs in a file or a pipe: the runner reads standard output.
        """
        if self.stream.isatty():
            self.say(text)
            return
        with self._lock:
            self._write(text)

    @contextmanager
    def diverted(self, divert: Callable[[str], None]) -> Iterator[None]:
        """Send lines elsewhere for a while: above a live view that owns the terminal."""
        with self._lock:
            self._diverted = divert
        try:
            yield
        finally:
            with self._lock:
                self._diverted = None

    def _lines(self, text: str) -> list[str]:
        if isinstance(text, Command):
            return [text] if self._actions else []
        lines = [safe(line, colour=self.colour) for line in split_lines(text) or [""]]
        return [harmless(line) for line in lines] if self._actions else lines

    def _write(self, text: str) -> None:
        try:
            self.stream.write(text)
            self.stream.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise unwritable(self.stream, error) from error


def unwritable(stream: TextIO, error: OSError) -> Unwritable:
    """Say which stream failed, and why."""
    return Unwritable(
        "the output could not be written",
        where=_STREAMS.get(str(getattr(stream, "name", "")), ""),
        detail=str(error.strerror or error),
        hint="see where it leads: to a file on a full disk, or a device that takes nothing",
    )
