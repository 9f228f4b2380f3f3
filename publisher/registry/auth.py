"""Who we are to one registry: nobody, a name with a password, or a token for exact scopes.

After distribution's token specification (distribution.github.io/distribution/spec/auth/token/).
A token is kept for the set of scopes that it was asked for and serves no other: registries
check scopes, and a token that may pull must not be sent with a push.
"""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from urllib.parse import urlencode

from publisher import codec
from publisher.errors import Malformed, RegistryError
from publisher.registry.address import follow
from publisher.registry.challenge import Challenge, parse_challenge
from publisher.registry.credentials import Credentials
from publisher.registry.locks import KeyedLocks
from publisher.registry.refusals import Asked, Reply, path_of_url, refuse

Scopes = frozenset[str]
Fetch = Callable[[str, Mapping[str, str]], Reply]
"""GET one URL with headers, no redirects; raises like the session."""
DEFAULT_LIFETIME = 60.0
"""Seconds that a token lives when its realm does not say."""
_SAFE_PART = 0.8
_TOKEN = re.compile(r"[\x21-\x7e]{1,32768}")


@dataclass(frozen=True, slots=True, repr=False)
class _Token:
    text: str
    fresh_until: float


def pull_scope(repository: str) -> str:
    """Give the scope that reads a repository."""
    return f"repository:{repository}:pull"


def push_scope(repository: str) -> str:
    """Give the scope that writes a repository."""
    return f"repository:{repository}:pull,push"


class Authenticator:
    """Gives the Authorization header of each request to one registry; shared by threads."""

    def __init__(
        self,
        registry: str,
        host: str,
        credentials: Credentials | None,
        fetch: Fetch,
        *,
        login_hint: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._host = host
        self._credentials = credentials
        self._fetch = fetch
        self._login_hint = login_hint
        self._clock = clock
        self._challenge: Challenge | None = None
        self._tokens: dict[Scopes, _Token] = {}
        self._locks = KeyedLocks()

    def header(self, scopes: Scopes) -> str | None:
        """Give the header's value for a request that needs these scopes; None before any challenge.

        Raises:
            AccessDenied: the token realm refuses the credentials.
        """
        if self._challenge is None:
            return None
        if self._challenge.scheme == "basic":
            return self._basic()
        with self._locks.of(scopes):
            token = self._tokens.get(scopes)
            if token is None or self._clock() >= token.fresh_until:
                token = self._tokens[scopes] = self._request_token(self._challenge, scopes)
        return f"Bearer {token.text}"

    def learn(self, challenge: str | None, scopes: Scopes, used: str | None) -> bool:
        """Take note of a 401; False when asking again cannot help.

        `used` is the header that was refused: another thread may have replaced its token already.
        """
        parsed = parse_challenge(challenge)
        if parsed is None or (parsed.scheme == "basic" and (not self._credentials or used)):
            return False
        self._challenge = parsed
        with self._locks.of(scopes):
            token = self._tokens.get(scopes)
            if token and used == f"Bearer {token.text}":
                del self._tokens[scopes]
        return True

    def secrets(self) -> Iterator[str]:
        """Give every text that must not be shown."""
        if self._credentials:
            yield self._credentials.password.reveal()
            yield (self._basic() or "").removeprefix("Basic ")
        yield from [token.text for token in list(self._tokens.values())]

    def _basic(self) -> str | None:
        if not self._credentials:
            return None
        pair = f"{self._credentials.username}:{self._credentials.password.reveal()}"
        return "Basic " + base64.b64encode(pair.encode()).decode()

    def _request_token(self, challenge: Challenge, scopes: Scopes) -> _Token:
        url = self._token_url(challenge, scopes)
        asked = Asked(f"GET {path_of_url(url)} (token)", self._host, self._login_hint, list(self.secrets()))
        basic = self._basic()
        began = self._clock()
        reply = self._fetch(url, {"Authorization": basic} if basic else {})
        if reply.status != HTTPStatus.OK:
            raise refuse(asked, reply)
        return self._read_token(reply, began)

    def _token_url(self, challenge: Challenge, scopes: Scopes) -> str:
        realm = follow(self._registry + "/v2/", challenge.parameters.get("realm", ""))
        service = challenge.parameters.get("service")
        query = [
            *([("service", service)] if service else []),
            *(("scope", scope) for scope in sorted(scopes)),
        ]
        return f"{realm}{'&' if '?' in realm else '?'}{urlencode(query)}"

    def _read_token(self, reply: Reply, began: float) -> _Token:
        try:
            plain = codec.parse(reply.body)
        except Malformed as error:
            raise RegistryError("the token realm did not send JSON", where=self._host) from error
        plain = plain if isinstance(plain, dict) else {}
        text, lifetime = plain.get("token") or plain.get("access_token"), plain.get("expires_in")
        if not isinstance(text, str) or not _TOKEN.fullmatch(text):
            raise RegistryError("the token realm sent no token", where=self._host)
        seconds = float(lifetime) if isinstance(lifetime, int | float) and lifetime > 0 else DEFAULT_LIFETIME
        return _Token(text, began + _SAFE_PART * seconds)
