"""Why an image was built, in words."""

from __future__ import annotations

from collections.abc import Sequence

from publisher.notes.markdown import code
from publisher.plan.plan import Reason, ReasonCode

_WORDS = {
    ReasonCode.ADDED: "new in the catalog",
    ReasonCode.PATH_CHANGED: "another Dockerfile is named",
    ReasonCode.DOCKERFILE_CHANGED: "Dockerfile changed",
    ReasonCode.CONTEXT_CHANGED: "file of the build context changed",
    ReasonCode.ARGS_CHANGED: "build argument changed",
    ReasonCode.STAGE_CHANGED: "another stage is built",
    ReasonCode.PLATFORM_ADDED: "platform added",
    ReasonCode.PLATFORM_REMOVED: "platform removed",
    ReasonCode.BASE_REFRESHED: "external base image refreshed",
    ReasonCode.PARENT_REBUILT: "parent image rebuilt",
    ReasonCode.PARENT_CHANGED: "another parent image is used",
    ReasonCode.GENERATION: "built again on request",
    ReasonCode.FORMAT_CHANGED: "image format changed",
    ReasonCode.FAILED_BEFORE: "left unfinished by an earlier run",
}
MAX_CAUSES = 10
"""Most causes that are spelled out for one code."""


def in_words(reasons: Sequence[Reason]) -> str:
    """Say all reasons in one line, causes of one kind together; Markdown."""
    causes: dict[ReasonCode, list[str]] = {}
    for reason in reasons:
        causes.setdefault(reason.code, []).append(reason.cause)
    return "; ".join(_phrase(kind, listed) for kind, listed in causes.items()) or "not said"


def _phrase(kind: ReasonCode, causes: Sequence[str]) -> str:
    named = [code(cause) for cause in dict.fromkeys(causes) if cause]
    more = f" and {len(named) - MAX_CAUSES} more" if len(named) > MAX_CAUSES else ""
    listed = ", ".join(named[:MAX_CAUSES])
    return f"{_WORDS[kind]} ({listed}{more})" if named else _WORDS[kind]
