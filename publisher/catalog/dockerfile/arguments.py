"""What follows a keyword: refused where BuildKit refuses it, even in a stage that is not built.

Which flags there are is left to BuildKit: a newer one, or another front end, has more.
https://github.com/moby/buildkit/blob/master/frontend/dockerfile/instructions/parse.go
"""

from __future__ import annotations

import re

from publisher.catalog.dockerfile.spaces import SPACE, strip
from publisher.catalog.dockerfile.split import heredoc, json_words, pairs, split_command
from publisher.catalog.shown import shown
from publisher.errors import Malformed

NOT_TRIGGERS = ("FROM", "MAINTAINER", "ONBUILD")
"""What may not stand behind ONBUILD."""
_NOT_EMPTY = frozenset((
    "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "MAINTAINER", "ONBUILD", "SHELL", "STOPSIGNAL", "USER", "VOLUME",
    "WORKDIR",
))  # fmt: skip
_MAYBE_JSON = frozenset(("ADD", "CMD", "COPY", "ENTRYPOINT", "RUN", "SHELL", "VOLUME"))
_FIRST_WORD = re.compile(f"([^{SPACE}]+)[{SPACE}]*(.*)", re.DOTALL)


def check_arguments(keyword: str, text: str, escape: str) -> None:
    """Refuse arguments that make no sense.

    Raises:
        Malformed: they are missing, too many, or of another form.
    """
    if keyword in _NOT_EMPTY and not text:
        raise Malformed(f"{keyword} needs an argument")
    words = json_words(text) if keyword in _MAYBE_JSON else None
    match keyword:
        case "ENV" | "LABEL":
            _check_pairs(keyword, text, escape)
        case "VOLUME" if words is not None and not (words and all(map(strip, words))):
            raise Malformed("VOLUME needs the path of a folder")
        case "SHELL" if not words:
            raise Malformed("SHELL needs a JSON list of texts")
        case "HEALTHCHECK":
            _check_health(text)
        case "ONBUILD":
            _check_trigger(text, escape)


def check_destination(keyword: str, word: str) -> None:
    """Refuse a heredoc where COPY or ADD put things.

    Raises:
        Malformed: it is one.
    """
    if heredoc(word) is not None:
        raise Malformed(f"{keyword} cannot copy to a heredoc")


def _check_pairs(keyword: str, text: str, escape: str) -> None:
    if not all(name for name, _ in pairs(text, escape, keyword)):
        raise Malformed(f"{keyword} needs a name before `=`")


def _check_health(text: str) -> None:
    found = _FIRST_WORD.fullmatch(text)
    kind, rest = found.groups() if found else ("", "")
    words = json_words(rest)
    if kind.upper() == "NONE":
        if rest and words != ():
            raise Malformed("HEALTHCHECK NONE takes no arguments")
    elif kind.upper() != "CMD":
        raise Malformed(f"HEALTHCHECK {shown(kind, 40)} is unknown, write CMD or NONE")
    elif not rest or words == ():
        raise Malformed("HEALTHCHECK CMD needs a command")


def _check_trigger(text: str, escape: str) -> None:
    """Refuse what cannot be a trigger, and what no stage could run; the rest counts when it is triggered."""
    keyword, _, rest = split_command(text, escape)
    if keyword in NOT_TRIGGERS:
        raise Malformed(f"ONBUILD {keyword} is not allowed")
    if keyword in _MAYBE_JSON:
        json_words(rest)
    elif keyword == "HEALTHCHECK" and (found := _FIRST_WORD.fullmatch(rest)):
        json_words(found[2])
    elif keyword in ("ENV", "LABEL"):
        pairs(rest, escape, keyword)
