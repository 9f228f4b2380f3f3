"""Values that several sections of `publisher.yml` share: prefixes, variables, addresses, paths."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from publisher.catalog.findings import Findings
from publisher.catalog.nodes import Node, Scalar
from publisher.catalog.paths import ROOT, resolve
from publisher.catalog.platform_nodes import read_platform
from publisher.catalog.rules import Rule
from publisher.errors import Malformed
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository

MAX_PREFIX = 120
"""Longest prefix, so that image names fit behind it (255 characters for a repository)."""
_ENV = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,127}")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


def prefix(node: Node | None, what: str, findings: Findings) -> str | None:
    """Give `host[:port]` or `host[:port]/path`, below which repositories are."""
    text = findings.text(node, what)
    if node is None or text is None or is_prefix(text):
        return text
    message = f"`{what}` {text!r:.160} is not a registry prefix"
    findings.add(Rule.REFERENCE, node, message, "write host[:port]/path in full, such as docker.io/ascendai")
    return None


def is_prefix(text: str) -> bool:
    """Tell whether `text/image` is a repository exactly as written: nothing added, nothing guessed."""
    host = text.partition("/")[0]
    port = host.rpartition(":")[2] if ":" in host and not host.endswith("]") else "1"
    if len(text) > MAX_PREFIX or not port.isdigit() or not 0 < int(port) < 65536:
        return False
    try:
        return Repository(f"{text}/image") == f"{text}/image"
    except Malformed:
        return False


def env_name(node: Node | None, what: str, findings: Findings) -> str | None:
    """Give the name of an environment variable.  A wrong one may be the secret itself: it is never shown."""
    text = findings.text(node, what)
    if node is None or text is None or _ENV.fullmatch(text):
        return text
    message = f"`{what}` is not the name of an environment variable"
    findings.add(Rule.SECRET, node, message, "name the variable; if this was the secret, change the secret")
    return None


def name(node: Node | None, what: str, findings: Findings) -> str | None:
    """Give a short name that can stand in a command line."""
    text = findings.text(node, what)
    if node is None or text is None or is_name(text):
        return text
    findings.add(
        Rule.WORD, node, f"`{what}` {text!r:.80} is not a name", "use letters, digits, `.`, `_`, `-`"
    )
    return None


def is_name(text: str) -> bool:
    """Tell whether a text is a short name that cannot be taken for an option."""
    return bool(_NAME.fullmatch(text))


def web_address(node: Node | None, what: str, findings: Findings) -> str | None:
    """Give an http(s) address without user, query or fragment."""
    text = findings.text(node, what)
    if node is None or text is None or _is_web_address(text):
        return text
    findings.add(
        Rule.WORD, node, f"`{what}` is not a plain web address", "write https://host/path, no user or token"
    )
    return None


def _is_web_address(text: str) -> bool:
    if not re.fullmatch(r"https?://[!-~]{1,500}", text) or re.search(r"[@?#\\\"<>]", text):
        return False
    try:
        parts = urlsplit(text)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def repository_path(node: Node | None, what: str, findings: Findings) -> str | None:
    """Give a path that stays inside and is not the folder itself."""
    text = findings.text(node, what)
    path = resolve(ROOT, text) if text is not None else None
    if node is None or text is None or (path and path != ROOT and not path.startswith("-")):
        return path
    findings.add(
        Rule.PATH, node, f"`{what}` {text!r:.120} leaves the repository", "write a relative path inside it"
    )
    return None


def platform_table(node: Node | None, what: str, findings: Findings) -> list[tuple[Platform, Node]]:
    """Give a mapping's values by platform; two spellings of one platform are a problem."""
    table = findings.mapping(node, what)
    found: dict[Platform, Node] = {}
    for key, value in findings.fields(table).items() if table else ():
        platform = read_platform(Scalar(value.position, key), key, findings)
        if platform in found:
            findings.add(Rule.DUPLICATE_KEY, value, f"`{what}` names {platform} twice", "keep one of them")
        elif platform:
            found[platform] = value
    return list(found.items())
