from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.errors import Malformed, RegistryError
from publisher.registry.address import (
    Origin,
    base_url,
    checked_reference,
    follow,
    is_loopback,
    origin,
    path_of,
)


@pytest.mark.parametrize("host", ["127.0.0.1:5000", "127.8.9.1", "[::1]:5000", "localhost", "localhost:5000"])
def test_loopback_is_plain_http(host: str) -> None:
    assert is_loopback(host)
    assert base_url(host) == f"http://{host}"


@pytest.mark.parametrize(
    "host", ["quay.io", "128.0.0.1:5000", "localhost.example.org", "127.0.0.1.example.org"]
)
def test_anything_else_is_https(host: str) -> None:
    assert base_url(host) == f"https://{host}"


def test_both_can_be_told() -> None:
    assert base_url("quay.io", plain_http=True) == "http://quay.io"
    assert base_url("localhost:5000", plain_http=False) == "https://localhost:5000"


def test_docker_hub_answers_at_another_host() -> None:
    assert base_url("docker.io") == "https://registry-1.docker.io"
    assert path_of("docker.io", "ubuntu") == "library/ubuntu"
    assert path_of("quay.io", "ubuntu") == "ubuntu"


@pytest.mark.parametrize(
    "host", ["", "hub", "quay.io/x", "user@quay.io", "quay.io:x", "-quay.io", "quay.io "]
)
def test_what_is_no_host_is_refused(host: str) -> None:
    with pytest.raises(Malformed):
        base_url(host)


def test_the_port_is_part_of_the_origin() -> None:
    assert origin("https://QUAY.io/v2/") == origin("https://quay.io:443/x") == Origin("https", "quay.io", 443)
    assert origin("http://quay.io") != origin("https://quay.io")
    assert origin("http://quay.io:5000") != origin("http://quay.io:5001")


@pytest.mark.parametrize(
    ("location", "target"),
    [
        ("/v2/up?x=1", "https://quay.io/v2/up?x=1"),
        ("up", "https://quay.io/v2/up"),
        ("https://cdn.example.org/a", "https://cdn.example.org/a"),
        ("//cdn.example.org/a", "https://cdn.example.org/a"),
    ],
)
def test_following(location: str, target: str) -> None:
    assert follow("https://quay.io/v2/", location) == target


@pytest.mark.parametrize(
    "location", ["", "http://quay.io/", "file:///etc/passwd", "https://a:b@quay.io/", "https://[x"]
)
def test_not_followed(location: str) -> None:
    with pytest.raises(RegistryError):
        follow("https://quay.io/v2/", location)


@pytest.mark.parametrize("host", ["ho st", "intern HTTP/1.1", "ex\u00e4mple", "a\x7f", "u@h", ""])
def test_an_origin_has_a_plain_host(host: str) -> None:
    with pytest.raises(RegistryError):
        origin(f"http://{host}/v2/")


@given(st.text(max_size=200))
def test_a_location_of_any_text_is_followed_over_https_or_refused(location: str) -> None:
    try:
        target = follow("https://quay.io/v2/", location)
    except RegistryError:
        return
    assert origin(target).scheme == "https"


@given(st.text(max_size=40))
def test_a_reference_never_has_a_slash_or_a_query(text: str) -> None:
    try:
        reference = checked_reference(text)
    except Malformed:
        return
    assert not set("/?#%") & set(reference)
