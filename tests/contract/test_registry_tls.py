"""A registry over TLS with a private authority."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import RegistryError, RegistryUnreachable, UsageError
from publisher.oci.reference import Repository
from publisher.registry.artifacts import OrasArtifacts
from publisher.registry.client import RegistryClient
from tests.fakes.authority import serving, write_authority
from tests.fakes.http_server import HttpServer, Said


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return write_authority(tmp_path / "authority.pem")


@pytest.fixture
def server(authority: Path) -> Iterator[HttpServer]:
    answers = {"HEAD": Said(404), "POST": Said(202, {"Location": "/up"}), "PUT": Said(201), "GET": Said(200)}
    with HttpServer(lambda seen: answers[seen.method], serving(authority)).running() as running:
        yield running


def test_a_known_authority_is_trusted(server: HttpServer, authority: Path) -> None:
    RegistryClient(server.host, plain_http=False, ca_file=str(authority)).ping()
    store = OrasArtifacts(lambda _: None, plain_http=False, ca_file=str(authority))
    store.push(Repository(f"{server.host}/records"), "r-1", "application/vnd.test", b"content", {})
    assert [seen.method for seen in server.seen] == [
        "GET",
        "HEAD",
        "POST",
        "PUT",
        "HEAD",
        "POST",
        "PUT",
        "PUT",
    ]


def test_an_unknown_authority_is_not_and_is_not_asked_again(server: HttpServer) -> None:
    slept: list[float] = []
    with pytest.raises(RegistryUnreachable, match="certificate"):
        RegistryClient(server.host, plain_http=False, sleep=slept.append).ping()
    store = OrasArtifacts(lambda _: None, plain_http=False, sleep=slept.append)
    with pytest.raises(RegistryUnreachable, match="certificate"):
        store.push(Repository(f"{server.host}/records"), "r-1", "application/vnd.test", b"content", {})
    assert slept == []
    assert server.seen == []


def test_https_never_leads_to_plain_http(server: HttpServer, authority: Path) -> None:
    server.respond = lambda _: Said(307, {"Location": f"http://{server.host}/blob"})
    with pytest.raises(RegistryError, match="plain HTTP"):
        RegistryClient(server.host, plain_http=False, ca_file=str(authority)).ping()


def test_an_authority_of_ones_own_is_believed_beside_the_others(
    server: HttpServer, authority: Path, tmp_path: Path
) -> None:
    other = write_authority(tmp_path / "other.pem")
    for ca_file in (None, str(other)):
        RegistryClient(
            server.host, plain_http=False, ca_file=ca_file, own_ca_files=(str(other), str(authority))
        ).ping()
    with pytest.raises(RegistryUnreachable, match="ca_file"):
        RegistryClient(server.host, plain_http=False, ca_file=str(authority.with_name("other.pem"))).ping()


def test_certificates_that_cannot_be_read_are_a_usage_error(server: HttpServer, tmp_path: Path) -> None:
    (tmp_path / "text.pem").write_text("no certificate")
    for name in ("text.pem", "none.pem"):
        for settings in ({"ca_file": str(tmp_path / name)}, {"own_ca_files": (str(tmp_path / name),)}):
            with pytest.raises(UsageError, match=name):
                RegistryClient(server.host, plain_http=False, **settings).ping()
    assert server.seen == []


def test_a_connection_is_used_again(server: HttpServer, authority: Path) -> None:
    client = RegistryClient(server.host, plain_http=False, ca_file=str(authority))
    for _ in range(5):
        client.ping()
    assert len({seen.peer for seen in server.seen}) == 1
