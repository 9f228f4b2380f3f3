"""One token from the realm that a registry names.

With name and password, or with nothing, by GET (distribution.github.io/distribution/spec/auth/token/);
with an identity token, which `docker login` keeps where a registry gives one, by POST
(distribution.github.io/distribution/spec/auth/oauth/).
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from publisher import codec
from publisher.errors import Malformed, RegistryError
from publisher.registry.address import follow, is_loopback_name, origin
from publisher.registry.challenge import Challenge
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.refusals import Reply

Scopes = frozenset[str]
Fetch = Callable[[str, Mapping[str, str], bytes | None], Reply]
"""GET one URL with headers, or POST a form to it; no redirects; raises like the session."""
DEFAULT_LIFETIME = 60.0
"""Seconds that a token lives when its realm does not say (the specification's own default)."""
CLIENT = "publisher"
_SAFE_PART = 0.8
_TOKEN = re.compile(r"[\x21-\x7e]{1,32768}")
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True, slots=True, repr=False)
class Token:
    """A bearer token; `renewed` is the identity token that takes the place of the one that was sent."""

    text: str
    fresh_until: float
    renewed: Secret | None = None


def realm_of(challenge: Challenge, registry: str) -> str:
    """Give the address of the realm.

    It gets the password because the registry names it, so it must have been named over TLS; what
    a registry says in the open may come from anybody, and is believed about this machine and itself.

    Raises:
        RegistryError: no address, or not one that may have the password.
    """
    realm = follow(registry + "/v2/", challenge.parameters.get("realm", ""))
    ours, theirs = origin(registry), origin(realm)
    if ours.scheme == "https" or theirs.host == ours.host or is_loopback_name(theirs.host):
        return realm
    raise RegistryError(
        "the registry names a token realm elsewhere, and not over TLS; not followed",
        where=f"{ours.host}:{ours.port}",
        detail=theirs.host,
    )


def basic(login: Credentials | None) -> str | None:
    """Give the Authorization header of a name and a password."""
    if login is None or login.is_identity_token:
        return None
    pair = f"{login.username}:{login.password.reveal()}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def request_of(
    challenge: Challenge, realm: str, scopes: Collection[str], login: Credentials | None
) -> tuple[str, dict[str, str], bytes | None]:
    """Give URL, headers and form of the request for a token."""
    service = challenge.parameters.get("service")
    if login is not None and login.is_identity_token:
        form = {
            "grant_type": "refresh_token", "service": service or "", "client_id": CLIENT,
            "scope": " ".join(sorted(scopes)), "refresh_token": login.password.reveal(),
        }  # fmt: skip
        return realm, dict(_FORM), urlencode(form).encode()
    query: Iterable[tuple[str, str]] = [
        *([("service", service)] if service else []),
        *(("scope", scope) for scope in sorted(scopes)),
    ]
    header = basic(login)
    url = f"{realm}{'&' if '?' in realm else '?'}{urlencode(list(query))}"
    return url, {"Authorization": header} if header else {}, None


def read_token(reply: Reply, host: str, began: float) -> Token:
    """Read what a realm answered at `began` (seconds of any clock).

    Raises:
        RegistryError: that is no token.
    """
    try:
        plain: Any = codec.parse(reply.body)
    except Malformed as error:
        raise RegistryError("the token realm did not send JSON", where=host) from error
    plain = plain if isinstance(plain, dict) else {}
    text, lifetime = plain.get("token") or plain.get("access_token"), plain.get("expires_in")
    if not _is_token(text):
        raise RegistryError("the token realm sent no token", where=host)
    seconds = float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else DEFAULT_LIFETIME
    renewed = plain.get("refresh_token")
    return Token(text, began + _SAFE_PART * seconds, Secret(renewed) if _is_token(renewed) else None)


def _is_token(text: object) -> bool:
    return isinstance(text, str) and bool(_TOKEN.fullmatch(text))
