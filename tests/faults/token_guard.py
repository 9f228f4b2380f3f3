"""Bearer tokens with exact scopes, asked for by the proxy itself, so that any registry can want them.

After distribution.github.io/distribution/spec/auth/token/.
"""

from __future__ import annotations

import base64
import json
import uuid
from dataclasses import dataclass, field
from http import HTTPStatus
from threading import Lock

from tests.faults.acts import Answer, Request, refusal
from tests.faults.kinds import TOKEN_PATH, Kind

_PULLS = frozenset({"GET", "HEAD"})


@dataclass
class TokenGuard:
    """Knows one user; `given` are all tokens ever made, `valid` those that open something."""

    username: str = "robot"
    password: str = field(default_factory=lambda: f"secret-{uuid.uuid4().hex}")
    given: list[str] = field(default_factory=list)
    valid: dict[str, frozenset[tuple[str, str]]] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Give what nobody may ever print."""
        return (self.password, *self.given)

    def expire(self) -> None:
        """Take back every token."""
        with self._lock:
            self.valid.clear()

    def admits(self, request: Request) -> bool:
        """Tell whether the request's token covers what it does."""
        token = _header(request, "Authorization").removeprefix("Bearer ")
        with self._lock:
            rights = self.valid.get(token)
        return rights is not None and needed(request) <= rights

    def challenge(self, request: Request, host: str) -> Answer:
        """Say which token is wanted."""
        scopes = " ".join(_scopes(request))
        scope = f',scope="{scopes}"' if scopes else ""
        value = f'Bearer realm="http://{host}{TOKEN_PATH}",service="faults"{scope}'
        return refusal(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED", ("WWW-Authenticate", value))

    def issue(self, request: Request) -> Answer:
        """Give a token for exactly the scopes that are asked for."""
        right = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        if _header(request, "Authorization") != f"Basic {right}":
            return refusal(HTTPStatus.UNAUTHORIZED, "UNAUTHORIZED")
        scopes = [
            text for name, value in request.address.query if name == "scope" for text in value.split(" ")
        ]
        token = f"token-{uuid.uuid4().hex}"
        with self._lock:
            self.given.append(token)
            self.valid[token] = frozenset(right for scope in scopes for right in _rights(scope))
        body = json.dumps({"token": token, "expires_in": 300}).encode()
        return Answer(HTTPStatus.OK, (("Content-Type", "application/json"),), body)


def needed(request: Request) -> frozenset[tuple[str, str]]:
    """Give (repository, action) that a request needs."""
    if not request.address.repository:
        return frozenset()
    if request.method in _PULLS:
        return frozenset({(request.address.repository, "pull")})
    rights = {(request.address.repository, "push")}
    if request.kind is Kind.MOUNT:
        rights.add((request.address.asked("from"), "pull"))
    return frozenset(rights)


def _scopes(request: Request) -> list[str]:
    rights = sorted(needed(request))
    both = [(name, "pull,push" if action == "push" else action) for name, action in rights]
    return [f"repository:{name}:{actions}" for name, actions in both]


def _rights(scope: str) -> list[tuple[str, str]]:
    _, _, rest = scope.partition(":")
    name, _, actions = rest.rpartition(":")
    return [(name, action) for action in actions.split(",")]


def _header(request: Request, wanted: str) -> str:
    return next((value for name, value in request.headers if name.lower() == wanted.lower()), "")
