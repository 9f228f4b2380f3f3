"""Understands what buildx says: progress lines, and why a build failed."""

from __future__ import annotations

import re
from pathlib import Path

from publisher.errors import BuildError, BuilderUnavailable
from publisher.tools.shown import last_lines

_PREFIX = re.compile(r"#[0-9]+ (?:[0-9]+\.[0-9]+ )?")
_NOISE = re.compile(r"(?:DONE [0-9.]+s|\.\.\.|-+)?")
_LINES = 30
"""Enough for BuildKit's summary: ten lines of the step, seven of the Dockerfile, the error."""

_UNAVAILABLE = re.compile(
    r"waiting for connection|booting buildkit|no builder \"|Cannot connect to the Docker daemon"
    r"|failed to find driver|no valid drivers|code = Unavailable|unknown docker endpoint"
)
_HINTS = (
    (
        re.compile(r"no space left on device", re.IGNORECASE),
        "the disk is full",
        "free space where BuildKit keeps its cache (`buildx prune`), then run again",
    ),
    (
        re.compile(r"exec format error"),
        "a program for another platform was run",
        "enable emulation (`make setup PLATFORMS=linux/amd64,linux/arm64`) or name a native builder",
    ),
    (
        re.compile(
            r"^ERROR: .*(?:failed to (?:push|authorize)|insufficient_scope|401 Unauth|403 Forbid)",
            re.MULTILINE,
        ),
        "a registry refused",
        "check the staging credentials named in publisher.yml",
    ),
    (
        re.compile(r"^ERROR: .*(?:failed to resolve source metadata|failed to do request)", re.MULTILINE),
        "an image could not be fetched",
        "check its registry, and that publisher.lock names what is there",
    ),
)
"""What BuildKit's summary shows, what that means, and what to do."""
_DEFAULT = ("the build failed", "mend the Dockerfile and try it with `publisher try IMAGE:TAG`")


def step_text(line: str) -> str:
    """Give the words of a progress line, without step number and time; empty for noise."""
    text = _PREFIX.sub("", line, count=1).strip()
    return "" if _NOISE.fullmatch(text) else text


def build_failure(said: str, where: str, log: Path | None) -> BuildError:
    """Turn the last lines of a failed build into the error that says what to do."""
    summary = _summary(said)
    verdict = "\n".join(line for line in summary.splitlines() if "ERROR" in line or line.startswith(" > "))
    if _UNAVAILABLE.search(verdict):
        return BuilderUnavailable(
            "no BuildKit answers",
            where=where,
            detail=last_lines(said, 5),
            hint="start it, or correct `builders` in publisher.yml",
        )
    what, hint = next(((what, hint) for pattern, what, hint in _HINTS if pattern.search(summary)), _DEFAULT)
    hint = hint.replace("IMAGE:TAG", where.partition(" ")[0] or "IMAGE:TAG")
    if log:
        hint += f"; the whole log: {log}"
    return BuildError(
        what if what == _DEFAULT[0] else f"the build failed: {what}",
        where=where,
        detail=last_lines(summary, _LINES),
        hint=hint,
    )


def _summary(said: str) -> str:
    """Give BuildKit's closing summary, which begins with a ruler; all, where there is none."""
    lines = said.splitlines()
    rulers = [number for number, line in enumerate(lines) if line == "------"]
    return "\n".join(lines[rulers[-2] :] if len(rulers) > 1 else lines)
