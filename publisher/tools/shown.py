"""What of a program's words a person sees: no secrets, no control characters, bounded."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Iterable, Sequence

MASK = "***"
MAX_LINE = 4096
"""Longest line that is shown or kept, in characters."""

_ESCAPES = re.compile(
    r"\x1b\[[0-?]*[ -/]*[@-~]"  # colours, cursor moves
    r"|\x1b[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?"  # window titles, links
    r"|\x1b[ -/]*[0-~]"
)
_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]")
"""C0 and C1 controls but tab and newline, and the marks that reorder or break a line on the screen."""


def plain(text: str) -> str:
    """Take out terminal sequences and control characters; of an overwritten line keep what stayed visible."""
    visible = (line.rstrip("\r").rpartition("\r")[2] for line in text.split("\n"))
    return _CONTROLS.sub("", _ESCAPES.sub("", "\n".join(visible)))


def mask(text: str, secrets: Collection[str]) -> str:
    """Replace each secret; the longest first, so that none is left in part."""
    for secret in sorted(filter(None, secrets), key=len, reverse=True):
        text = text.replace(secret, MASK)
    return text


def as_typed(argv: Sequence[str], secrets: Collection[str] = ()) -> str:
    """Give the command as one would type it in a shell, secrets masked."""
    return shlex.join(mask(argument, secrets) for argument in argv)


def last_lines(text: str, count: int) -> str:
    """Give the last lines that are not blank."""
    kept = [line for line in text.splitlines() if line.strip()]
    return "\n".join(kept[-count:])


def shown_line(raw: bytes, secrets: Iterable[str] = ()) -> str:
    """Turn one line of output into what may be shown and kept."""
    return mask(plain(raw.decode(errors="replace")), tuple(secrets))[:MAX_LINE]
