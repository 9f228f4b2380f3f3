"""One client a host, with the credentials that its settings name."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.cli.registries import Registries, login_directory
from publisher.errors import UsageError

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
