"""Whether the platform changes what a Dockerfile says; where it does not, one reading serves all."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from publisher.catalog.dockerfile.reader import Dockerfile, declared_args
from publisher.catalog.dockerfile.stages import Resolved
from publisher.oci.platform import Platform

_AUTOMATIC = re.compile(r"(?:TARGET|BUILD)(?:PLATFORM|OS|ARCH|VARIANT)")
_NOT_EXPANDED = frozenset(("CMD", "ENTRYPOINT", "EXPOSE", "HEALTHCHECK", "LABEL", "RUN", "SHELL", "USER"))
"""Instructions whose texts this reader never expands."""


def is_portable(dockerfile: Dockerfile) -> bool:
    """Tell whether what each stage uses is the same on every platform, its images aside.

    An automatic variable that is only declared, or only used by the shell of a RUN, changes nothing.
    """
    if any(stage.platform is not None for stage in dockerfile.stages):
        return False
    return not _AUTOMATIC.search("\n".join(_expanded(dockerfile)))


def on_platform(resolved: Resolved, platform: Platform) -> Resolved:
    """Give what a build of a portable Dockerfile uses on another platform."""
    images = tuple(replace(image, platform=platform) for image in resolved.images)
    return replace(resolved, images=images)


def _expanded(dockerfile: Dockerfile) -> Iterator[str]:
    """Give every text that can be expanded; more than those does no harm."""
    yield from (text for pair in dockerfile.global_args for text in pair if text)
    for stage in dockerfile.stages:
        yield stage.base
        for one in stage.instructions:
            yield from one.flags
            if one.keyword == "ARG":
                yield from (default for _, default in declared_args(one, dockerfile.escape) if default)
            elif one.keyword not in _NOT_EXPANDED:
                yield one.text
