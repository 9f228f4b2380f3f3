"""Registries as the settings name them: one client a host, and credentials for the programs that we call."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.ports.registry import Registry
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, docker_config, find_credentials, login_hint
from publisher.registry.docker_config import write_docker_config


class Registries:
    """One client a host, made when it is first asked for."""

    def __init__(self, settings: Settings, environment: Mapping[str, str]) -> None:
        self._settings = settings
        self._environment = environment
        self._clients: dict[str, Registry] = {}

    def of(self, host: str) -> Registry:
        """Give the client of a host."""
        if host not in self._clients:
            self._clients.setdefault(host, self._make(host))
        return self._clients[host]

    def credentials(self, host: str) -> Credentials | None:
        """Find the credentials of a host, in its settings' variables first."""
        username, password = _variables(self._settings, host)
        return find_credentials(host, self._environment, username_env=username, password_env=password)

    def _make(self, host: str) -> Registry:
        limits = [item.requests_per_minute for item in _at(self._settings, host) if item.requests_per_minute]
        return RegistryClient(
            host,
            self.credentials(host),
            requests_per_minute=min(limits, default=None),
            ca_file=self._environment.get("SSL_CERT_FILE") or None,
            login_hint=login_hint(host, *_variables(self._settings, host)),
        )


def _at(settings: Settings, host: str) -> list[RegistrySettings]:
    return [item for item in settings.registries.values() if item.repository("any").host == host]


def _variables(settings: Settings, host: str) -> tuple[str | None, str | None]:
    if settings.staging_username_env and settings.staging_builds.host == host:
        return settings.staging_username_env, settings.staging_password_env
    for item in _at(settings, host):
        if item.username_env:
            return item.username_env, item.password_env
    return None, None


@contextmanager
def login_directory(settings: Settings, environment: Mapping[str, str]) -> Iterator[Path | None]:
    """Give the programs that we call the credentials that only the environment has."""
    hosts = {
        settings.staging_builds.host,
        *(item.repository("any").host for item in settings.registries.values()),
    }
    registries = Registries(settings, environment)
    named = {host: registries.credentials(host) for host in sorted(hosts) if _variables(settings, host)[0]}
    found = {host: login for host, login in named.items() if login is not None}
    user = docker_config(environment)
    if not found:
        yield user.parent if user.is_file() else None
        return
    with tempfile.TemporaryDirectory(prefix="publisher-login-") as folder:
        yield write_docker_config(Path(folder), user, found)
