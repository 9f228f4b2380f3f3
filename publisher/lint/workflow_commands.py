"""Workflow commands of GitHub Actions, with everything foreign in them escaped.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts
"""

from __future__ import annotations

import re

from publisher.catalog.shown import visible

_LINE_END = re.compile(r"\r\n|\n|\r")
_TAB = "    "


class Command(str):
    """A workflow command with everything in it escaped: the only text that may start with `::`."""

    __slots__ = ()


def annotation(
    level: str, message: str, *, file: str = "", line: int = 0, column: int = 0, title: str = ""
) -> Command:
    """Mark a place, or the whole run, with a message of some lines; `level` is error, warning or notice."""
    places = {"file": file, "line": line, "col": column} if file else {}
    named = {name: str(value) for name, value in {**places, "title": title}.items() if value}
    properties = ",".join(f"{name}={_property(value)}" for name, value in named.items())
    return Command(f"::{level}{' ' if properties else ''}{properties}::{data(message)}")


def data(text: str) -> str:
    """Give the message of a command: each line visible, line ends escaped."""
    lines = _LINE_END.split(text)
    kept = lines[:-1] if lines[-1] == "" else lines
    return "%0A".join(_escaped(line.replace("\t", _TAB)) for line in kept)


def unmarked(line: str) -> str:
    """Break the older form of a command, `##[…]`, which counts anywhere in a line."""
    return line.replace("##[", "## [")


def _escaped(text: str) -> str:
    return unmarked(visible(text)).replace("%", "%25")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
