"""Dockerfiles as values: what stands in them, before any variable is expanded.

Bounded, and clear about every text that it refuses; `publisher.catalog.dockerfile.stages` says what
a build of one stage uses.
"""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache
from json.encoder import encode_basestring as _json

from publisher.catalog.dockerfile.arguments import check_arguments, check_destination
from publisher.catalog.dockerfile.lines import Directives, LineReader, LogicalLine
from publisher.catalog.dockerfile.split import (
    blank_separated,
    heredoc,
    json_words,
    quoted_words,
    split_command,
)
from publisher.catalog.dockerfile.text import MAX_BYTES, decode, plain_lines
from publisher.errors import CatalogError, Malformed

__all__ = [
    "MAX_BYTES",
    "Dockerfile",
    "Instruction",
    "Stage",
    "copy_words",
    "declared_args",
    "read_dockerfile",
]
MAX_STAGES = 500
"""Most stages of one Dockerfile."""
KEYWORDS = frozenset({
    "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER",
    "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
})  # fmt: skip
"""https://docs.docker.com/reference/dockerfile/#overview"""
SCRATCH = "scratch"
"""The name for nothing, which a stage cannot have: what mounts without an origin would mean it."""
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
        if not self.flags:
            return ()
        start = f"--{name}="
        return tuple(flag.removeprefix(start) for flag in self.flags if flag.startswith(start))

    @property
    def canonical(self) -> str:
        """Give a text that two instructions share only if they are the same, lines aside."""
        bodies = ", ".join(map(_json, self.heredocs))
        return f"[{_canonical(self.keyword, self.flags, self.text)}, [{bodies}]]"


@lru_cache(maxsize=2048)
def _canonical(keyword: str, flags: tuple[str, ...], text: str) -> str:
    """Write down all but the heredocs: most lines stand in many Dockerfiles."""
    return f"{_json(keyword)}, [{', '.join(map(_json, flags))}], {_json(text)}"


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

    `arg_lines` are their lines.  `syntax` is the front end's image as written; `directives` are all of them.
    """

    path: str
    global_args: tuple[tuple[str, str | None], ...]
    stages: tuple[Stage, ...]
    syntax: str | None
    escape: str
    directives: tuple[tuple[str, str], ...] = ()
    canonical: tuple[str, ...] = ()
    arg_lines: tuple[int, ...] = ()


def read_dockerfile(raw: bytes, path: str) -> Dockerfile:
    """Read a Dockerfile.

    Raises:
        CatalogError: it cannot be read; `where` is `file:line`.
    """
    text = decode(raw, path)
    reader = LineReader(text, path)
    lines = plain_lines(reader.read(), text, path)
    instructions = [_instruction(line, reader.directives.escape, path) for line in lines]
    first = next((n for n, one in enumerate(instructions) if one.keyword == "FROM"), len(instructions))
    if first == len(instructions):
        raise CatalogError("no FROM in the Dockerfile", where=path, hint="begin a stage with FROM")
    starts = [one.line for one in instructions if one.keyword == "FROM"]
    if len(starts) > MAX_STAGES:
        where = f"{path}:{starts[MAX_STAGES]}"
        raise CatalogError(f"more than {MAX_STAGES} stages in the Dockerfile", where=where)
    directives = tuple(sorted(reader.directives.found.items()))
    args = _global_args(instructions[:first], reader.directives.escape, path)
    return Dockerfile(
        path=path,
        global_args=tuple((name, default) for name, default, _ in args),
        arg_lines=tuple(line for _, _, line in args),
        stages=_stages(instructions[first:], path),
        syntax=_syntax(text),
        escape=reader.directives.escape,
        directives=directives,
        canonical=(
            *(f"# {name}={value}" for name, value in directives),
            *(one.canonical for one in instructions),
        ),
    )


def _syntax(text: str) -> str | None:
    """Give the front end's image as BuildKit finds it: behind a `#!` line, up to the first fault."""
    directives = Directives()
    lines = text.split("\n")
    with suppress(Malformed):
        for line in lines[1:] if text.startswith("#!") else lines:
            directives.offer(line.rstrip("\r"))
            if directives.done:
                break
    return directives.found.get("syntax", "").split(" ")[0] or None


def _instruction(line: LogicalLine, escape: str, path: str) -> Instruction:
    try:
        keyword, text, flags = _command(line.text, escape)
    except Malformed as error:
        where = f"{path}:{line.line}"
        raise CatalogError(error.what, where=where, detail=error.detail, hint=error.hint) from error
    return Instruction(keyword, text, flags, line.line, line.heredocs)


@lru_cache(maxsize=2048)
def _command(line: str, escape: str) -> tuple[str, str, tuple[str, ...]]:
    """Take a line apart, once: the Dockerfiles of a catalog share most of their lines."""
    keyword, flags, text = split_command(line, escape)
    if keyword not in KEYWORDS:
        near = get_close_matches(keyword[:40], sorted(KEYWORDS), n=1)
        hint = f"did you mean {near[0]}?" if near else ""
        raise Malformed(f"unknown instruction {keyword[:40]!r}", hint=hint)
    _check(Instruction(keyword, text, flags, 0), escape)
    return keyword, text, flags


def _check(instruction: Instruction, escape: str) -> None:
    """Refuse what BuildKit refuses even in a stage that is not built, so that later readers need not."""
    check_arguments(instruction.keyword, instruction.text, escape)
    if instruction.keyword == "ARG":
        declared_args(instruction, escape)
    elif instruction.keyword in ("ADD", "COPY"):
        check_destination(instruction.keyword, copy_words(instruction)[-1])


def _global_args(
    instructions: list[Instruction], escape: str, path: str
) -> tuple[tuple[str, str | None, int], ...]:
    found: list[tuple[str, str | None, int]] = []
    for one in instructions:
        if one.keyword != "ARG":
            raise CatalogError(f"{one.keyword} before the first FROM", where=f"{path}:{one.line}")
        found.extend((name, default, one.line) for name, default in declared_args(one, escape))
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
    if name is not None and (name == SCRATCH or not _STAGE_NAME.fullmatch(name)):
        raise CatalogError(f"{words[2][:80]!r} is not a name for a stage", where=where)
    platforms = start.flag("platform")
    return Stage(index, name, words[0], platforms[0] if platforms else None, start.line, instructions)
