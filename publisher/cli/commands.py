"""Workflow commands of GitHub Actions, and the way to keep foreign text from being one.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from publisher.cli.text import printable, printable_lines


class Command(str):
    """A workflow command with everything in it escaped: the only text that may start with `::`."""

    __slots__ = ()


END_GROUP = Command("::endgroup::")


def group(title: str) -> Command:
    """Open a fold."""
    return Command(f"::group::{_data(title)}")


def annotation(
    level: str, message: str, *, file: str = "", line: int = 0, column: int = 0, title: str = ""
) -> Command:
    """Mark a place, or the whole run, with a message of some lines; `level` is error, warning or notice."""
    places = {"file": file, "line": line, "col": column} if file else {}
    named = {name: str(value) for name, value in {**places, "title": title}.items() if value}
    properties = ",".join(f"{name}={_property(value)}" for name, value in named.items())
    return Command(f"::{level}{' ' if properties else ''}{properties}::{_data(message)}")


def harmless(line: str) -> str:
    """Change a printable line that the runner would obey: `::` after leading space, or `##[` anywhere."""
    shown = _unmarked(line)
    return f"| {shown}" if shown.lstrip().startswith(":") else shown


def _unmarked(line: str) -> str:
    return line.replace("##[", "## [")


def _data(text: str) -> str:
    return "%0A".join(_unmarked(line).replace("%", "%25") for line in printable_lines(text))


def _property(text: str) -> str:
    return _unmarked(printable(text)).replace("%", "%25").replace(":", "%3A").replace(",", "%2C")
