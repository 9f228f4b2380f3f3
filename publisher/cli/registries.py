"""Registries as the settings name them: one client a host, and credentials for the programs that we call."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from threading import Lock

from publisher.catalog.settings import Settings
from publisher.cli.accounts import HostLogins, accounts_at, destinations_at
from publisher.errors import UsageError
from publisher.ports.progress import Progress
from publisher.registry.client import RegistryClient
from publisher.registry.credentials import Credentials, docker_config, login_hint
from publisher.registry.docker_config import write_docker_config
from publisher.registry.docker_logins import DockerLogins
from publisher.registry.engine.engine import WIDTH
from publisher.registry.proxies import proxies_from
from publisher.registry.retry import RetryPolicy
from publisher.registry.session import Session
from publisher.tools.credential_helper import CredentialHelpers
from publisher.tools.process import Runner

MOST = 32
"""Things that a host may be asked at a time, whatever its settings say: each may need two connections."""


class Registries:
    """One client a host, made when it is first asked for; shared by threads.

    `top` is the repository's folder, which `ca_file` is relative to.  `runner` runs credential
    helpers.  `on_throttled` hears of the hosts that answer 429, from any thread.
    """

    def __init__(  # noqa: PLR0913 - each is one independent setting
        self,
        settings: Settings,
        environment: Mapping[str, str],
        *,
        top: Path | None = None,
        runner: Runner | None = None,
        progress: Progress | None = None,
        timeout: float = 30.0,
        retry: RetryPolicy | None = None,
        on_throttled: Callable[[str], object] = lambda _: None,
    ) -> None:
        progress = progress or Progress()
        helpers = CredentialHelpers(runner or Runner(progress, environment))
        self._settings = settings
        self._environment = environment
        self._top = top
        self._timeout = timeout
        self._retry = retry
        self._on_throttled = on_throttled
        self._docker = DockerLogins(docker_config(environment), helpers.get, progress.warning)
        self._proxies = proxies_from(environment)
        self._lock = Lock()
        self._clients: dict[str, RegistryClient] = {}

    def of(self, host: str) -> RegistryClient:
        """Give the client of a host.

        Raises:
            UsageError: its variables, its `ca_file` or its name cannot be used.
        """
        with self._lock:
            if host not in self._clients:
                self._clients[host] = self._make(host)
            return self._clients[host]

    def session(self, host: str) -> Session:
        """Give what sends the requests of that client."""
        return self.of(host).session

    def width(self, host: str) -> int:
        """Give how many things a host may be asked at a time."""
        named = [one.concurrency for one in destinations_at(self._settings, host) if one.concurrency]
        return min(*named, MOST) if named else WIDTH

    def credentials(self, host: str) -> Credentials | None:
        """Find the credentials of a host as such, in its settings' variables first."""
        return self.logins(host)("")

    def logins(self, host: str) -> HostLogins:
        """Give who we are in each repository of a host."""
        return HostLogins(host, accounts_at(self._settings, host), self._environment, self._docker)

    def _make(self, host: str) -> RegistryClient:
        destinations, logins = destinations_at(self._settings, host), self.logins(host)
        logins.named()  # half a login is an error now, and not only when it is asked for
        limits = [one.requests_per_minute for one in destinations if one.requests_per_minute]
        return RegistryClient(
            host,
            logins=logins,
            ca_file=self._environment.get("SSL_CERT_FILE") or None,
            own_ca_files=tuple(
                dict.fromkeys(self._inside(one.ca_file) for one in destinations if one.ca_file)
            ),
            proxies=self._proxies,
            timeout=self._timeout,
            requests_per_minute=min(limits, default=None),
            retry=self._retry,
            login_hint=_hint(logins),
            on_throttled=lambda: self._on_throttled(host),
        )

    def _inside(self, ca_file: str) -> str:
        """Give a file of the repository, which it must not lead out of."""
        if self._top is not None:
            top = self._top.resolve()
            path = (top / ca_file).resolve()
            if path.is_relative_to(top):
                return str(path)
        raise UsageError(
            "ca_file is not a file of this repository", where=ca_file, hint="give a path relative to it"
        )


def _hint(logins: HostLogins) -> str:
    accounts = logins.accounts
    if not accounts:
        return login_hint(logins.host)
    if len(accounts) == 1:
        return login_hint(logins.host, accounts[0].username_env, accounts[0].password_env)
    named = "; ".join(f"{one.username_env} and {one.password_env} for {one.path}" for one in accounts)
    return f"set the variables to an account that may do this at {logins.host}: {named}"


@contextmanager
def login_directory(settings: Settings, environment: Mapping[str, str]) -> Iterator[Path | None]:
    """Give the programs that we call the credentials that only the environment has."""
    hosts = {
        settings.staging_builds.host,
        *(item.repository("any").host for item in settings.registries.values()),
    }
    registries = Registries(settings, environment)
    named = {host: registries.logins(host).named() for host in sorted(hosts)}
    found = {host: login for host, login in named.items() if login is not None}
    user = docker_config(environment)
    if not found:
        yield user.parent if user.is_file() else None
        return
    with tempfile.TemporaryDirectory(prefix="publisher-login-") as folder:
        yield write_docker_config(Path(folder), user, found)
