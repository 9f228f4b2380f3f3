"""Through which proxy a host is reached, by the variables that every program knows.

`HTTPS_PROXY`, `HTTP_PROXY` and `NO_PROXY`, in either case; the lower one wins.  NO_PROXY is read as
Go programs read it (pkg.go.dev/golang.org/x/net/http/httpproxy): so that the registry is reached in
one way by us and by the tools that we call.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network
from urllib.parse import unquote, urlsplit

from publisher.errors import UsageError
from publisher.registry.address import DEFAULT_PORTS, Origin, is_loopback_name

_USER_AGENT = {"User-Agent": "publisher"}


@dataclass(frozen=True, slots=True)
class Proxy:
    """Where a proxy is; `headers` for it alone, its user and password among them: never shown."""

    origin: Origin
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Proxies:
    """One proxy a scheme, and the hosts that are reached without; loopback always is."""

    by_scheme: Mapping[str, Proxy] = field(default_factory=dict)
    exceptions: tuple[str, ...] = ()

    def to(self, where: Origin) -> Proxy | None:
        """Give the proxy through which an origin is reached; None for directly."""
        proxy = self.by_scheme.get(where.scheme)
        if proxy is None or is_loopback_name(where.host):
            return None
        return None if any(_covers(one, where) for one in self.exceptions) else proxy


NO_PROXIES = Proxies()


def proxies_from(environment: Mapping[str, str]) -> Proxies:
    """Read the variables.

    Raises:
        UsageError: one of them is no address of an HTTP proxy.
    """
    named = {scheme: _value(environment, f"{scheme}_proxy") for scheme in ("http", "https")}
    return Proxies(
        {scheme: _proxy(*found) for scheme, found in named.items() if found[1]},
        tuple(filter(None, (one.strip().lower() for one in _value(environment, "no_proxy")[1].split(",")))),
    )


def _value(environment: Mapping[str, str], name: str) -> tuple[str, str]:
    """Give the variable that counts, with its name."""
    for one in (name, name.upper()):
        if environment.get(one):
            return one, environment[one]
    return name, ""


def _proxy(name: str, text: str) -> Proxy:
    try:
        parts = urlsplit(text if "://" in text else f"http://{text}")
        port = parts.port
    except ValueError:
        raise _unusable(name) from None  # the text may hold a password
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise _unusable(name)
    where = Origin(parts.scheme, parts.hostname, port or DEFAULT_PORTS[parts.scheme])
    if parts.username is None:
        return Proxy(where, _USER_AGENT)
    pair = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    return Proxy(where, {**_USER_AGENT, "Proxy-Authorization": f"Basic {base64.b64encode(pair).decode()}"})


def _unusable(name: str) -> UsageError:
    return UsageError(
        f"{name} is not the address of an HTTP proxy",
        hint="write http://host:port or http://user:password@host:port; SOCKS is not supported",
    )


def _covers(exception: str, where: Origin) -> bool:
    """Tell whether one entry of NO_PROXY is about an origin."""
    if exception == "*":
        return True
    if "/" in exception:
        return _in_network(exception, where.host)
    name, _, port = exception.rpartition(":") if _has_port(exception) else (exception, "", "")
    if port and int(port) != where.port:
        return False
    name = name.removeprefix("[").removesuffix("]").removeprefix("*")
    if name.startswith("."):
        return where.host.endswith(name)
    return where.host == name or where.host.endswith(f".{name}")


def _has_port(exception: str) -> bool:
    name, colon, port = exception.rpartition(":")
    return bool(colon) and port.isdigit() and (":" not in name or name.endswith("]"))


def _in_network(text: str, host: str) -> bool:
    try:
        return ip_address(host) in ip_network(text, strict=False)
    except ValueError:
        return False
