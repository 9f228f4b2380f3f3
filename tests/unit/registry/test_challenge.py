from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from publisher.registry.challenge import Challenge, parse_challenge

REALM = (
    'Bearer realm="https://auth.example.org/token",service="reg",'
    'scope="repository:a/b:push,pull repository:c:pull"'
)


def test_a_bearer_challenge() -> None:
    challenge = parse_challenge(REALM)
    assert challenge
    assert challenge.parameters["realm"] == "https://auth.example.org/token"
    assert challenge.scopes == {"repository:a/b:pull,push", "repository:c:pull"}


@pytest.mark.parametrize("header", ['Basic realm="x"', 'basic realm="x", charset="UTF-8"', "Basic"])
def test_a_basic_challenge(header: str) -> None:
    challenge = parse_challenge(header)
    assert challenge
    assert challenge.scheme == "basic"


@pytest.mark.parametrize(
    "header", [f'Basic realm="x", {REALM}', f'{REALM}, Basic realm="x"', f"Negotiate, {REALM}"]
)
def test_bearer_wins(header: str) -> None:
    challenge = parse_challenge(header)
    assert challenge
    assert challenge.scheme == "bearer"
    assert challenge.parameters["service"] == "reg"


@pytest.mark.parametrize("header", [None, "", "Negotiate", "Bearerx realm=1", "Digest realm=x"])
def test_other_schemes_are_not_understood(header: str | None) -> None:
    assert parse_challenge(header) is None


def test_unquoted_parameters() -> None:
    assert parse_challenge("Bearer realm=https://x/t,error=invalid_token") == Challenge(
        "bearer", {"realm": "https://x/t", "error": "invalid_token"}
    )


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    parse_challenge(text)
    parse_challenge(f"Bearer {text}")


def test_a_long_header_is_read_in_linear_time() -> None:
    assert parse_challenge("Bearer " + 'a="' * 1_000_000)
