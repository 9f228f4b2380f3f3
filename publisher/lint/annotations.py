"""Problems written down: for people, for programs, and for the diff view of GitHub."""

from __future__ import annotations

import json
from collections.abc import Iterable

from publisher.catalog.problem import Problem, Severity
from publisher.codec import to_plain
from publisher.plan.wording import visible

_DATA = {"%": "%25", "\r": "%0D", "\n": "%0A"}
"""Escapes of a workflow command's message.
https://github.com/actions/toolkit/blob/main/packages/core/src/command.ts"""
_PROPERTY = {**_DATA, ":": "%3A", ",": "%2C"}
"""Escapes of a workflow command's properties."""


def as_text(problems: Iterable[Problem]) -> str:
    """Give one problem a line, its fix on the next."""
    return "".join(_text(problem) for problem in problems)


def as_json(problems: Iterable[Problem]) -> str:
    """Give the problems as a JSON list."""
    return json.dumps([to_plain(problem) for problem in problems], indent=2, ensure_ascii=False) + "\n"


def as_github(problems: Iterable[Problem]) -> str:
    """Give workflow commands, which GitHub shows beside the lines of the files.

    https://docs.github.com/actions/reference/workflow-commands-for-github-actions
    """
    return "".join(f"{_annotation(problem)}\n" for problem in problems)


def _text(problem: Problem) -> str:
    fix = f"  → {visible(problem.fix)}\n" if problem.fix else ""
    place, message = visible(str(problem.position)), visible(problem.message)
    return f"{place}: {problem.severity}: {message} [{problem.rule}]\n{fix}"


def _annotation(problem: Problem) -> str:
    command = "error" if problem.severity is Severity.ERROR else "warning"
    places = (
        ("file", problem.file),
        ("line", problem.line or ""),
        ("col", problem.column or ""),
        ("title", problem.rule),
    )
    properties = ",".join(f"{name}={_escape(str(value), _PROPERTY)}" for name, value in places if value)
    message = f"{problem.message}\n{problem.fix}" if problem.fix else problem.message
    return f"::{command} {properties}::{_escape(message, _DATA)}"


def _escape(text: str, table: dict[str, str]) -> str:
    return "".join(table.get(c, c) for c in text)
