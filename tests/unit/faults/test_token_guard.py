"""Tokens open exactly what they were asked for."""

from __future__ import annotations

import base64
import json

from tests.faults.acts import Request
from tests.faults.kinds import address_of, kind_of
from tests.faults.token_guard import TokenGuard


def request(method: str, target: str, authorization: str = "") -> Request:
    headers = (("Authorization", authorization),) if authorization else ()
    return Request(method, target, headers, b"", kind_of(method, target), address_of(target))


def basic(guard: TokenGuard) -> str:
    return "Basic " + base64.b64encode(f"{guard.username}:{guard.password}".encode()).decode()


def token(guard: TokenGuard, scope: str) -> str:
    answer = guard.issue(request("GET", f"/token?scope={scope}", basic(guard)))
    return f"Bearer {json.loads(answer.body)['token']}"


def test_a_token_is_for_its_scopes_only() -> None:
    guard = TokenGuard()
    pull = token(guard, "repository:a/b:pull")
    assert guard.admits(request("GET", "/v2/a/b/manifests/v1", pull))
    assert not guard.admits(request("PUT", "/v2/a/b/manifests/v1", pull))
    assert not guard.admits(request("GET", "/v2/a/c/manifests/v1", pull))


def test_a_mount_needs_both_repositories() -> None:
    guard = TokenGuard()
    asked = "/v2/a/b/blobs/uploads/?mount=m&from=a/c"
    assert not guard.admits(request("POST", asked, token(guard, "repository:a/b:push,pull")))
    both = token(guard, "repository:a/b:push,pull&scope=repository:a/c:pull")
    assert guard.admits(request("POST", asked, both))
    assert 'scope="repository:a/b:pull,push repository:a/c:pull"' in guard.challenge(
        request("POST", asked), "127.0.0.1:1"
    ).header("WWW-Authenticate")


def test_nobody_else_gets_one_and_expired_ones_open_nothing() -> None:
    guard = TokenGuard()
    assert guard.issue(request("GET", "/token", "Basic wrong")).status == 401
    pull = token(guard, "repository:a/b:pull")
    guard.expire()
    assert not guard.admits(request("GET", "/v2/a/b/manifests/v1", pull))
    assert not guard.admits(request("GET", "/v2/a/b/manifests/v1"))
    assert pull.removeprefix("Bearer ") in guard.secrets
