"""What a build of one stage uses: images, files of the context, platforms, instructions.

Only stages that the chosen one reaches count.  Where the reader is unsure which files are
used, it says so (`sources` is None), and the whole folder counts.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from publisher.catalog.dockerfile.links import LinkedStage, find_stage, link, reachable
from publisher.catalog.dockerfile.mounts import read_mount
from publisher.catalog.dockerfile.reader import Dockerfile, Instruction, copy_words
from publisher.catalog.dockerfile.scope import (
    Global,
    Scope,
    global_scope,
    names_build_platform,
    platform_args,
    refused,
)
from publisher.catalog.wildcards import file_pattern, has_wildcards
from publisher.errors import CatalogError, Malformed
from publisher.oci.platform import Platform
from publisher.oci.reference import Reference

FRONTENDS = ("docker.io/docker/dockerfile", "docker.io/docker/dockerfile-upstream")
"""Front ends that read Dockerfiles as this reader does; what another one copies is unknown."""
MAX_SOURCES = 500
"""Most sources that are told apart; beyond them the whole folder counts."""
_REMOTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://|[\w.-]+@[\w.-]+:")
_WILD = re.compile(r"[*?\[\\]")


@dataclass(frozen=True, slots=True)
class ImageUse:
    """An image that the build takes, fully spelled, for a platform; `line` is the first that names it."""

    reference: str
    platform: Platform
    line: int


@dataclass(frozen=True, slots=True)
class CopySource:
    """A path or wildcard pattern (Go's filepath.Match) in the build context; `.` is all of it."""

    pattern: str
    line: int


@dataclass(frozen=True, slots=True)
class Resolved:
    """What one build uses.

    `sources` is None where the reader is unsure: the whole folder counts.  `instructions` is the
    canonical text of the whole file, comments aside.  `frontend` is the `# syntax=` image.
    With `triggers` the image carries ONBUILD instructions: what is built on it may copy anything.
    """

    images: tuple[ImageUse, ...]
    sources: tuple[CopySource, ...] | None
    uses_build_platform: bool
    instructions: tuple[str, ...]
    frontend: str | None
    triggers: bool = False


def resolve(
    dockerfile: Dockerfile,
    args: Mapping[str, str],
    stage: str | None,
    platform: Platform,
    build_platform: Platform,
) -> Resolved:
    """Find what a build of `stage` (the last one where None) uses, with these build arguments.

    Raises:
        CatalogError: the Dockerfile makes no sense with them; `where` is `file:line`.
    """
    target = _target(dockerfile, stage)
    name = stage or dockerfile.stages[-1].name
    outer = global_scope(dockerfile, args, platform_args(platform, build_platform, name))
    used = reachable(link(dockerfile, outer, platform), target)
    frontend = _frontend(dockerfile)
    known = frontend is None or Reference.parse(frontend).repository in FRONTENDS
    return Resolved(
        images=_images(used, platform),
        sources=_sources(used, outer) if known else None,
        uses_build_platform=_uses_build_platform(dockerfile, used),
        instructions=dockerfile.canonical,
        frontend=frontend,
        triggers=any(one.keyword == "ONBUILD" for one in used[-1].commands),
    )


def _target(dockerfile: Dockerfile, stage: str | None) -> int:
    if stage is None:
        return len(dockerfile.stages) - 1
    found = find_stage(dockerfile, stage)
    if found is None:
        names = ", ".join(one.name for one in dockerfile.stages if one.name)
        hint = f"its stages: {names}" if names else "none of its stages has a name"
        raise CatalogError(f"there is no stage {stage[:80]!r}", where=dockerfile.path, hint=hint)
    return found


def _frontend(dockerfile: Dockerfile) -> str | None:
    if dockerfile.syntax is None:
        return None
    try:
        return str(Reference.parse(dockerfile.syntax))
    except Malformed as error:
        raise refused(error, dockerfile, 1) from error


def _images(used: Sequence[LinkedStage], target: Platform) -> tuple[ImageUse, ...]:
    """Give the images, each platform once.  What COPY and mounts name is taken for the target's platform."""
    found: dict[tuple[str, Platform], ImageUse] = {}
    for one in used:
        uses = [(one.base, one.platform), *((other, target) for other in one.links)]
        for need, runs_on in uses:
            if need and need.image:
                found.setdefault((need.image, runs_on), ImageUse(need.image, runs_on, need.line))
    return tuple(found.values())


def _uses_build_platform(dockerfile: Dockerfile, used: Iterable[LinkedStage]) -> bool:
    texts = [default or "" for _, default in dockerfile.global_args]
    for one in used:
        texts += [one.stage.base, one.stage.platform or ""]
        texts += [command.text for command in one.commands if command.keyword == "ARG"]
    return names_build_platform("\n".join(texts))


def _sources(used: Iterable[LinkedStage], outer: Global) -> tuple[CopySource, ...] | None:
    """Give what the stages copy from the context; None as soon as one thing is not certain."""
    scopes: dict[int, Scope] = {}
    found: dict[CopySource, None] = {}
    sure = True
    for one in used:
        scope = _scope(one, outer, scopes)
        scopes[one.stage.index] = scope
        for command in one.commands:
            if command.keyword == "RUN" and not command.flags:
                continue
            patterns = _patterns(command, scope)
            sure = sure and patterns is not None
            if patterns:
                found.update(dict.fromkeys(CopySource(pattern, command.line) for pattern in patterns))
    return tuple(found) if sure and len(found) <= MAX_SOURCES else None


def _scope(one: LinkedStage, outer: Global, scopes: Mapping[int, Scope]) -> Scope:
    if one.base and one.base.stage is not None:
        return scopes[one.base.stage].child(one.stage.line)
    return Scope(outer, {}, {"PATH"}, open_ended=one.base is not None)


def _patterns(command: Instruction, scope: Scope) -> list[str] | None:
    """Give the context's paths that an instruction reads, and let it change the scope."""
    match command.keyword:
        case "ARG":
            scope.declare(command)
        case "ENV":
            scope.assign(command)
        case "ONBUILD":
            return None
        case "RUN":
            return _mounted(command, scope)
        case "COPY" | "ADD":
            return _copied(command, scope)
    return []


def _mounted(command: Instruction, scope: Scope) -> list[str] | None:
    found: list[str] = []
    for mount in map(read_mount, command.flag("mount")):
        kind = scope.expand(mount.kind, command.line)
        source = scope.expand(mount.source, command.line)
        if kind is None or source is None:
            return None
        if kind.lower() == "bind" and not mount.origin:
            found.append(_WILD.sub(r"\\\g<0>", _normal(source)))
    return found


def _copied(command: Instruction, scope: Scope) -> list[str] | None:
    try:
        words = copy_words(command)
    except Malformed as error:  # of an ONBUILD, which is read only here
        raise refused(error, scope.outer.dockerfile, command.line) from error
    expanded = [(word, scope.expand(word, command.line)) for word in words]  # all, to find what is no word
    found: list[str] = []
    for word, path in expanded[:-1] if not any(command.flag("from")) else ():
        if _REMOTE.match(word) and command.keyword == "ADD":
            continue
        if path is None or ("**" in path and "--parents" in command.flags):
            return None
        if command.keyword == "COPY" and path.startswith(("http://", "https://")):
            raise refused(Malformed("COPY takes no URL, ADD does"), scope.outer.dockerfile, command.line)
        if not _REMOTE.match(path):
            found.append(_pattern(path, command, scope.outer.dockerfile))
    return found


def _pattern(path: str, command: Instruction, dockerfile: Dockerfile) -> str:
    pattern = _normal(path)
    if not has_wildcards(pattern):
        return pattern
    try:
        file_pattern(pattern)
    except Malformed as error:
        raise refused(error, dockerfile, command.line) from error
    return pattern


def _normal(path: str) -> str:
    """Give a path of the context: from its root, which `..` does not leave."""
    return posixpath.normpath(f"/{path}").lstrip("/") or "."
