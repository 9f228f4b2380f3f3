"""Dockerfiles as values: what stands in them, before any variable is expanded.

Bounded, and clear about every text that it refuses; `publisher.catalog.stages` says what
a build of one stage uses.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from difflib import get_close_matches

from publisher.catalog.dockerfile_lines import Directives, LineReader, LogicalLine
from publisher.catalog.dockerfile_split import (
    blank_separated,
    heredoc,
    json_words,
    pairs,
    quoted_words,
    split_command,
)
from publisher.errors import CatalogError, Malformed

MAX_BYTES = 256 * 1024
"""Largest Dockerfile that is read, in bytes."""
MAX_STAGES = 500
"""Most stages of one Dockerfile."""
KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
"""https://docs.docker.com/reference/dockerfile/#overview"""
_STAGE_NAME = re.compile(r"[a-z][a-z0-9-_.]*")


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction: `text` is what follows the keyword and its flags, continuations joined.

    `flags` are as written (`--from=build`) but without quotes; `heredocs` are the bodies.
    """

    keyword: str
    text: str
    flags: tuple[str, ...]
    line: int
    heredocs: tuple[str, ...] = ()

    def flag(self, name: str) -> tuple[str, ...]:
        """Give the values of `--name=value`, in order."""
        start = f"--{name}="
        return tuple(flag.removeprefix(start) for flag in self.flags if flag.startswith(start))

    @property
    def canonical(self) -> str:
        """Give a text that two instructions share only if they are the same, lines aside."""
        return json.dumps([self.keyword, self.flags, self.text, self.heredocs], ensure_ascii=False)


@dataclass(frozen=True, slots=True)
class Stage:
    """A build stage: `name` in lower case or None, `base` and `platform` as written."""

    index: int
    name: str | None
    base: str
    platform: str | None
    line: int
    instructions: tuple[Instruction, ...] = ()


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A whole file.  `global_args` are those before the first FROM, with their raw defaults.

    `syntax` is the front end's image as written; `directives` are all of them.
    """

    path: str
    global_args: tuple[tuple[str, str | None], ...]
    stages: tuple[Stage, ...]
    syntax: str | None
    escape: str
    directives: tuple[tuple[str, str], ...] = ()
    canonical: tuple[str, ...] = ()


def read_dockerfile(raw: bytes, path: str) -> Dockerfile:
    """Read a Dockerfile.

    Raises:
        CatalogError: it cannot be read; `where` is `file:line`.
    """
    text = _decode(raw, path)
    reader = LineReader(text, path)
    instructions = [_instruction(line, reader.directives.escape, path) for line in reader.read()]
    first = next((n for n, one in enumerate(instructions) if one.keyword == "FROM"), len(instructions))
    if first == len(instructions):
        raise CatalogError("no FROM in the Dockerfile", where=path, hint="begin a stage with FROM")
    if sum(one.keyword == "FROM" for one in instructions) > MAX_STAGES:
        raise CatalogError(f"more than {MAX_STAGES} stages in the Dockerfile", where=path)
    directives = tuple(sorted(reader.directives.found.items()))
    return Dockerfile(
        path=path,
        global_args=_global_args(instructions[:first], reader.directives.escape, path),
        stages=_stages(instructions[first:], path),
        syntax=_syntax(text, path),
        escape=reader.directives.escape,
        directives=directives,
        canonical=(
            *(f"# {name}={value}" for name, value in directives),
            *(one.canonical for one in instructions),
        ),
    )


def _decode(raw: bytes, path: str) -> str:
    if len(raw) > MAX_BYTES:
        raise CatalogError(f"the Dockerfile has {len(raw)} bytes, more than {MAX_BYTES}", where=path)
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        raise CatalogError(
            "the Dockerfile is not UTF-8", where=f"{path}:{line}", hint="save it as UTF-8"
        ) from error


def _syntax(text: str, path: str) -> str | None:
    """Give the front end's image as BuildKit finds it: a `#!` line before is skipped."""
    directives = Directives()
    lines = text.split("\n")
    try:
        for line in lines[1:] if text.startswith("#!") else lines:
            directives.offer(line.rstrip("\r"))
            if directives.done:
                break
    except Malformed as error:
        raise CatalogError(str(error), where=path) from error
    return directives.found.get("syntax", "").split(" ")[0] or None


def _instruction(line: LogicalLine, escape: str, path: str) -> Instruction:
    keyword, flags, text = split_command(line.text, escape)
    if keyword not in KEYWORDS:
        near = get_close_matches(keyword[:40], sorted(KEYWORDS), n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        raise CatalogError(f"unknown instruction {keyword[:40]!r}", where=f"{path}:{line.line}", hint=hint)
    found = Instruction(keyword, text, flags, line.line, line.heredocs)
    try:
        _check(found, escape)
    except Malformed as error:
        raise CatalogError(str(error), where=f"{path}:{line.line}") from error
    return found


def _check(instruction: Instruction, escape: str) -> None:
    """Refuse what BuildKit refuses even in a stage that is not built, so that later readers need not."""
    if instruction.keyword == "ARG":
        declared_args(instruction, escape)
    elif instruction.keyword == "ENV":
        pairs(instruction.text, escape)
    elif instruction.keyword in ("ADD", "COPY"):
        copy_words(instruction)


def _global_args(
    instructions: list[Instruction], escape: str, path: str
) -> tuple[tuple[str, str | None], ...]:
    found: list[tuple[str, str | None]] = []
    for one in instructions:
        if one.keyword != "ARG":
            raise CatalogError(f"{one.keyword} before the first FROM", where=f"{path}:{one.line}")
        found.extend(declared_args(one, escape))
    return tuple(found)


def declared_args(instruction: Instruction, escape: str) -> tuple[tuple[str, str | None], ...]:
    """Give names and raw defaults of an ARG.

    Raises:
        Malformed: it names nothing.
    """
    words = [word.partition("=") for word in quoted_words(instruction.text, escape)]
    if not words or not all(name for name, _, _ in words):
        raise Malformed("ARG needs a name")
    return tuple((name, default if equals else None) for name, equals, default in words)


def copy_words(instruction: Instruction) -> tuple[str, ...]:
    """Give the raw sources of a COPY or ADD, heredocs aside, and last its destination.

    Raises:
        Malformed: one of them is missing, or a list of JSON has something else than texts.
    """
    words = json_words(instruction.text)
    if words is None:
        words = blank_separated(instruction.text)
    if len(words) < 2:
        raise Malformed(f"{instruction.keyword} needs a source and a destination")
    return (*(word for word in words[:-1] if heredoc(word) is None), words[-1])


def _stages(instructions: list[Instruction], path: str) -> tuple[Stage, ...]:
    starts = [n for n, one in enumerate(instructions) if one.keyword == "FROM"]
    ends = [*starts[1:], len(instructions)]
    return tuple(
        _stage(index, instructions[start], tuple(instructions[start + 1 : end]), path)
        for index, (start, end) in enumerate(zip(starts, ends, strict=True))
    )


def _stage(index: int, start: Instruction, instructions: tuple[Instruction, ...], path: str) -> Stage:
    words = blank_separated(start.text)
    where = f"{path}:{start.line}"
    if len(words) not in (1, 3) or (len(words) == 3 and words[1].upper() != "AS"):
        raise CatalogError("FROM takes an image, or an image AS a name", where=where)
    name = words[2].lower() if len(words) == 3 else None
    if name is not None and not _STAGE_NAME.fullmatch(name):
        raise CatalogError(f"{words[2][:80]!r} is not a name for a stage", where=where)
    platforms = start.flag("platform")
    return Stage(index, name, words[0], platforms[0] if platforms else None, start.line, instructions)
