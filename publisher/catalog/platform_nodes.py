"""Lists of platforms, in `meta.yml` and in `publisher.yml`."""

from __future__ import annotations

from difflib import get_close_matches

from publisher.catalog.findings import MOST_SUGGESTIONS, Findings
from publisher.catalog.nodes import Node, Sequence
from publisher.catalog.rules import Rule
from publisher.errors import Malformed
from publisher.oci.platform import Platform

FIX = "write os/architecture, such as linux/arm64"
SYSTEMS = frozenset({
    "aix", "android", "darwin", "dragonfly", "freebsd", "hurd", "illumos", "ios", "js", "linux", "nacl",
    "netbsd", "openbsd", "plan9", "solaris", "wasi", "wasip1", "windows", "zos",
})  # fmt: skip
ARCHITECTURES = frozenset({
    "386", "amd64", "amd64p32", "arm", "arm64", "arm64be", "armbe", "loong64", "mips", "mips64", "mips64le",
    "mips64p32", "mips64p32le", "mipsle", "ppc", "ppc64", "ppc64le", "riscv", "riscv64", "s390", "s390x",
    "sparc", "sparc64", "wasm",
})  # fmt: skip
"""Names that Go and containerd know; a registry may hold others, a catalog builds for none of them.
https://github.com/containerd/platforms/blob/main/database.go"""


def read_platforms(node: Node, findings: Findings) -> tuple[Platform, ...]:
    """Give the platforms of a list in canonical order; an empty list is a problem."""
    texts = findings.texts(node, "platforms")
    if isinstance(node, Sequence) and not node.items:
        findings.add(Rule.PLATFORM, node, "`platforms` names none", FIX)
    found = ((item, read_platform(item, text, findings)) for item, text in texts)
    return tuple(sorted({one for item, one in found if one and _is_known(item, one, findings)}))


def read_platform(node: Node, text: str, findings: Findings) -> Platform | None:
    """Give one platform, or note that the text is none."""
    try:
        return Platform(text)
    except Malformed:
        findings.add(Rule.PLATFORM, node, f"{text!r:.80} is not a platform", FIX)
        return None


def _is_known(node: Node, platform: Platform, findings: Findings) -> bool:
    """Tell whether somebody builds for such a platform, or note that the name is probably misspelled."""
    parts = (
        ("operating system", platform.os, SYSTEMS),
        ("architecture", platform.architecture, ARCHITECTURES),
    )
    unknown = [f"{what} `{name:.40}`" for what, name, known in parts if name not in known]
    if unknown:
        fix = _nearest(platform) if len(findings.problems) < MOST_SUGGESTIONS else FIX
        findings.add(Rule.PLATFORM, node, f"there is no {' and no '.join(unknown)}", fix)
    return not unknown


def _nearest(platform: Platform) -> str:
    """Give a fix text that names the platform that was probably meant."""
    system = get_close_matches(platform.os[:40], sorted(SYSTEMS), n=1)
    architecture = get_close_matches(platform.architecture[:40], sorted(ARCHITECTURES), n=1)
    if not system or not architecture:
        return FIX
    variant = [platform.variant] if platform.variant else []
    return f"did you mean `{'/'.join([*system, *architecture, *variant])[:80]}`?"
