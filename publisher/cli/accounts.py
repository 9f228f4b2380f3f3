"""Which variables hold the login of which repositories, as the settings name them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from publisher.catalog.settings import RegistrySettings, Settings
from publisher.oci.reference import Repository
from publisher.registry.credentials import Credentials, from_environment
from publisher.registry.docker_logins import DockerLogins

_ANY = "any"


@dataclass(frozen=True, slots=True)
class Account:
    """Variables for the repositories of a host that are below `path`; `""` is all of them."""

    path: str
    username_env: str | None
    password_env: str | None

    def covers(self, repository: str) -> bool:
        """Tell whether it is named for a repository."""
        return not self.path or repository == self.path or repository.startswith(f"{self.path}/")

    def login(self, environment: Mapping[str, str]) -> Credentials | None:
        """Read the variables; None when they are not set.

        Raises:
            UsageError: one of them is set and the other is not.
        """
        return from_environment(environment, self.username_env, self.password_env)


@dataclass(frozen=True, slots=True)
class HostLogins:
    """Who we are at one host: `publisher.registry.credentials.Logins`.

    A repository gets the login that is named for the longest prefix of it, else what docker's
    configuration says, else whatever is named for the host: two destinations at one host often
    share an account that is named once.
    """

    host: str
    accounts: tuple[Account, ...]
    environment: Mapping[str, str]
    docker: DockerLogins

    def __call__(self, repository: str) -> Credentials | None:
        """Give the login of a repository; `""` is the host as such.

        Raises:
            UsageError, MissingTool, RegistryError: see `Account` and `DockerLogins`.
        """
        own = [account for account in self.accounts if account.covers(repository)]
        for account in sorted(own, key=lambda one: len(one.path), reverse=True):
            if found := account.login(self.environment):
                return found
        first = self.named()
        return (None if repository else first) or self.docker.of(self.host, repository) or first

    def named(self) -> Credentials | None:
        """Give the first login that variables hold.

        Raises:
            UsageError: a name without a password, or the other way round, anywhere at this host.
        """
        found = [account.login(self.environment) for account in self.accounts]
        return next(filter(None, found), None)


def accounts_at(settings: Settings, host: str) -> tuple[Account, ...]:
    """Give the accounts that the settings name at a host, staging's first."""
    found = []
    if settings.staging_username_env and settings.staging_builds.host == host:
        path = settings.staging_builds.path.removesuffix("/builds")
        found.append(Account(path, settings.staging_username_env, settings.staging_password_env))
    for item in destinations_at(settings, host):
        if item.username_env:
            path = item.repository(_ANY).path.removesuffix(_ANY).removesuffix("/")
            found.append(Account(path, item.username_env, item.password_env))
    return tuple(dict.fromkeys(found))


def destinations_at(settings: Settings, host: str) -> tuple[RegistrySettings, ...]:
    """Give the destinations at a host."""
    return tuple(
        item for item in settings.registries.values() if Repository(f"{item.prefix}/{_ANY}").host == host
    )
