"""What BuildKit's own packages and our reader make of the same Dockerfile, side by side."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from publisher.catalog.dockerfile.reader import (
    Dockerfile,
    Instruction,
    copy_words,
    declared_args,
    read_dockerfile,
)
from publisher.catalog.dockerfile.split import pairs
from publisher.catalog.dockerfile.stages import Resolved, resolve
from publisher.errors import CatalogError
from publisher.oci.platform import Platform

PROGRAM = "dockerfile-answers"
TARGET, BUILDER = Platform("linux/arm64"), Platform("linux/amd64")
WE_REFUSE = {
    "is not a name for a stage": "a stage called `scratch`: mounts without an origin would mean it",
    "has an empty class or range": "the build fails there too, when it copies",
    "has a class that does not end": "the build fails there too, when it copies",
    "ends in a backslash": "the build fails there too, when it copies",
    "is not an earlier stage": "also in a stage that is not built; BuildKit numbers mounts with the stages",
    "more than 500 stages": "a bound of ours",
    "is longer than 8192 bytes": "a bound of ours",
    "nested too deep": "a bound of ours",
    "becomes too long": "a bound of ours",
    "turns the direction": "a reviewer would not see what is built",
    "is binary": "BuildKit reads NUL bytes, and no shell does",
    "not UTF-8": "BuildKit reads such bytes one by one",
    "has variables": "",
    "is neither a stage nor an image": "also in a stage that is not built",
    "is not allowed": "what triggers in a stage that is not built",
}
"""Parts of our messages where BuildKit reads on, and why we do not."""
THEY_REFUSE = {
    "unknown flag": "which flags there are depends on the version of BuildKit",
    "Expected boolean value": "the values of flags are left to BuildKit",
    "Missing a value on flag": "the values of flags are left to BuildKit",
    "duplicate flag specified": "the values of flags are left to BuildKit",
    "csv mounts": "the fields of mounts are left to BuildKit",
    "invalid field": "the fields of mounts are left to BuildKit",
    "unsupported mount type": "the fields of mounts are left to BuildKit",
    "unexpected key": "the fields of mounts are left to BuildKit",
    "doesn't support variable expansion": "the same is refused where the stage is built",
    "invalid duration": "the values of flags are left to BuildKit",
    "git ref for COPY": "what is a git reference is left to BuildKit",
    "URL for COPY": "in a COPY from an image",
    "invalid mount target": "the fields of mounts are left to BuildKit",
    "unsupported network": "the values of flags are left to BuildKit",
    "unsupported security": "the values of flags are left to BuildKit",
}
"""Parts of BuildKit's messages where our reader reads on, and why."""
_REMOTE = re.compile(r"git@|[a-z]+://")


@dataclass
class Tally:
    """What came out: `differences` are those that no list above explains."""

    same: int = 0
    refused: int = 0
    explained: int = 0
    differences: list[str] = field(default_factory=list)


def ask(questions: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Ask BuildKit's packages; one answer a question."""
    lines = "\n".join(json.dumps(one) for one in questions)
    done = subprocess.run([PROGRAM], input=lines.encode(), capture_output=True, check=True, timeout=600)
    return [json.loads(line) for line in done.stdout.splitlines()]


def file_question(text: str, args: Mapping[str, str]) -> dict[str, Any]:
    """Ask what stands in a Dockerfile and what its last stage takes."""
    return {"kind": "file", "text": text, "args": args, "platform": TARGET, "build_platform": BUILDER}


def compare(questions: list[dict[str, Any]]) -> Tally:
    """Compare all answers."""
    tally = Tally()
    for asked, answer in zip(questions, ask(questions), strict=True):
        verdict = _verdict(asked, answer)
        if verdict == "same":
            tally.same += 1
        elif verdict == "refused":
            tally.refused += 1
        elif any(part in verdict for part in (*WE_REFUSE, *THEY_REFUSE)) and "refuse:" in verdict:
            tally.explained += 1
        else:
            tally.differences.append(f"{verdict}\n{json.dumps(asked)}")
    return tally


def _verdict(asked: Mapping[str, Any], answer: Mapping[str, Any]) -> str:
    try:
        found: Dockerfile | CatalogError = read_dockerfile(asked["text"].encode(), "D")
    except CatalogError as error:
        found = error
    if isinstance(found, CatalogError) or "error" in answer:
        return _refusals(found, answer)
    for kind, ours, theirs in _written(found, answer):
        if ours != theirs:
            return f"{kind}: {ours} != {theirs}"
    try:
        used: Resolved | CatalogError = resolve(found, asked["args"], None, TARGET, BUILDER)
    except CatalogError as error:
        used = error
    build = answer["build"]
    if isinstance(used, CatalogError) or "error" in build:
        return _refusals(used, build, unsure=isinstance(used, Resolved) and _is_unsure(used, build))
    return (
        "same" if "tmpfs" in asked["text"] else _built(used, build)
    )  # BuildKit asks for files that it never uses


def _refusals(found: object, answer: Mapping[str, Any], *, unsure: bool = False) -> str:
    if isinstance(found, CatalogError):
        return "refused" if "error" in answer else f"we refuse: {found}"
    return "same" if unsure else f"they refuse: {answer['error']}"


def _is_unsure(used: Resolved, build: Mapping[str, Any]) -> bool:
    """Tell whether BuildKit's refusal is of a value that depends on the base image, which is empty there."""
    return "failed to process" in build["error"] and (used.sources is None or bool(used.images))


def _written(found: Dockerfile, answer: Mapping[str, Any]) -> Iterator[tuple[str, object, object]]:
    yield "escape", found.escape, answer["escape"]
    yield "syntax", found.syntax or "", answer["syntax"]
    yield "arguments", [_bare(*pair) for pair in found.global_args], answer["args"]
    yield "stages", len(found.stages), len(answer["stages"])
    for stage, theirs in zip(found.stages, answer["stages"], strict=True):
        head = [stage.name or "", stage.base, stage.platform or "", stage.line]
        yield "stage", head, [theirs[key] for key in ("name", "base", "platform", "line")]
        told = [_told(one, found.escape) for one in stage.instructions]
        yield "instructions", told, [{**one, "keyword": one["keyword"].upper()} for one in theirs["commands"]]


def _told(one: Instruction, escape: str) -> dict[str, Any]:
    """Give an instruction as the Go program tells it."""
    told: dict[str, Any] = {
        "keyword": one.keyword, "line": one.line, "flags": list(one.flags), "heredocs": list(one.heredocs)
    }  # fmt: skip
    match one.keyword:
        case "ENV":
            told["pairs"] = [list(pair) for pair in pairs(one.text, escape)]
        case "ARG":
            told["pairs"] = [_bare(*pair) for pair in declared_args(one, escape)]
        case "COPY" | "ADD":
            *sources, _ = copy_words(one)
            told |= {"sources": sources} if sources else {}
            origin = one.flag("from") if one.keyword == "COPY" else ()
            told |= {"from": origin[0]} if any(origin) else {}
    return told


def _built(used: Resolved, build: Mapping[str, Any]) -> str:
    images = sorted({f"{use.reference} {use.platform}" for use in used.images})
    if images != build["images"]:
        return f"images: {images} != {build['images']}"
    if used.sources is None:
        return "same"
    ours = {source.pattern for source in used.sources}
    theirs = {path for path in build["paths"] if not _REMOTE.match(path)}
    if ("." in ours) != build["whole"] or ("." not in ours and ours != theirs):
        return f"paths: {sorted(ours)} != {sorted(theirs)} (whole: {build['whole']})"
    return "same"


def _bare(name: str, default: str | None) -> list[str]:
    return [name] if default is None else [name, default]
