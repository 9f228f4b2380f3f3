from __future__ import annotations

import base64
import json
from pathlib import Path

import pytest

from publisher import codec
from publisher.errors import UsageError
from publisher.registry.credentials import Credentials, Secret, find_credentials, login_hint

AUTH = base64.b64encode(b"robot:pass:word").decode()


def configuration(folder: Path, auths: object) -> dict[str, str]:
    (folder / "config.json").write_text(json.dumps({"auths": auths}))
    return {"DOCKER_CONFIG": str(folder)}


def test_a_secret_is_never_shown() -> None:
    secret = Secret("s3cret")
    assert "s3cret" not in f"{secret} {secret!r} {Credentials('robot', secret)}"
    assert secret.reveal() == "s3cret"
    with pytest.raises(TypeError):
        codec.canonical([secret])


def test_named_variables_come_first(tmp_path: Path) -> None:
    environment = configuration(tmp_path, {"quay.io": {"auth": AUTH}}) | {"U": "me", "P": "mine"}
    found = find_credentials("quay.io", environment, username_env="U", password_env="P")
    assert found == Credentials("me", Secret("mine"), "U, P")


def test_variables_that_are_not_set_leave_it_to_docker(tmp_path: Path) -> None:
    environment = configuration(tmp_path, {"quay.io": {"auth": AUTH}})
    found = find_credentials("quay.io", environment, username_env="U", password_env="P")
    assert found
    assert (found.username, found.password.reveal()) == ("robot", "pass:word")


@pytest.mark.parametrize("only", ["U", "P"])
def test_half_a_login_is_an_error(only: str) -> None:
    with pytest.raises(UsageError, match="is not"):
        find_credentials(
            "quay.io", {only: "x", "DOCKER_CONFIG": "/nowhere"}, username_env="U", password_env="P"
        )


@pytest.mark.parametrize("key", ["docker.io", "https://index.docker.io/v1/", "index.docker.io"])
def test_docker_hub_has_several_names(tmp_path: Path, key: str) -> None:
    assert find_credentials("docker.io", configuration(tmp_path, {key: {"auth": AUTH}}))


def test_other_hosts_get_nothing(tmp_path: Path) -> None:
    environment = configuration(tmp_path, {"quay.io": {"auth": AUTH}})
    assert find_credentials("quay.io:8443", environment) is None
    assert find_credentials("docker.io", environment) is None


@pytest.mark.parametrize("entry", [{}, {"auth": ""}, {"auth": base64.b64encode(b"robot").decode()}, [], "x"])
def test_an_entry_without_a_login_is_none(tmp_path: Path, entry: object) -> None:
    assert find_credentials("quay.io", configuration(tmp_path, {"quay.io": entry})) is None


def test_a_login_in_plain_fields(tmp_path: Path) -> None:
    entry = {"username": "robot", "password": "word"}
    assert find_credentials("quay.io", configuration(tmp_path, {"quay.io": entry}))


def test_no_configuration_is_no_login(tmp_path: Path) -> None:
    assert find_credentials("quay.io", {"HOME": str(tmp_path)}) is None


@pytest.mark.parametrize(
    "text", ["{", '{"auths": {"quay.io": {"auth": "%%%"}}}', '{"auths": {"quay.io": {"auth": "/w=="}}}']
)
def test_a_broken_configuration_is_a_usage_error(tmp_path: Path, text: str) -> None:
    (tmp_path / "config.json").write_text(text)
    with pytest.raises(UsageError):
        find_credentials("quay.io", {"DOCKER_CONFIG": str(tmp_path)})


def test_the_hint_names_the_variables() -> None:
    assert "HUB_USER and HUB_TOKEN" in login_hint("docker.io", "HUB_USER", "HUB_TOKEN")
    assert "docker login quay.io" in login_hint("quay.io")
