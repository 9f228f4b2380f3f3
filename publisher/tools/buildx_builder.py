"""Makes sure that buildx knows the builder that the settings name."""

from __future__ import annotations

import hashlib
import socket
import threading
from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

from publisher.catalog.settings import BuilderSettings, Driver
from publisher.errors import BuilderUnavailable, MissingTool, UsageError
from publisher.oci.platform import Platform
from publisher.tools.process import Runner

_CREATE_TIMEOUT = 600.0
_CONNECT_TIMEOUT = 5.0
_DOCKER = (
    "DOCKER_CONFIG",
    "DOCKER_HOST",
    "DOCKER_CONTEXT",
    "DOCKER_TLS_VERIFY",
    "DOCKER_CERT_PATH",
    "DOCKER_AUTH_CONFIG",
)
"""How the docker client finds its engine and credentials; passed on explicitly."""
_DRIVER_OPTIONS: Mapping[Driver, tuple[str, ...]] = {
    # RUN steps reach the network as on the machine itself, also where there is no bridge.
    Driver.DOCKER_CONTAINER: ("network=host",),
}


class BuilderInstance:
    """One builder of buildx, created under a name of ours unless it exists already."""

    def __init__(
        self,
        settings: BuilderSettings,
        platform: Platform,
        runner: Runner,
        state: Path,
        docker_config: Path | None,
    ) -> None:
        self._settings = settings
        self._platform = platform
        self._runner = runner
        self._config = state / "buildx"
        self._docker_config = docker_config
        self._lock = threading.Lock()
        self._is_ready = False

    @property
    def program(self) -> list[str]:
        """Give the beginning of the command line: buildx by itself, or as docker's plugin."""
        as_plugin = not self._runner.which("buildx") and self._runner.which("docker")
        return ["docker", "buildx"] if as_plugin else ["buildx"]

    @property
    def environment(self) -> Mapping[str, str]:
        """Give the variables that lead buildx to its builders and credentials.

        Only for an existing builder are buildx's files the user's own.
        """
        env = self._runner.picked(*_DOCKER, "KUBECONFIG")
        existing = self._settings.driver is Driver.EXISTING
        env["BUILDX_CONFIG"] = self._users_config() if existing else str(self._config)
        if self._docker_config:
            env["DOCKER_CONFIG"] = str(self._docker_config)
        return env

    def _users_config(self) -> str:
        """Find buildx's own directory, which it would else look for beside *our* credentials."""
        known = self._runner.environment
        docker = known.get("DOCKER_CONFIG") or str(Path(known.get("HOME", "/"), ".docker"))
        return known.get("BUILDX_CONFIG") or str(Path(docker, "buildx"))

    def ready(self, where: str) -> str:
        """Give the builder's name, created if need be.

        Raises:
            UsageError: the settings lack what the driver needs.
            MissingTool: there is no buildx, neither by itself nor as docker's plugin.
            BuilderUnavailable: nothing answers at the endpoint, or the builder cannot be created.
        """
        self._require_plugin(where)
        if self._settings.driver is Driver.EXISTING:
            return _needed(self._settings.name, "name", Driver.EXISTING)
        name = self._own_name()
        with self._lock:
            if self._settings.driver is Driver.REMOTE:
                _check_endpoint(_needed(self._settings.endpoint, "endpoint", Driver.REMOTE), where)
            if not self._is_ready:
                self._create(name, where)
                self._is_ready = True
        return name

    def _require_plugin(self, where: str) -> None:
        """Make sure that docker, where it stands in for buildx, has the plugin."""
        if self._is_ready or self.program == ["buildx"]:
            return
        self._runner.run(
            [*self.program, "version"],
            env=self.environment,
            timeout=_CONNECT_TIMEOUT,
            error=MissingTool,
            what="there is no program `buildx`, and docker has no such plugin",
            where=where,
            hint="run `make setup`, or install docker's buildx plugin",
        )

    def _own_name(self) -> str:
        """Name the builder after what it is, so that changed settings make another."""
        about = f"{self._settings.driver} {self._settings.endpoint} {self._settings.name}"
        return f"publisher-{self._platform.slug}-{hashlib.sha256(about.encode()).hexdigest()[:12]}"

    def _create(self, name: str, where: str) -> None:
        if (self._config / "instances" / name).is_file():
            return
        try:
            self._config.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise BuilderUnavailable(
                "there is no place for the builder's state",
                where=where,
                detail=str(error),
                hint=f"look for space and permissions at {self._config}",
            ) from error
        driver = self._settings.driver
        options = [word for option in _DRIVER_OPTIONS.get(driver, ()) for word in ("--driver-opt", option)]
        endpoint = [self._settings.endpoint] if self._settings.endpoint else []
        self._runner.run(
            [*self.program, "create", "--name", name, "--driver", driver.value, *options, "--", *endpoint],
            env=self.environment,
            timeout=_CREATE_TIMEOUT,
            error=BuilderUnavailable,
            what="the builder cannot be created",
            where=where,
            hint="correct `builders` in publisher.yml",
        )


def _needed(value: str | None, key: str, driver: Driver) -> str:
    if not value or value.startswith("-"):
        raise UsageError(f"a builder with `driver: {driver}` needs `{key}`", where="publisher.yml")
    return value


def _check_endpoint(endpoint: str, where: str) -> None:
    """Connect once: buildx itself waits for twenty seconds."""
    url = urlsplit(endpoint)
    try:
        if url.scheme == "unix":
            with socket.socket(socket.AF_UNIX) as client:
                client.settimeout(_CONNECT_TIMEOUT)
                client.connect(url.path)
        elif url.scheme == "tcp" and url.hostname and url.port:
            socket.create_connection((url.hostname, url.port), _CONNECT_TIMEOUT).close()
    except OSError as error:
        raise BuilderUnavailable(
            f"no BuildKit answers at {endpoint}",
            where=where,
            detail=str(error),
            hint="start it, or correct `builders` in publisher.yml",
        ) from error
