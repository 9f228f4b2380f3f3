"""Lists of platforms, in `meta.yml` and in `publisher.yml`."""

from __future__ import annotations

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Node, Sequence
from publisher.catalog.rules import Rule
from publisher.errors import Malformed
from publisher.oci.platform import Platform

FIX = "write os/architecture, such as linux/arm64"


def read_platforms(node: Node, findings: Findings) -> tuple[Platform, ...]:
    """Give the platforms of a list in canonical order; an empty list is a problem."""
    texts = findings.texts(node, "platforms")
    if isinstance(node, Sequence) and not node.items:
        findings.add(Rule.PLATFORM, node, "`platforms` names none", FIX)
    found = (read_platform(item, text, findings) for item, text in texts)
    return tuple(sorted({platform for platform in found if platform}))


def read_platform(node: Node, text: str, findings: Findings) -> Platform | None:
    """Give one platform, or note that the text is none."""
    try:
        return Platform(text)
    except Malformed:
        findings.add(Rule.PLATFORM, node, f"{text!r:.80} is not a platform", FIX)
        return None
