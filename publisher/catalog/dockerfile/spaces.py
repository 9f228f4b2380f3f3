"""White space as Go, and so BuildKit, has it."""

from __future__ import annotations

SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
"""White space as Go's unicode.IsSpace has it; Python's str.isspace counts four control characters more."""


def is_space(char: str) -> bool:
    """Tell whether Go takes the character for white space."""
    return char in SPACE


def strip(text: str) -> str:
    """Remove Go's white space from both ends."""
    return text.strip(SPACE)


def strip_left(text: str) -> str:
    """Remove Go's white space from the beginning."""
    return text.lstrip(SPACE)


class Words:
    """Collects words: white space ends one unless quoted or escaped.  Without `split` nothing is kept."""

    def __init__(self, *, split: bool) -> None:
        self.split = split
        self.found: list[str] = []
        self.current = ""

    def add(self, text: str) -> None:
        """Take text whose white space ends words."""
        for char in text if self.split else "":
            if not is_space(char):
                self.current += char
            elif self.current:
                self.end()

    def add_raw(self, text: str) -> None:
        """Take quoted or escaped text."""
        self.current += text if self.split else ""

    def end(self) -> list[str]:
        """End the word, and give all of them."""
        if self.current:
            self.found.append(self.current)
            self.current = ""
        return self.found
