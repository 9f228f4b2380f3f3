"""Credentials and tokens, against a distribution registry that checks every scope."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest

from publisher.errors import AccessDenied, PublisherError
from publisher.ports.registry import Placement
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, Secret, login_hint
from tests.contract.registries import (
    TokenRegistry,
    closed,
    push_blob,
    push_image,
    repository,
    running_token_registry,
)


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


def test_an_expired_token_is_replaced_once(token_registry: TokenRegistry) -> None:
    realm = token_registry.realm
    realm.lifetime, realm.said = -1, 300  # dead on arrival, although the realm says otherwise
    client, name = token_registry.client(), repository()
    with pytest.raises(AccessDenied):
        client.tags(name)
    assert len(realm.asked) == 1
    realm.lifetime = 300
    assert client.tags(name) == ()
    assert len(realm.asked) == 2


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
