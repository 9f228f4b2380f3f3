"""Where a registry answers: scheme, host, and which addresses may be followed from one to the next."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urljoin, urlsplit

from publisher.errors import Malformed, RegistryError
from publisher.oci.digest import Digest
from publisher.oci.reference import Repository, is_tag

_API_HOSTS = {"docker.io": "registry-1.docker.io"}
"""Docker Hub's API has another host than its names."""
_AUTHORITY = re.compile(r"[!-?A-~]+")
"""Host and port without blanks, and without the `@` of credentials."""
DEFAULT_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True, slots=True)
class Origin:
    """Scheme, host and port: credentials belong to exactly one origin."""

    scheme: str
    host: str
    port: int


def is_loopback(host: str) -> bool:
    """Tell whether `host[:port]` is this machine, where plain HTTP is the rule."""
    name = urlsplit(f"//{host}").hostname or ""
    try:
        return name == "localhost" or ip_address(name).is_loopback
    except ValueError:
        return False


def is_loopback_name(host: str) -> bool:
    """Tell whether a host without its port is this machine."""
    return is_loopback(f"[{host}]" if ":" in host else host)


def api_host(host: str) -> str:
    """Give the host that serves the API of a registry.

    Raises:
        Malformed: not a registry's `host[:port]`.
    """
    if Repository(f"{host}/name").host != host:
        raise Malformed(
            f"{host[:120]!r} is not a registry's host", hint="write host or host:port, such as quay.io"
        )
    return _API_HOSTS.get(host, host)


def base_url(host: str, *, plain_http: bool | None = None) -> str:
    """Give the URL of a registry without a final slash; HTTPS except on loopback, unless told."""
    plain = is_loopback(host) if plain_http is None else plain_http
    return f"{'http' if plain else 'https'}://{api_host(host)}"


def origin(url: str) -> Origin:
    """Give the origin of a URL.

    Raises:
        RegistryError: not an HTTP URL, or one that carries credentials.
    """
    try:
        parts = urlsplit(url)
        is_plain = _AUTHORITY.fullmatch(parts.netloc) is not None
        if parts.scheme in DEFAULT_PORTS and parts.hostname and is_plain:
            return Origin(parts.scheme, parts.hostname, parts.port or DEFAULT_PORTS[parts.scheme])
    except ValueError as error:
        raise RegistryError(
            "a registry named an address that is not a URL", detail=repr(url[:200])
        ) from error
    raise RegistryError("a registry named an address that cannot be followed", detail=repr(url[:200]))


def follow(current: str, location: str) -> str:
    """Resolve an address that a registry names; from HTTPS it may not lead to plain HTTP.

    Raises:
        RegistryError: no address, not an HTTP URL, or a step down to plain HTTP.
    """
    if not location:
        raise RegistryError("a registry sent no address where one is due", where=origin(current).host)
    try:
        target = urljoin(current, location)
    except ValueError as error:
        raise RegistryError(
            "a registry named an address that is not a URL", detail=repr(location[:200])
        ) from error
    if origin(current).scheme == "https" and origin(target).scheme != "https":
        raise RegistryError(
            "a registry leads from HTTPS to plain HTTP; not followed",
            where=origin(current).host,
            hint="its proxy must pass X-Forwarded-Proto, or its external URL must be set",
        )
    return target


def path_of(host: str, repository: str) -> str:
    """Check a repository's path and give it as the API wants it (`library/` is added for Docker Hub)."""
    return Repository(f"{host}/{repository}").path


def checked_reference(reference: str) -> str:
    """Check that a reference is a tag or a digest, so that it cannot lead out of its path."""
    return reference if is_tag(reference) else Digest(reference)
