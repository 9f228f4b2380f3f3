"""The one error that the installer shows to a person."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of the installer."""

    DONE = 0
    FAILED = 1  # a build or a download did not work
    MISSING = 2  # the machine lacks something that a person must add, or the call is wrong


class InstallError(Exception):
    """Say what failed, the tool's last lines, and what to do next."""

    def __init__(self, what: str, *, last_lines: str = "", hint: str = "", code: Exit = Exit.FAILED) -> None:
        super().__init__(what)
        self.what = what
        self.last_lines = last_lines
        self.hint = hint
        self.code = code

    def __str__(self) -> str:
        """Return the whole message, each part on lines of its own."""
        quoted = "".join(f"\n    {line}" for line in self.last_lines.splitlines()[-12:])
        return f"error: {self.what}{quoted}" + (f"\nhint: {self.hint}" if self.hint else "")
