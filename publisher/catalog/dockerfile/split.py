"""One logical line of a Dockerfile taken apart, by the rules of BuildKit's `parser` package.

https://github.com/moby/buildkit/blob/master/frontend/dockerfile/parser/split_command.go
"""

from __future__ import annotations

import json
import re
from functools import lru_cache

from publisher.catalog.dockerfile.budget import Excessive
from publisher.catalog.dockerfile.spaces import SPACE, is_space, strip, strip_left
from publisher.catalog.dockerfile.words import Rules, expand
from publisher.errors import Malformed

HEREDOC_KEYWORDS = frozenset(("ADD", "COPY", "RUN"))
_BLANKS = re.compile(r"[\t\v\f\r ]+")
_LINE_RULES = Rules(raw_quotes=True, raw_escapes=True, keep_unset=True, split=True)
_HEREDOC = re.compile(r"(\d*)<<(-?)[\t\n\f\r ]*([^<]*)", re.ASCII)
_QUOTING = re.compile(r"['\"\\`]")
_WORD = re.compile(f"[^{SPACE}]+")
_SURROGATE = re.compile("[\ud800-\udfff]")


def split_command(line: str, escape: str) -> tuple[str, tuple[str, ...], str]:
    """Give the keyword in capitals, the leading `--flags` and the rest."""
    keyword, *rest = _BLANKS.split(strip(line), maxsplit=1)
    flags, text = _flags(rest[0], escape) if rest else ((), "")
    return keyword.upper() if keyword.isascii() else keyword, flags, strip(text)


def _flags(text: str, escape: str) -> tuple[tuple[str, ...], str]:
    flags: list[str] = []
    place = 0
    while True:
        while place < len(text) and is_space(text[place]):
            place += 1
        if not text.startswith("--", place):
            return tuple(flags), text[place:]
        word, place = _flag(text, place, escape)
        if word == "--":
            return tuple(flags), text[place:]
        flags.append(word)


def _flag(text: str, place: int, escape: str) -> tuple[str, int]:
    """Read one flag without its quotes; give it and the place behind it."""
    word: list[str] = []
    quote = ""
    while place < len(text):
        char = text[place]
        if not quote and is_space(char):
            break
        place += 1
        if char == quote:
            quote = ""
        elif not quote and char in ("'", '"'):
            quote = char
        elif char == escape:
            word.append(text[place : place + 1])
            place += 1
        else:
            word.append(char)
    return "".join(word), min(place, len(text))


def blank_separated(text: str) -> tuple[str, ...]:
    """Split at white space; quotes have no meaning (FROM, COPY, ADD)."""
    return tuple(_BLANKS.split(text)) if text else ()


def json_words(text: str) -> tuple[str, ...] | None:
    """Give the texts of a JSON list; None where the text is none.

    Raises:
        Malformed: a list with something else than texts in it.
    """
    text = strip_left(text)
    if not text.startswith("["):
        return None
    try:
        found = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(item, str) for item in found):
        raise Malformed("a JSON list may hold texts only")
    return tuple(_SURROGATE.sub("\ufffd", item) for item in found)


def _no_constant(name: str) -> None:
    raise ValueError(name)


@lru_cache(maxsize=1024)
def quoted_words(text: str, escape: str) -> tuple[str, ...]:
    """Split at white space outside of quotes; quotes and escapes stay (ARG, ENV)."""
    if not _QUOTING.search(text):
        return tuple(_WORD.findall(text))
    words: list[str] = []
    place = 0
    while place < len(text):
        if is_space(text[place]):
            place += 1
            continue
        word, place = _quoted_word(text, place, escape)
        if word:
            words.append(word)
    return tuple(words)


def _quoted_word(text: str, place: int, escape: str) -> tuple[str, int]:
    word: list[str] = []
    quote = ""
    while place < len(text):
        char = text[place]
        if not quote and is_space(char):
            break
        place += 1
        if char == escape and quote != "'":
            following = text[place : place + 1]
            place += 1
            word.append(char + following if following else "")
            continue
        if char == quote:
            quote = ""
        elif not quote and char in ("'", '"'):
            quote = char
        word.append(char)
    return "".join(word), min(place, len(text))


def pairs(text: str, escape: str, keyword: str = "ENV") -> tuple[tuple[str, str], ...]:
    """Give names and raw values of an ENV or LABEL: `name=value …`, or the old `name value`.

    Raises:
        Malformed: a word without `=`, or a name without value.
    """
    words = quoted_words(text, escape)
    if not words:
        return ()
    if "=" not in words[0]:
        name, *value = _BLANKS.split(text, maxsplit=1)
        if not value:
            raise Malformed(f"{keyword} must have two arguments")
        return ((name, value[0]),)
    if lonely := [word for word in words if "=" not in word]:
        raise Malformed(f"can't find = in {lonely[0][:80]!r}")
    return tuple((name, value) for name, _, value in (word.partition("=") for word in words))


def heredoc(word: str) -> tuple[str, bool] | None:
    """Give the end word of `<<WORD` and whether leading tabs go (`<<-`); None for another word."""
    found = _HEREDOC.fullmatch(word)
    if not found or not found[3]:
        return None
    names = expand(found[3], {}, Rules(keep_unset=True, split=True)).words
    return (names[0], found[2] == "-") if len(names) == 1 else None


def heredocs(line: str, escape: str) -> tuple[tuple[str, bool], ...]:
    """Give the heredocs that a logical line begins, in order.

    Raises:
        Malformed: the word of one cannot be read.
    """
    if "<<" not in line or not _holds_heredocs(line, escape):
        return ()
    try:
        words = expand(line, {}, _LINE_RULES).words
    except Excessive:
        raise
    except Malformed:  # BuildKit finds no heredoc in a line whose quotes do not end
        return ()
    return tuple(found for word in words if (found := heredoc(word)))


def _holds_heredocs(line: str, escape: str) -> bool:
    keyword, _, text = split_command(line, escape)
    if keyword == "ONBUILD":
        keyword, _, text = split_command(text, escape)
    return keyword in HEREDOC_KEYWORDS and json_words(text) is None
