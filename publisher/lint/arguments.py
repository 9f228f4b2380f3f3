"""Build arguments that nobody takes."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.catalog.problem import Position, Problem, Severity
from publisher.lint.page import LintRule
from publisher.lint.state import State
from publisher.plan.nearest import LOOKED_FOR, nearest_word

_DECLARED = re.compile(r"(?im)^[ \t]*(?:ONBUILD[ \t]+)?ARG[ \t]+([A-Za-z_][A-Za-z0-9_]*)")
_WORD = re.compile(r"\w+")
_PREDEFINED = frozenset(("HTTP_PROXY", "HTTPS_PROXY", "FTP_PROXY", "NO_PROXY", "ALL_PROXY"))
"""Taken without ARG: https://docs.docker.com/reference/dockerfile/#predefined-args"""


class UnusedArgument(LintRule):
    """A build argument is given to a Dockerfile whose text does not have its name.

    BuildKit warns and builds without it, so a typing error gives an image of another version than
    its tag says.

    Wrong:
        v2: {path: Dockerfile, args: {VERSON: "2"}}     # Dockerfile: ARG VERSION=1

    Right:
        v2: {path: Dockerfile, args: {VERSION: "2"}}
    """

    id = "L010"
    severity = Severity.WARNING
    fix = "declare it with ARG in the Dockerfile, or remove it"

    def check(self, state: State) -> Iterator[Problem]:
        entries = [entry for entry in state.snapshot.entries.values() if entry.args]
        raws = state.read(sorted({entry.dockerfile for entry in entries}))
        texts = {path: raw.decode(errors="replace") for path, raw in raws.items()}
        words = {path: frozenset(_WORD.findall(text)) for path, text in texts.items()}
        seen: set[tuple[Position, str]] = set()
        for entry in (entry for entry in entries if entry.dockerfile in words):
            for name in (one for one in entry.args if _is_unknown(one, words[entry.dockerfile])):
                at = state.place(entry.position.file, entry.target.tag, "args", name)
                place = at if at.line else entry.position
                if (place, name) not in seen:
                    near = _nearest(name, texts[entry.dockerfile]) if len(seen) < LOOKED_FOR else ""
                    message = f"{entry.dockerfile} does not take the argument `{name:.80}`"
                    yield self.problem(message, place, target=entry.target, fix=near)
                seen.add((place, name))


def _is_unknown(name: str, words: frozenset[str]) -> bool:
    return name not in words and name.upper() not in _PREDEFINED


def _nearest(name: str, text: str) -> str:
    return nearest_word(name, dict.fromkeys(_DECLARED.findall(text)))
