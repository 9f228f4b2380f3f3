"""A registry behind a proxy, by the variables that every program knows."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest

from publisher.errors import RegistryUnreachable
from publisher.registry.client import RegistryClient
from publisher.registry.proxies import Proxies, proxies_from
from tests.contract.registries import TokenRegistry, push_image, repository
from tests.fakes.authority import serving, write_authority
from tests.fakes.connect_proxy import ConnectProxy
from tests.fakes.http_server import HttpServer, Said

FAR = "registry.test"
"""A name that only the proxy can resolve."""
LOGIN = "Basic " + base64.b64encode(b"me:s3cret").decode()


@pytest.fixture
def proxy() -> Iterator[ConnectProxy]:
    with ConnectProxy().running() as running:
        yield running


@pytest.fixture
def authority(tmp_path: Path) -> Path:
    return write_authority(tmp_path / "authority.pem", FAR)


@pytest.fixture
def server(authority: Path, proxy: ConnectProxy) -> Iterator[HttpServer]:
    with HttpServer(lambda _: Said(200), serving(authority)).running() as running:
        proxy.names[FAR] = _place(running.host)
        yield running


def through(proxy: ConnectProxy, login: str = "", **more: str) -> Proxies:
    return proxies_from({"https_proxy": f"http://{login}{proxy.host}", "HTTP_PROXY": proxy.host, **more})


def test_tls_goes_through_a_tunnel_that_ends_at_the_registry(
    proxy: ConnectProxy, server: HttpServer, authority: Path
) -> None:
    client = RegistryClient(FAR, ca_file=str(authority), proxies=through(proxy, "me:s3cret@"))
    proxy.authorization = LOGIN
    client.ping()
    client.ping()
    assert proxy.asked == [f"CONNECT {FAR}:443"]
    assert [seen.path for seen in server.seen] == ["/v2/", "/v2/"]
    assert not any("proxy-authorization" in seen.headers for seen in server.seen)
    assert not any("authorization" in headers for headers in proxy.headers)


def test_what_is_not_trusted_at_the_far_end_is_not_asked(proxy: ConnectProxy, server: HttpServer) -> None:
    with pytest.raises(RegistryUnreachable, match="certificate"):
        RegistryClient(FAR, proxies=through(proxy)).ping()
    assert server.seen == []


@pytest.mark.parametrize("login", ["", "me:wr0ng@"])
def test_a_proxy_that_refuses_is_told_from_the_registry_and_its_password_not_shown(
    proxy: ConnectProxy, login: str
) -> None:
    proxy.authorization = LOGIN
    slept: list[float] = []
    with pytest.raises(RegistryUnreachable, match="407") as refused:
        RegistryClient(FAR, proxies=through(proxy, login), sleep=slept.append).ping()
    assert slept == []
    assert "HTTPS_PROXY" in refused.value.hint
    assert "wr0ng" not in str(refused.value)


def test_a_dead_proxy_is_an_unreachable_registry() -> None:
    proxies = proxies_from({"https_proxy": "http://me:s3cret@127.0.0.1:1"})
    with pytest.raises(RegistryUnreachable, match="refused") as failed:
        RegistryClient(FAR, proxies=proxies, sleep=lambda _: None).ping()
    assert "s3cret" not in str(failed.value)


def test_plain_http_is_passed_on(proxy: ConnectProxy) -> None:
    with HttpServer(
        lambda _: Said(200, {"Docker-Distribution-Api-Version": "registry/2.0"})
    ).running() as server:
        proxy.names[FAR] = _place(server.host)
        proxy.authorization = LOGIN
        proxies = proxies_from({"http_proxy": f"http://me:s3cret@{proxy.host}"})
        RegistryClient(FAR, plain_http=True, proxies=proxies).ping()
    assert proxy.asked == [f"GET http://{FAR}/v2/"]
    assert [seen.headers["host"] for seen in server.seen] == [FAR]
    assert "proxy-authorization" not in server.seen[0].headers


def test_loopback_and_exceptions_are_reached_directly(
    proxy: ConnectProxy, server: HttpServer, authority: Path, secure_token_registry: TokenRegistry
) -> None:
    client = secure_token_registry.client(proxies=through(proxy))
    push_image(client, repository(), "1.0")
    assert proxy.asked == []
    with pytest.raises(RegistryUnreachable):  # nobody here knows the name
        RegistryClient(
            FAR, ca_file=str(authority), proxies=through(proxy, NO_PROXY="test"), sleep=lambda _: None
        ).ping()
    assert proxy.asked == []
    assert server.seen == []


def test_a_real_registry_and_its_realm_behind_a_proxy(
    proxy: ConnectProxy, secure_token_registry: TokenRegistry
) -> None:
    """The registry is reached by a name; the realm that it names is on loopback and reached directly."""
    proxy.names[FAR] = _place(secure_token_registry.host)
    client = RegistryClient(
        FAR, secure_token_registry.login, ca_file=str(secure_token_registry.authority), proxies=through(proxy)
    )
    name = repository()
    push_image(client, name, "1.0")
    assert client.tags(name) == ("1.0",)
    assert set(proxy.asked) == {f"CONNECT {FAR}:443"}


def _place(host: str) -> tuple[str, int]:
    name, _, port = host.partition(":")
    return name, int(port)
