from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from urllib.parse import parse_qs, urlsplit

import pytest

from publisher.errors import AccessDenied, RegistryError
from publisher.registry.auth import Authenticator, pull_scope, push_scope
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.refusals import Reply
from publisher.registry.retry import Transient

BEARER = 'Bearer realm="https://auth.example.org/token?a=1",service="reg",scope="ignored"'
PULL, PUSH = frozenset({pull_scope("a/b")}), frozenset({push_scope("a/b")})
ROBOT = Credentials("robot", Secret("word"))


class Realm:
    """Gives numbered tokens and remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.reply: Callable[[int], tuple[int, object]] = lambda n: (
            200,
            {"token": f"t{n}", "expires_in": 100},
        )
        self.now = 0.0

    def fetch(self, url: str, headers: Mapping[str, str]) -> Reply:
        """Answer a request for a token."""
        self.asked.append((url, headers))
        status, plain = self.reply(len(self.asked))
        return Reply(status, {}, json.dumps(plain).encode(), url)

    def authenticator(self, credentials: Credentials | None = ROBOT) -> Authenticator:
        """Make an authenticator that asks here."""
        return Authenticator("https://quay.io", "quay.io", credentials, self.fetch, login_hint="log in",
                             clock=lambda: self.now)  # fmt: skip


def test_nothing_is_sent_before_a_challenge() -> None:
    assert Realm().authenticator().header(PULL) is None


def test_a_token_is_asked_for_with_exact_scopes_and_kept() -> None:
    realm = Realm()
    auth = realm.authenticator()
    assert auth.learn(BEARER, PULL, None)
    both = PULL | {pull_scope("c")}
    assert [auth.header(scopes) for scopes in (PULL, PULL, PUSH, both, PULL)] == [
        "Bearer t1", "Bearer t1", "Bearer t2", "Bearer t3", "Bearer t1",
    ]  # fmt: skip
    queries = [parse_qs(urlsplit(url).query) for url, _ in realm.asked]
    assert queries[0] == {"a": ["1"], "service": ["reg"], "scope": ["repository:a/b:pull"]}
    assert queries[2]["scope"] == ["repository:a/b:pull", "repository:c:pull"]


def test_the_realm_gets_the_password_and_an_anonymous_one_gets_none() -> None:
    realm = Realm()
    for credentials, expected in ((ROBOT, {"Authorization": "Basic " + _base64("robot:word")}), (None, {})):
        auth = realm.authenticator(credentials)
        auth.learn(BEARER, PULL, None)
        auth.header(PULL)
        assert realm.asked[-1][1] == expected


def test_a_refused_token_is_replaced_and_only_that_one() -> None:
    realm = Realm()
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    first = auth.header(PULL)
    assert auth.learn(BEARER, PULL, first)
    assert auth.header(PULL) == "Bearer t2"
    assert auth.learn(BEARER, PULL, first)  # another thread was refused with the old one
    assert auth.header(PULL) == "Bearer t2"


def test_a_token_is_replaced_before_it_ends() -> None:
    realm = Realm()
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    auth.header(PULL)
    realm.now = 79.0
    assert auth.header(PULL) == "Bearer t1"
    realm.now = 80.0
    assert auth.header(PULL) == "Bearer t2"


def test_a_basic_registry_gets_the_password_once() -> None:
    auth = Realm().authenticator()
    assert auth.learn('Basic realm="x"', PULL, None)
    used = auth.header(PULL)
    assert used == "Basic " + _base64("robot:word")
    assert not auth.learn('Basic realm="x"', PULL, used)


def test_without_a_password_a_basic_registry_is_not_asked_again() -> None:
    assert not Realm().authenticator(None).learn('Basic realm="x"', PULL, None)


@pytest.mark.parametrize(
    "realm_url", ["http://auth.example.org/token", "", "file:///etc/passwd", "https://a:b@c/"]
)
def test_a_realm_in_the_open_gets_nothing(realm_url: str) -> None:
    realm = Realm()
    auth = realm.authenticator()
    auth.learn(f'Bearer realm="{realm_url}"', PULL, None)
    with pytest.raises(RegistryError):
        auth.header(PULL)
    assert realm.asked == []


@pytest.mark.parametrize(
    "plain", [{}, {"token": ""}, {"token": 7}, {"token": "a\r\nX-Evil: 1"}, [], "x", None]
)
def test_a_token_that_is_none_is_refused(plain: object) -> None:
    realm = Realm()
    realm.reply = lambda _: (200, plain)
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    with pytest.raises(RegistryError):
        auth.header(PULL)


@pytest.mark.parametrize(
    ("status", "kind"), [(401, AccessDenied), (403, AccessDenied), (503, Transient), (400, RegistryError)]
)
def test_a_realm_that_refuses(status: int, kind: type[Exception]) -> None:
    realm = Realm()
    realm.reply = lambda _: (status, {"errors": [{"code": "NO", "message": "word is wrong"}]})
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    with pytest.raises(kind) as refused:
        auth.header(PULL)
    assert "word" not in str(refused.value)


def test_every_secret_is_known_to_the_scrubber() -> None:
    realm = Realm()
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    auth.header(PULL)
    assert set(auth.secrets()) == {"word", _base64("robot:word"), "t1"}


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
