"""Who we are to one registry: nobody, a name with a password, or a token for exact scopes.

A token is kept for the set of scopes that it was asked for and serves no other: registries
check scopes, and a token that may pull must not be sent with a push.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from http import HTTPStatus

from publisher.errors import AccessDenied
from publisher.registry.challenge import Challenge, parse_challenge
from publisher.registry.credentials import Credentials, Logins
from publisher.registry.locks import KeyedLocks
from publisher.registry.refusals import Asked, path_of_url, refuse
from publisher.registry.tokens import Fetch, Scopes, Token, basic, read_token, realm_of, request_of

__all__ = ["Authenticator", "Fetch", "Scopes", "pull_scope", "push_scope"]

REFUSED_FOR = 5.0
"""Seconds in which a realm that refused is not asked the same again: many threads want one token."""


def pull_scope(repository: str) -> str:
    """Give the scope that reads a repository."""
    return f"repository:{repository}:pull"


def push_scope(repository: str) -> str:
    """Give the scope that writes a repository."""
    return f"repository:{repository}:pull,push"


def repository_of(scopes: Scopes) -> str:
    """Give the repository whose credentials serve a request: the one that is written, if any."""
    ordered = sorted(scopes, key=lambda scope: ("push" not in scope, scope))
    return ordered[0].partition(":")[2].rpartition(":")[0] if ordered else ""


class Authenticator:
    """Gives the Authorization header of each request to one registry; shared by threads.

    `logins` is asked when the registry wants to know who we are, and not before.
    """

    def __init__(
        self,
        registry: str,
        host: str,
        logins: Logins,
        fetch: Fetch,
        *,
        login_hint: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._registry = registry
        self._host = host
        self._logins = logins
        self._fetch = fetch
        self._login_hint = login_hint
        self._clock = clock
        self._challenge: Challenge | None = None
        self._tokens: dict[Scopes, Token] = {}
        self._refused: dict[Scopes, tuple[float, AccessDenied]] = {}
        self._basic: dict[Scopes, str | None] = {}
        self._renewed: dict[Credentials, Credentials] = {}
        self._known: set[Credentials] = set()
        self._locks = KeyedLocks()

    def header(self, scopes: Scopes) -> str | None:
        """Give the header's value for a request that needs these scopes; None before any challenge.

        Raises:
            AccessDenied: the token realm refuses the credentials.
        """
        challenge = self._challenge
        if challenge is None:
            return None
        if challenge.scheme == "basic":
            return self._basic_header(scopes)
        token = self._tokens.get(scopes)
        if token is None or self._clock() >= token.fresh_until:
            token = self._fresh_token(challenge, scopes)
        return f"Bearer {token.text}"

    def learn(self, challenge: str | None, scopes: Scopes, used: str | None) -> bool:
        """Take note of a 401; False when asking again cannot help.

        `used` is the header that was refused: another thread may have replaced its token already.
        """
        parsed = parse_challenge(challenge)
        if parsed is None or (parsed.scheme == "basic" and (used or not self._basic_header(scopes))):
            return False
        self._challenge = parsed
        with self._locks.of(scopes):
            token = self._tokens.get(scopes)
            if token and used == f"Bearer {token.text}":
                del self._tokens[scopes]
        return True

    def secrets(self) -> Iterator[str]:
        """Give every text that must not be shown."""
        for login in {*list(self._known), *list(self._renewed.values())}:
            yield login.password.reveal()
            yield (basic(login) or "").removeprefix("Basic ")
        yield from [token.text for token in list(self._tokens.values())]

    def _basic_header(self, scopes: Scopes) -> str | None:
        if scopes not in self._basic:
            self._basic[scopes] = basic(self._login(scopes))
        return self._basic[scopes]

    def _login(self, scopes: Scopes) -> Credentials | None:
        login = self._logins(repository_of(scopes))
        if login is not None:
            self._known.add(login)
        return login

    def _fresh_token(self, challenge: Challenge, scopes: Scopes) -> Token:
        with self._locks.of(scopes):
            token = self._tokens.get(scopes)
            if token is None or self._clock() >= token.fresh_until:
                token = self._tokens[scopes] = self._request_token(challenge, scopes)
        return token

    def _request_token(self, challenge: Challenge, scopes: Scopes) -> Token:
        """Ask the realm; those who waited for the same token share its refusal."""
        until, refused = self._refused.get(scopes, (0.0, None))
        if refused is not None and self._clock() < until:
            raise AccessDenied(refused.what, where=refused.where, detail=refused.detail, hint=refused.hint)
        try:
            return self._ask_realm(challenge, scopes)
        except AccessDenied as error:
            self._refused[scopes] = (self._clock() + REFUSED_FOR, error)
            raise

    def _ask_realm(self, challenge: Challenge, scopes: Scopes) -> Token:
        found = self._login(scopes)
        login = self._renewed.get(found, found) if found else None
        realm = realm_of(challenge, self._registry)
        url, headers, form = request_of(challenge, realm, scopes, login)
        began = self._clock()
        reply = self._fetch(url, headers, form)
        if reply.status != HTTPStatus.OK:
            what = f"{'POST' if form else 'GET'} {path_of_url(url)} (token)"
            raise refuse(Asked(what, self._host, self._login_hint, list(self.secrets())), reply)
        token = read_token(reply, self._host, began)
        if found and login and login.is_identity_token and token.renewed:
            # a realm that gives a new one may forget the old (RFC 6749, section 6)
            self._renewed[found] = replace(login, password=token.renewed)
        return token
