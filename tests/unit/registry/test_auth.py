from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from publisher.errors import AccessDenied, RegistryError
from publisher.registry.auth import Authenticator, pull_scope, push_scope, repository_of
from publisher.registry.credentials import Credentials, Logins, Secret, always
from publisher.registry.refusals import Reply
from publisher.registry.retry import Transient

BEARER = 'Bearer realm="https://auth.example.org/token?a=1",service="reg",scope="ignored"'
PULL, PUSH = frozenset({pull_scope("a/b")}), frozenset({push_scope("a/b")})
ROBOT = Credentials("robot", Secret("word"))


class Realm:
    """Gives numbered tokens and remembers who asked for what."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, Mapping[str, str]]] = []
        self.forms: list[dict[str, list[str]]] = []
        self.reply: Callable[[int], tuple[int, object]] = lambda n: (
            200,
            {"token": f"t{n}", "expires_in": 100},
        )
        self.now = 0.0

    def fetch(self, url: str, headers: Mapping[str, str], form: bytes | None) -> Reply:
        """Answer a request for a token."""
        self.asked.append((url, headers))
        if form is not None:
            self.forms.append(parse_qs(form.decode()))
        status, plain = self.reply(len(self.asked))
        return Reply(status, {}, json.dumps(plain).encode(), url)

    def authenticator(
        self,
        credentials: Credentials | None = ROBOT,
        *,
        logins: Logins | None = None,
        base: str = "https://quay.io",
    ) -> Authenticator:
        """Make an authenticator that asks here."""
        return Authenticator(base, "quay.io", logins or always(credentials), self.fetch, login_hint="log in",
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


def test_many_threads_that_want_one_token_ask_once() -> None:
    realm, start = Realm(), Barrier(8)
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    first, seen = auth.header(PULL), list[str | None]()

    def meet_a_401() -> None:
        start.wait()
        auth.learn(BEARER, PULL, first)
        seen.append(auth.header(PULL))

    threads = [Thread(target=meet_a_401) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert seen == ["Bearer t2"] * 8
    assert len(realm.asked) == 2


def test_a_refusal_is_shared_for_a_while() -> None:
    realm = Realm()
    realm.reply = lambda _: (401, {})
    auth = realm.authenticator()
    auth.learn(BEARER, PULL, None)
    for _ in range(3):
        with pytest.raises(AccessDenied):
            auth.header(PULL)
    assert len(realm.asked) == 1
    realm.now = 6.0
    realm.reply = lambda _: (200, {"token": "t"})
    assert auth.header(PULL) == "Bearer t"


def test_who_asks_depends_on_the_repository_that_is_written() -> None:
    ours, theirs = Credentials("us", Secret("our-word")), Credentials("them", Secret("their-word"))
    realm = Realm()
    auth = realm.authenticator(logins={"a/b": ours, "c/d": theirs}.get)
    auth.learn(BEARER, PULL, None)
    for scopes in (PULL, {push_scope("c/d"), pull_scope("a/b")}, {pull_scope("e")}):
        auth.header(frozenset(scopes))
    assert [headers.get("Authorization") for _, headers in realm.asked] == [
        f"Basic {_base64('us:our-word')}", f"Basic {_base64('them:their-word')}", None,
    ]  # fmt: skip


def test_a_basic_registry_may_know_us_by_several_names() -> None:
    ours, theirs = Credentials("us", Secret("our-word")), Credentials("them", Secret("their-word"))
    auth = Realm().authenticator(logins={"a/b": ours, "c": theirs}.get)
    assert auth.learn('Basic realm="x"', PULL, None)
    assert auth.header(PULL) == f"Basic {_base64('us:our-word')}"
    assert auth.header(frozenset({push_scope("c")})) == f"Basic {_base64('them:their-word')}"
    assert auth.header(frozenset({pull_scope("d")})) is None


def test_nobody_is_asked_who_we_are_before_the_registry_wants_to_know() -> None:
    asked = list[str]()
    auth = Realm().authenticator(logins=asked.append)
    assert auth.header(PULL) is None
    assert asked == []


@pytest.mark.parametrize(
    ("scopes", "repository"),
    [
        (set(), ""),
        ({"repository:a/b:pull"}, "a/b"),
        ({"repository:z:pull,push", "repository:a:pull"}, "z"),
        ({"registry:catalog:*"}, "catalog"),
    ],
)
def test_the_repository_of_scopes(scopes: set[str], repository: str) -> None:
    assert repository_of(frozenset(scopes)) == repository


def test_an_identity_token_goes_to_the_realm_alone_and_may_be_renewed() -> None:
    realm = Realm()
    realm.reply = lambda n: (200, {"access_token": f"a{n}", "refresh_token": f"long{n}"})
    auth = realm.authenticator(Credentials("<token>", Secret("long0"), is_identity_token=True))
    auth.learn(BEARER, PULL, None)
    assert auth.header(PULL | PUSH) == "Bearer a1"
    assert auth.header(PULL) == "Bearer a2"
    assert realm.forms[0] == {
        "grant_type": ["refresh_token"], "service": ["reg"], "client_id": ["publisher"],
        "scope": ["repository:a/b:pull repository:a/b:pull,push"], "refresh_token": ["long0"],
    }  # fmt: skip
    assert realm.forms[1]["refresh_token"] == ["long1"]
    assert not any("Authorization" in headers for _, headers in realm.asked)
    assert {"long0", "long2", "a1", "a2"} <= set(auth.secrets())


def test_an_identity_token_is_nothing_for_a_basic_registry() -> None:
    auth = Realm().authenticator(Credentials("<token>", Secret("long"), is_identity_token=True))
    assert not auth.learn('Basic realm="x"', PULL, None)


@pytest.mark.parametrize(
    ("base", "realm_url", "is_asked"),
    [
        ("https://quay.io", "https://auth.example.org/token", True),
        ("http://127.0.0.1:5000", "http://127.0.0.1:5001/token", True),
        ("http://127.0.0.1:5000", "http://localhost:5001/token", True),
        ("http://registry.lan:5000", "http://registry.lan:5001/token", True),
        ("http://registry.lan:5000", "http://auth.example.org/token", False),
        ("http://registry.lan:5000", "https://auth.example.org/token", False),
    ],
)
def test_a_realm_elsewhere_gets_the_password_only_if_it_was_named_over_tls(
    base: str, realm_url: str, *, is_asked: bool
) -> None:
    realm = Realm()
    auth = realm.authenticator(base=base)
    auth.learn(f'Bearer realm="{realm_url}"', PULL, None)
    if is_asked:
        assert auth.header(PULL) == "Bearer t1"
    else:
        with pytest.raises(RegistryError, match="not over TLS"):
            auth.header(PULL)
    assert bool(realm.asked) == is_asked


def _base64(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
