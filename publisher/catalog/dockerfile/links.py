"""What stages are made from: each other, images, nothing.

https://github.com/moby/buildkit/blob/master/frontend/dockerfile/dockerfile2llb/convert.go
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from publisher.catalog.dockerfile.arguments import NOT_TRIGGERS
from publisher.catalog.dockerfile.mounts import read_mount
from publisher.catalog.dockerfile.reader import KEYWORDS, SCRATCH, Dockerfile, Instruction, Stage
from publisher.catalog.dockerfile.scope import Global
from publisher.catalog.dockerfile.split import split_command
from publisher.catalog.shown import shown
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference

_ARCHITECTURES = frozenset(
    [
        "386",
        "amd64",
        "x86_64",
        "x86-64",
        "arm",
        "arm64",
        "aarch64",
        "loong64",
        "mips",
        "mipsle",
        "mips64",
        "mips64le",
        "ppc64",
        "ppc64le",
        "riscv64",
        "s390x",
    ]
)
"""What may stand alone in `--platform`; a system alone would mean the architecture of the builder.
https://github.com/containerd/platforms/blob/main/platforms.go"""


@dataclass(frozen=True, slots=True)
class Link:
    """A thing that a stage takes files from: another stage by its index, or an image fully spelled."""

    line: int
    stage: int | None = None
    image: str | None = None


@dataclass(frozen=True, slots=True)
class LinkedStage:
    """A stage with what it needs.  `base` is None for `FROM scratch`; `triggers` is its ONBUILD text.

    `commands` are its instructions, those that an ONBUILD of its base stage adds in front.
    """

    stage: Stage
    base: Link | None
    platform: Platform
    commands: tuple[Instruction, ...]
    links: tuple[Link, ...]


def link(dockerfile: Dockerfile, outer: Global, platform: Platform) -> tuple[LinkedStage, ...]:
    """Find what each stage is made from; `platform` is the target's.

    Raises:
        CatalogError: a FROM is empty or no reference, or a stage uses itself or a later one.
    """
    linked: list[LinkedStage] = []
    for stage in dockerfile.stages:
        base = _base(stage, dockerfile, outer)
        parent = linked[base.stage] if base and base.stage is not None else None
        first = triggered(parent.stage, dockerfile, stage.line) if parent else ()
        outer.spend(60 * len(first), stage.line)
        commands = (*first, *stage.instructions)
        own = _platform(stage, outer, platform)  # also where it has no effect: what is no platform is refused
        runs_on = parent.platform if parent else own if base else platform
        links = tuple(found for one in commands if one.flags for found in _links(one, stage, dockerfile))
        linked.append(LinkedStage(stage, base, runs_on, commands, links))
    return tuple(linked)


def find_stage(dockerfile: Dockerfile, name: str) -> int | None:
    """Give the index of the last stage of that name, in any case."""
    found = [stage.index for stage in dockerfile.stages if stage.name == name.lower()]
    return found[-1] if found else None


def reachable(linked: Sequence[LinkedStage], target: int) -> tuple[LinkedStage, ...]:
    """Give the stages that the target needs, itself included, in the order of the file."""
    wanted = {target}
    for one in reversed(linked[: target + 1]):
        if one.stage.index in wanted:
            needs = (one.base, *one.links) if one.base else one.links
            wanted |= {need.stage for need in needs if need.stage is not None}
    return tuple(one for one in linked if one.stage.index in wanted)


def _base(stage: Stage, dockerfile: Dockerfile, outer: Global) -> Link | None:
    name = outer.expand(stage.base, stage.line)
    earlier = [one.index for one in dockerfile.stages[: stage.index] if one.name == name]
    if earlier:
        return Link(stage.line, stage=earlier[-1])
    if name == SCRATCH:
        return None
    if not name:
        hint = "give the ARG a default before the first FROM, or a value in `args` or `base`"
        raise CatalogError(
            f"FROM {shown(stage.base, 120)} is empty", where=f"{dockerfile.path}:{stage.line}", hint=hint
        )
    return Link(stage.line, image=_image(name, dockerfile, stage.line))


def _image(name: str, dockerfile: Dockerfile, line: int) -> str:
    try:
        return _spelled(name)
    except Malformed as error:
        message = f"{name[:160]!r} is neither a stage nor an image reference"
        raise CatalogError(message, where=f"{dockerfile.path}:{line}") from error


@lru_cache(maxsize=4096)
def _spelled(name: str) -> str:
    """Spell a reference out: a catalog names the same few again and again."""
    return str(Reference.parse(name))


def _platform(stage: Stage, outer: Global, target: Platform) -> Platform:
    if stage.platform is None:
        return target
    text = outer.expand(stage.platform, stage.line)
    try:
        return Platform(f"linux/{text}" if text in _ARCHITECTURES else text)
    except Malformed as error:
        message = f"--platform={shown(stage.platform)} is {text[:80]!r}, not a platform"
        raise CatalogError(message, where=f"{outer.dockerfile.path}:{stage.line}") from error


def triggered(parent: Stage, dockerfile: Dockerfile, line: int) -> tuple[Instruction, ...]:
    """Give the instructions that the ONBUILDs of a base stage run in a stage made from it."""
    found: list[Instruction] = []
    for one in parent.instructions:
        if one.keyword == "ONBUILD":
            keyword, flags, text = split_command(one.text, dockerfile.escape)
            if keyword not in KEYWORDS.difference(NOT_TRIGGERS):
                where = f"{dockerfile.path}:{one.line}"
                raise CatalogError(f"ONBUILD {shown(keyword, 40)} is not allowed", where=where)
            found.append(Instruction(keyword, text, flags, line, one.heredocs))
    return tuple(found)


def _links(instruction: Instruction, stage: Stage, dockerfile: Dockerfile) -> list[Link]:
    line = instruction.line
    if instruction.keyword == "COPY":
        return [
            _origin(name, stage, dockerfile, line, index=True) for name in instruction.flag("from") if name
        ]
    if instruction.keyword != "RUN":
        return []
    origins = [read_mount(text).origin for text in instruction.flag("mount")]
    found = (_origin(name, stage, dockerfile, line, index=False) for name in origins if name)
    return [one for one in found if one.stage is not None or one.image is not None]


def _origin(name: str, stage: Stage, dockerfile: Dockerfile, line: int, *, index: bool) -> Link:
    """Find what `from=` names; only COPY may name a stage by its index."""
    where = f"{dockerfile.path}:{line}"
    if "$" in name:
        raise CatalogError(
            f"from={shown(name)} may not have variables", where=where, hint="name it by FROM … AS …"
        )
    found = (
        int(name)
        if index and name.isascii() and name.isdigit() and len(name) < 6
        else find_stage(dockerfile, name)
    )
    if found is None:
        return Link(line, image=None if name == SCRATCH else _image(name, dockerfile, line))
    if found >= stage.index:
        raise CatalogError(f"from={shown(name)} is not an earlier stage", where=where)
    return Link(line, stage=found)
