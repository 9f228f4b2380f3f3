"""Image references, after the distribution project's grammar (reference/regexp.go)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Self

from publisher.errors import Malformed
from publisher.oci.digest import Digest

_PATH = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*")
_HOST = re.compile(
    r"(?:[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?(?:\.[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?)*"
    r"|\[[0-9a-fA-F:]+\])(?::[0-9]{1,5})?"
)
_TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_RESERVED_TAG = re.compile(r"(?:[dbr]-|sha256-)")
_DEFAULT_HOST = "docker.io"
MAX_REPOSITORY = 255
"""Longest repository name with its host, in characters."""


def is_tag(text: str) -> bool:
    """Tell whether `text` may be an OCI tag."""
    return bool(_TAG.fullmatch(text))


def is_reserved_tag(text: str) -> bool:
    """Tell whether the tag belongs to our infrastructure (`d-`, `b-`, `r-`, `sha256-`)."""
    return bool(_RESERVED_TAG.match(text))


class Repository(str):
    """`host[:port]/path`, fully spelled out: `ubuntu` is `docker.io/library/ubuntu`."""

    __slots__ = ()

    def __new__(cls, text: str) -> Self:
        host, path = _split_host(text)
        if not _HOST.fullmatch(host) or not _PATH.fullmatch(path) or len(host) + len(path) >= MAX_REPOSITORY:
            raise Malformed(f"{text[:120]!r} is not a repository name")
        return super().__new__(cls, f"{host}/{path}")

    @property
    def host(self) -> str:
        """Give `host[:port]`."""
        return self.partition("/")[0]

    @property
    def path(self) -> str:
        """Give the name inside the registry, as `/v2/<path>/` wants it."""
        return self.partition("/")[2]

    def child(self, name: str) -> Repository:
        """Give the repository `name` below this one."""
        return Repository(f"{self}/{name}")


def _split_host(text: str) -> tuple[str, str]:
    first, slash, rest = text.partition("/")
    if slash and ("." in first or ":" in first or first == "localhost"):
        host, path = first, rest
    else:
        host, path = _DEFAULT_HOST, text
    if host == "index.docker.io":
        host = _DEFAULT_HOST
    if host == _DEFAULT_HOST and "/" not in path:
        path = f"library/{path}"
    return host, path


@dataclass(frozen=True, slots=True, order=True)
class Reference:
    """A repository with a tag, a digest, or both; without either it means `latest`."""

    repository: Repository
    tag: str | None = None
    digest: Digest | None = None

    @classmethod
    def parse(cls, text: str) -> Reference:
        """Read a reference as docker writes it.

        Raises:
            Malformed: not a reference.
        """
        name, at, digest = text.partition("@")
        head, colon, tag = name.rpartition(":")
        tagged = bool(colon) and "/" not in tag
        if tagged and not is_tag(tag):
            raise Malformed(f"{text[:200]!r} has an invalid tag")
        chosen = tag if tagged else (None if at else "latest")
        return cls(Repository(head if tagged else name), chosen, Digest(digest) if at else None)

    def __str__(self) -> str:
        tag = f":{self.tag}" if self.tag else ""
        digest = f"@{self.digest}" if self.digest else ""
        return f"{self.repository}{tag}{digest}"

    @property
    def pinned(self) -> str:
        """Give `repository@digest`; only for references with a digest."""
        if self.digest is None:
            raise Malformed(f"{self} has no digest")
        return f"{self.repository}@{self.digest}"
