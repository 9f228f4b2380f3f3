"""Secrets that would be published with an image.  What they are is never said."""

from __future__ import annotations

import re
from collections.abc import Iterator

from publisher.catalog.dockerfile.reader import Dockerfile, Instruction, declared_args, read_dockerfile
from publisher.catalog.dockerfile.split import pairs
from publisher.catalog.problem import Position, Problem, Severity
from publisher.errors import CatalogError
from publisher.lint.page import LintRule
from publisher.lint.secret_texts import is_secret, is_token, suspects, tokens
from publisher.lint.state import State

_MOST_LINES = 200
"""Lines of one instruction in which a name is looked for."""


class SecretArgument(LintRule):
    """A build argument in a `meta.yml` seems to be a password, a token or a key.

    Everybody who can read the repository has it, and so has everybody who can pull the image:
    build arguments stand in its history and in its signed provenance.  Change the secret first, then
    take it out of the file; taking it out of git's history is not enough.

    Wrong:
        v1: {path: Dockerfile, args: {API_TOKEN: 0a1b2c3d4e5f}}

    Right:
        v1: {path: Dockerfile}
        # fetch what needs the token beforehand, and COPY it
    """

    id = "L003"
    fix = "change the secret, then remove the argument; images must build without secrets"

    def check(self, state: State) -> Iterator[Problem]:
        seen: set[Position] = set()
        for target, entry in state.snapshot.entries.items():
            for name, value in entry.args.items():
                if not is_secret(name, value):
                    continue
                at = _place(state, entry.position, target.tag, name)
                if at not in seen:
                    yield self.problem(f"the argument `{name}` seems to be a secret", at, target=target)
                seen.add(at)


def _place(state: State, entry: Position, tag: str, name: str) -> Position:
    found = state.place(entry.file, tag, "args", name)
    return found if found.line else entry


class SecretInDockerfile(LintRule):
    """A Dockerfile gives an ARG or ENV a value that seems to be a secret, or has a token in its text.

    The value stands in the image's configuration and history, where everybody who can pull the image
    reads it, even if a later instruction sets it to nothing.

    Wrong:
        ENV DB_PASSWORD=correct-horse

    Right:
        ARG DB_PASSWORD
        ENV DB_PASSWORD_FILE=/run/secrets/db    # given when a container starts, not when it is built
    """

    id = "L004"
    severity = Severity.WARNING
    fix = "change the secret, then give it when a container starts instead"

    def check(self, state: State) -> Iterator[Problem]:
        paths = sorted({entry.dockerfile for entry in state.snapshot.entries.values()})
        texts = state.read(paths)
        for path in suspects(texts):
            yield from dict.fromkeys(self._variables(path, texts[path]))
            yield from self._tokens(path, texts[path])

    def _variables(self, path: str, raw: bytes) -> Iterator[Problem]:
        for keyword, name, value, at in _variables(path, raw):
            if is_secret(name, value) and not is_token(value or ""):  # a token's own place is closer
                yield self.problem(f"{keyword} {name[:80]} seems to be a secret", at)

    def _tokens(self, path: str, raw: bytes) -> Iterator[Problem]:
        text = raw.decode(errors="replace")
        for start in tokens(text):
            at = Position(path, text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start))
            yield self.problem("what stands here has the form of a token, a key or a password", at)


def _variables(path: str, raw: bytes) -> Iterator[tuple[str, str, str | None, Position]]:
    """Give keyword, name, value and place of everything that ARG and ENV set."""
    try:
        dockerfile = read_dockerfile(raw, path)
    except CatalogError:  # the planner has reported it
        return
    lines = raw.decode("utf-8-sig").split("\n")
    before = range(1, dockerfile.stages[0].line)
    for name, value in dockerfile.global_args:
        yield "ARG", name, value, _place_in(path, lines, before, name)
    for one in (one for stage in dockerfile.stages for one in stage.instructions):
        for name, value in _assigned(one, dockerfile):
            yield (
                one.keyword,
                name,
                value,
                _place_in(path, lines, range(one.line, one.line + _MOST_LINES), name),
            )


def _assigned(one: Instruction, dockerfile: Dockerfile) -> Iterator[tuple[str, str | None]]:
    if one.keyword == "ARG":
        yield from declared_args(one, dockerfile.escape)
    elif one.keyword == "ENV":
        yield from pairs(one.text, dockerfile.escape)


def _place_in(path: str, lines: list[str], numbers: range, name: str) -> Position:
    """Find where a name is set: the first of these lines that has it before `=`, a space or the end."""
    sets = re.compile(rf"(?<![\w$]){re.escape(name)}(?=[=\s]|$)")
    for number in numbers[: len(lines)]:
        found = sets.search(lines[number - 1]) if number <= len(lines) else None
        if found:
            return Position(path, number, found.start() + 1)
    return Position(path, numbers.start, 1)
