from __future__ import annotations

import pytest

from publisher import codec
from publisher.errors import UsageError
from publisher.registry.credentials import Credentials, Secret, always, from_environment, login_hint


def test_a_secret_is_never_shown() -> None:
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {Credentials('robot', secret)}"
    assert secret.reveal() == "s3cret"
    with pytest.raises(TypeError):
        codec.canonical([secret])


def test_named_variables_hold_a_login() -> None:
    found = from_environment({"U": "me", "P": "mine"}, "U", "P")
    assert found == Credentials("me", Secret("mine"), "U, P")


@pytest.mark.parametrize(("username_env", "password_env"), [("U", "P"), (None, None), ("U", None)])
def test_variables_that_are_not_set_or_not_named_hold_none(
    username_env: str | None, password_env: str | None
) -> None:
    assert from_environment({"U": "", "OTHER": "x"}, username_env, password_env) is None


@pytest.mark.parametrize(("only", "named"), [("U", ("U", "P")), ("P", ("U", "P")), ("U", ("U", None))])
def test_half_a_login_is_an_error(only: str, named: tuple[str, str | None]) -> None:
    with pytest.raises(UsageError, match=r"is not|is no login") as failed:
        from_environment({only: "s3cret"}, *named)
    assert "s3cret" not in str(failed.value)


def test_one_login_may_serve_everywhere() -> None:
    login = Credentials("robot", Secret("word"))
    assert [always(login)(name) for name in ("", "a/b")] == [login, login]
    assert always(None)("a/b") is None


def test_the_hint_names_the_variables() -> None:
    assert "HUB_USER and HUB_TOKEN" in login_hint("docker.io", "HUB_USER", "HUB_TOKEN")
    assert "docker login quay.io" in login_hint("quay.io")
