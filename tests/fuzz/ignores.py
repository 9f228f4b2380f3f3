"""`.dockerignore` files from a seed."""

from __future__ import annotations

from random import Random

PIECES = (
    "a",
    "b",
    "c",
    "*",
    "?",
    "/",
    "/",
    "**",
    "**/",
    "[a-b]",
    "[^a]",
    ".",
    "..",
    "\\*",
    " ",
    "!",
    "#",
    "|",
    "[",
    "-",
    "é",
)
PATHS = (
    "a", "b", "ab", "a/b", "b/a", "a/b/c", "a/a/b/b", "ab/ba/c", "b/b/b/b", "c/a*b", ".a", "a.b/c.a", "x|y",
    "é/b",
    "aab/abb/c", "a b", "#a", "-a/b",
)  # fmt: skip


def ignore_text(random: Random) -> str:
    """Write one."""
    lines = [
        random.choice(("", "", "!", "# ", "  ")) + _pattern(random) for _ in range(random.randrange(1, 5))
    ]
    return random.choice(("\n", "\n", "\r\n")).join(lines) + random.choice(("", "\n"))


def _pattern(random: Random) -> str:
    return "".join(random.choice(PIECES) for _ in range(random.randrange(8)))
