from __future__ import annotations

import pytest

from publisher.errors import UsageError
from publisher.registry.address import Origin
from publisher.registry.proxies import proxies_from

PROXY = "http://proxy.lan:3128"


def goes_through(environment: dict[str, str], host: str, port: int = 443, scheme: str = "https") -> bool:
    return proxies_from(environment).to(Origin(scheme, host, port)) is not None


@pytest.mark.parametrize(
    ("no_proxy", "host", "port", "is_proxied"),
    [
        ("", "quay.io", 443, True),
        ("*", "quay.io", 443, False),
        ("quay.io", "quay.io", 443, False),
        ("quay.io", "cdn.quay.io", 443, False),
        ("quay.io", "xquay.io", 443, True),
        (".quay.io", "cdn.quay.io", 443, False),
        (".quay.io", "quay.io", 443, True),
        ("*.quay.io", "cdn.quay.io", 443, False),
        ("quay.io:443", "quay.io", 443, False),
        ("quay.io:8443", "quay.io", 443, True),
        (" a.b , QUAY.io ,, ", "quay.io", 443, False),
        ("10.0.0.0/8", "10.1.2.3", 443, False),
        ("10.0.0.0/8", "11.1.2.3", 443, True),
        ("10.0.0.0/8", "quay.io", 443, True),
        ("10.1.2.3", "10.1.2.3", 443, False),
        ("10.1.2.3:5000", "10.1.2.3", 5000, False),
        ("fd00::/8", "fd00::1", 443, False),
        ("[fd00::1]:5000", "fd00::1", 5000, False),
        ("fd00::1", "fd00::1", 443, False),
        ("not/a/network", "quay.io", 443, True),
    ],
)
def test_exceptions(no_proxy: str, host: str, port: int, *, is_proxied: bool) -> None:
    assert goes_through({"HTTPS_PROXY": PROXY, "NO_PROXY": no_proxy}, host, port) == is_proxied


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.9.9.9", "::1"])
def test_this_machine_is_never_reached_through_a_proxy(host: str) -> None:
    assert not goes_through({"HTTPS_PROXY": PROXY}, host)


def test_each_scheme_has_its_own_proxy_and_the_lower_case_counts() -> None:
    environment = {"HTTPS_PROXY": "http://upper:1", "https_proxy": "http://lower:2", "HTTP_PROXY": "plain:3"}
    proxies = proxies_from(environment)
    secure, plain = proxies.to(Origin("https", "quay.io", 443)), proxies.to(Origin("http", "quay.io", 80))
    assert secure
    assert plain
    assert (secure.origin, plain.origin) == (Origin("http", "lower", 2), Origin("http", "plain", 3))
    assert proxies_from({}).to(Origin("https", "quay.io", 443)) is None


def test_an_empty_variable_is_none() -> None:
    assert goes_through({"https_proxy": "", "HTTPS_PROXY": PROXY}, "quay.io")
    assert not goes_through({"https_proxy": ""}, "quay.io")


def test_the_login_of_a_proxy_goes_to_it_and_is_not_shown() -> None:
    proxy = proxies_from({"https_proxy": "http://me:w%40rd@proxy.lan:3128"}).to(
        Origin("https", "quay.io", 443)
    )
    assert proxy
    assert proxy.headers["Proxy-Authorization"] == "Basic bWU6d0ByZA=="
    assert "bWU6" not in repr(proxy)
    assert "w@rd" not in repr(proxy)


@pytest.mark.parametrize(
    "text",
    ["socks5://me:s3cret@proxy:1080", "http://me:s3cret@", "http://me:s3cret@[x", "http://me:s3cret@h:port"],
)
def test_what_is_no_http_proxy_is_refused_without_its_password(text: str) -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY") as refused:
        proxies_from({"HTTPS_PROXY": text})
    assert "s3cret" not in str(refused.value)
    assert refused.value.__cause__ is None
