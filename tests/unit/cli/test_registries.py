"""One client a host, with the credentials that its settings name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.cli.registries import MOST, Registries, login_directory
from publisher.errors import UsageError
from publisher.registry.engine.engine import WIDTH

SETTINGS = Settings(
    "https://github.com/example/images",
    staging="ghcr.io/us/staging",
    staging_username_env="STAGING_USER",
    staging_password_env="STAGING_TOKEN",
    registries={
        "hub": RegistrySettings("hub", "docker.io/us", "HUB_USER", "HUB_TOKEN", requests_per_minute=300),
        "open": RegistrySettings("open", "quay.io/us"),
    },
)
ENVIRONMENT = {
    "HUB_USER": "h", "HUB_TOKEN": "hub-secret", "STAGING_USER": "s", "STAGING_TOKEN": "staging-secret",
    "DOCKER_CONFIG": "/nowhere",
}  # fmt: skip


def test_a_host_has_one_client() -> None:
    registries = Registries(SETTINGS, ENVIRONMENT)
    assert registries.of("docker.io") is registries.of("docker.io")
    assert registries.of("docker.io") is not registries.of("quay.io")


@pytest.mark.parametrize(
    ("host", "username"), [("docker.io", "h"), ("ghcr.io", "s"), ("quay.io", None), ("other.test", None)]
)
def test_each_host_has_its_own_credentials(host: str, username: str | None) -> None:
    found = Registries(SETTINGS, ENVIRONMENT).credentials(host)
    assert (found.username if found else None) == username


def test_half_of_the_credentials_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="HUB_TOKEN"):
        Registries(SETTINGS, {"HUB_USER": "h", "DOCKER_CONFIG": "/nowhere"}).credentials("docker.io")


def test_programs_get_a_configuration_that_is_gone_afterwards() -> None:
    with login_directory(SETTINGS, ENVIRONMENT) as folder:
        assert folder is not None
        document = json.loads((folder / "config.json").read_text())
        assert document["auths"].keys() == {"https://index.docker.io/v1/", "ghcr.io"}
    assert not folder.exists()


def test_without_credentials_programs_use_the_users_own_configuration(tmp_path: Path) -> None:
    with login_directory(SETTINGS, {"DOCKER_CONFIG": str(tmp_path)}) as folder:
        assert folder is None
    (tmp_path / "config.json").write_text("{}")
    with login_directory(SETTINGS, {"DOCKER_CONFIG": str(tmp_path)}) as folder:
        assert folder == tmp_path


TWO_ACCOUNTS = Settings(
    "https://github.com/example/images",
    staging="quay.io/us/staging",
    staging_username_env="STAGING_USER",
    staging_password_env="STAGING_TOKEN",
    registries={
        "ours": RegistrySettings("ours", "quay.io/us", "HUB_USER", "HUB_TOKEN"),
        "open": RegistrySettings("open", "quay.io/open"),
    },
)


@pytest.mark.parametrize(
    ("repository", "username"),
    [
        ("us/staging/builds", "s"),
        ("us/staging", "s"),
        ("us/stagings", "h"),
        ("us/cann", "h"),
        ("open/cann", "s"),
        ("", "s"),
    ],
)
def test_two_accounts_at_one_host_serve_their_own_repositories(repository: str, username: str) -> None:
    found = Registries(TWO_ACCOUNTS, ENVIRONMENT).logins("quay.io")(repository)
    assert found
    assert found.username == username


def test_docker_knows_more_of_a_repository_than_the_variables_of_another(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text('{"auths": {"quay.io": {"username": "d", "password": "x"}}}')
    logins = Registries(TWO_ACCOUNTS, ENVIRONMENT | {"DOCKER_CONFIG": str(tmp_path)}).logins("quay.io")
    found = {name: logins(name) for name in ("us/cann", "open/cann", "")}
    assert {name: login and login.username for name, login in found.items()} == {
        "us/cann": "h", "open/cann": "d", "": "s",
    }  # fmt: skip


def test_the_hint_names_the_variables_of_every_account() -> None:
    hint = (
        Registries(TWO_ACCOUNTS, ENVIRONMENT)
        .session("quay.io")
        .asked("GET", "https://quay.io/v2/")
        .login_hint
    )
    assert all(name in hint for name in ("STAGING_USER", "STAGING_TOKEN", "HUB_USER", "HUB_TOKEN"))


def test_half_a_login_is_an_error_before_anything_is_asked() -> None:
    with pytest.raises(UsageError, match="HUB_TOKEN"):
        Registries(SETTINGS, {"HUB_USER": "h", "DOCKER_CONFIG": "/nowhere"}).of("docker.io")


def of_one(**fields: Any) -> Settings:
    return Settings("https://github.com/x/y", staging="ghcr.io/x",
                    registries={"one": RegistrySettings("one", "quay.io/us", **fields)})  # fmt: skip


def test_the_least_concurrency_of_a_host_counts_within_bounds() -> None:
    widths = [Registries(of_one(concurrency=n), ENVIRONMENT).width("quay.io") for n in (None, 3, 10**9)]
    assert widths == [WIDTH, 3, MOST]


@pytest.mark.parametrize("path", ["../ca.pem", "link/ca.pem", "/etc/ssl/cert.pem"])
def test_certificates_come_from_the_repository(tmp_path: Path, path: str) -> None:
    (tmp_path / "repository").mkdir()
    (tmp_path / "repository" / "link").symlink_to(tmp_path)
    (tmp_path / "ca.pem").write_text("x")
    registries = Registries(of_one(ca_file=path), ENVIRONMENT, top=tmp_path / "repository")
    with pytest.raises(UsageError, match="ca_file is not a file of this repository"):
        registries.of("quay.io")


def test_a_proxy_that_is_none_is_a_usage_error() -> None:
    with pytest.raises(UsageError, match="HTTPS_PROXY"):
        Registries(SETTINGS, ENVIRONMENT | {"HTTPS_PROXY": "socks5://proxy"})


def test_artifacts_share_the_session_of_the_client() -> None:
    registries = Registries(SETTINGS, ENVIRONMENT)
    assert registries.session("quay.io") is registries.of("quay.io").session
