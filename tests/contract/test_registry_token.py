"""Credentials and tokens, against a distribution registry that checks every scope."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from contextlib import nullcontext
from threading import Barrier, Thread
from urllib.parse import parse_qs, urlsplit

import pytest

from publisher.errors import AccessDenied, PublisherError, RegistryUnreachable, UsageError
from publisher.oci.descriptor import Descriptor
from publisher.oci.digest import Digest
from publisher.ports.registry import Placement
from publisher.registry import transport
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret, login_hint
from tests.contract.registries import (
    LAYER,
    TokenRegistry,
    closed,
    push_blob,
    push_image,
    repository,
    running_token_registry,
)
from tests.fakes.http_server import HttpServer, Said, Seen


@pytest.fixture
def token_registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TokenRegistry]:
    with running_token_registry(tmp_path_factory.mktemp("token")) as running:
        yield running


def test_each_token_has_exactly_the_scopes_of_its_requests(token_registry: TokenRegistry) -> None:
    client, source, name = token_registry.client(), repository(), repository()
    blob = push_blob(client, source, uuid.uuid4().bytes)
    assert client.place_blob(name, blob, closed, source) is Placement.MOUNTED
    push_blob(client, source, b"again, with the tokens that are there")
    assert token_registry.realm.asked == [
        {f"repository:{source}:pull"},
        {f"repository:{source}:pull,push"},
        {f"repository:{name}:pull,push", f"repository:{source}:pull"},
    ]


def test_a_first_token_may_be_gone_at_once_and_is_replaced_once(token_registry: TokenRegistry) -> None:
    realm = token_registry.realm
    realm.lifetime, realm.said = -1, 300  # dead on arrival, although the realm says otherwise
    client, name = token_registry.client(), repository()
    with pytest.raises(AccessDenied):
        client.tags(name)
    assert len(realm.asked) == 2
    realm.lifetime = 300
    assert client.tags(name) == ()
    assert len(realm.asked) == 3


def test_a_token_is_replaced_before_it_ends(token_registry: TokenRegistry) -> None:
    token_registry.realm.lifetime, token_registry.realm.said = 300, 0.001  # type: ignore[assignment]
    client, name = token_registry.client(), repository()
    push_image(client, name, "1.0")
    assert client.tags(name) == ("1.0",)
    assert len(token_registry.realm.asked) > 3


def test_without_credentials_access_is_denied_and_the_variables_are_named(
    token_registry: TokenRegistry,
) -> None:
    hint = login_hint(token_registry.host, "HUB_USER", "HUB_TOKEN")
    client = token_registry.client(credentials=None, login_hint=hint)
    with pytest.raises(AccessDenied) as denied:
        client.tags(repository())
    assert "HUB_USER" in denied.value.hint
    assert "HUB_TOKEN" in denied.value.hint
    assert denied.value.where == token_registry.host


def test_a_reader_without_a_name_may_read_but_not_write(token_registry: TokenRegistry) -> None:
    token_registry.realm.pull_anonymously = True
    name = repository()
    push_image(token_registry.client(), name, "1.0")
    nobody = token_registry.client(credentials=None)
    assert nobody.tags(name) == ("1.0",)
    with pytest.raises(AccessDenied):
        push_blob(nobody, name, b"not allowed")


def test_a_wrong_password_is_denied_and_not_shown(token_registry: TokenRegistry) -> None:
    client = token_registry.client(credentials=Credentials("robot", Secret("wrong-password")))
    with pytest.raises(PublisherError) as denied:
        client.ping()
    assert isinstance(denied.value, AccessDenied)
    assert "wrong-password" not in str(denied.value)


def test_a_ping_with_credentials_passes(token_registry: TokenRegistry) -> None:
    token_registry.client().ping()


def test_two_clients_share_nothing(token_registry: TokenRegistry) -> None:
    name = repository()
    push_image(token_registry.client(), name, "1.0")
    stranger = RegistryClient(token_registry.host)
    with pytest.raises(AccessDenied):
        stranger.head_manifest(name, "1.0")


class ForgetfulRegistry:
    """Takes the newest token only; a new one is the newest as soon as an upload has begun."""

    def __init__(self) -> None:
        self.valid, self.given, self.url = 1, 0, ""

    def respond(self, seen: Seen) -> Said:
        """Answer as realm and as registry."""
        if seen.path.startswith("/token"):
            self.given += 1
            return Said(200, {}, json.dumps({"token": f"t{self.given}", "expires_in": 300}).encode())
        if seen.headers.get("authorization") != f"Bearer t{self.valid}":
            return Said(401, {"WWW-Authenticate": f'Bearer realm="{self.url}/token",service="r"'})
        if seen.method == "POST":
            self.valid += 1
            return Said(202, {"Location": "/upload?state=1"})
        return Said(201)


def test_a_token_that_ends_between_the_begin_of_an_upload_and_its_bytes_is_replaced_once() -> None:
    registry, content = ForgetfulRegistry(), b"the whole blob"
    blob = Descriptor(LAYER, Digest.of(content), len(content))
    with HttpServer(registry.respond).running() as server:
        registry.url = server.url
        RegistryClient(server.host).put_blob("a/b", blob, lambda: nullcontext(iter([content])))
    asked = [
        (seen.method, seen.headers.get("authorization")) for seen in server.seen if "token" not in seen.path
    ]
    assert asked == [
        ("POST", None), ("POST", "Bearer t1"), ("PUT", "Bearer t1"), ("PUT", "Bearer t2"),
    ]  # fmt: skip
    assert [seen.body for seen in server.seen if seen.method == "PUT"] == [content, content]
    scopes = [parse_qs(urlsplit(seen.path).query)["scope"] for seen in server.seen if "token" in seen.path]
    assert scopes == [["repository:a/b:pull,push"]] * 2


def test_a_token_that_is_refused_at_once_is_not_asked_for_again_and_again() -> None:
    registry = ForgetfulRegistry()
    registry.valid = 99
    with HttpServer(registry.respond).running() as server:
        registry.url = server.url
        with pytest.raises(AccessDenied):
            RegistryClient(server.host).tags("a/b")
    assert registry.given == 2


def test_a_storm_of_threads_asks_the_realm_once(token_registry: TokenRegistry) -> None:
    client, name, start = token_registry.client(), repository(), Barrier(8)
    push_image(client, name, "1.0")
    fresh = token_registry.client()
    fresh.ping()  # now the registry's challenge is known
    asked = len(token_registry.realm.asked)

    def look() -> None:
        start.wait()
        fresh.head_manifest(name, "1.0")

    threads = [Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert token_registry.realm.asked[asked:] == [{f"repository:{name}:pull"}]


def test_an_identity_token_serves_like_a_password(token_registry: TokenRegistry) -> None:
    token_registry.realm.identity_token = "long-lived"
    login = Credentials("<token>", Secret("long-lived"), is_identity_token=True)
    client, name = token_registry.client(credentials=login), repository()
    push_image(client, name, "1.0")
    assert client.tags(name) == ("1.0",)


def test_each_prefix_of_a_host_has_its_own_login(token_registry: TokenRegistry) -> None:
    right = Credentials(token_registry.realm.username, Secret(token_registry.realm.password))
    wrong = Credentials("robot", Secret("wrong-password"))
    client = token_registry.client(
        credentials=None, logins=lambda name: right if name.startswith("contract/") else wrong
    )
    push_image(client, repository(), "1.0")
    with pytest.raises(AccessDenied):
        client.tags(f"other/{uuid.uuid4().hex}")


def test_over_tls_the_realm_is_believed_with_the_registrys_own_authority(
    secure_token_registry: TokenRegistry,
) -> None:
    name = repository()
    push_image(secure_token_registry.client(), name, "1.0")
    assert secure_token_registry.client().tags(name) == ("1.0",)
    with pytest.raises(RegistryUnreachable, match="certificate"):
        secure_token_registry.client(own_ca_files=()).tags(name)


def test_a_credential_helper_that_fails_keeps_no_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(_: str) -> Credentials | None:
        raise UsageError("the credential helper failed")

    monkeypatch.setattr(transport, "CONNECTIONS", 2)
    monkeypatch.setattr(transport, "POOL_WAIT", 0.2)
    with HttpServer(lambda _: Said(401, {"WWW-Authenticate": "Basic realm=r"})).running() as server:
        client = RegistryClient(server.host, logins=fails)
        for _ in range(4):
            with pytest.raises(UsageError, match="helper"):
                client.ping()
