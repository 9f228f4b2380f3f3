"""User names and passwords of registries: from named environment variables, or docker's `config.json`.

Credential helpers (`credsStore`, `credHelpers`) are not asked: they are programs, and running
programs is the business of `publisher.tools`.  Where docker keeps a password in a helper, name
environment variables in `publisher.yml` instead.  Identity tokens are not understood either.
"""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from publisher import codec
from publisher.errors import UsageError

MAX_CONFIG = 1024 * 1024
"""Largest docker configuration that is read, in bytes."""


class Secret:
    """A text that no message, log or JSON shows.

    Neither a `str`, which could be joined to a message, nor a dataclass, whose fields have a JSON form.
    """

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """Give the text, for the one place that sends it."""
        return self._text

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._text == other._text

    def __hash__(self) -> int:
        return hash(self._text)

    def __repr__(self) -> str:
        return "***"

    __str__ = __repr__


@dataclass(frozen=True, slots=True)
class Credentials:
    """Who asks; `source` says where they were found, for messages."""

    username: str
    password: Secret
    source: str = ""


def find_credentials(
    host: str,
    environment: Mapping[str, str],
    *,
    username_env: str | None = None,
    password_env: str | None = None,
) -> Credentials | None:
    """Find the credentials for a host, in the named variables first, then in docker's configuration.

    Raises:
        UsageError: only one of the two variables is set, or docker's configuration cannot be read.
    """
    named = from_environment(environment, username_env, password_env)
    return named or from_docker_config(host, docker_config(environment))


def from_environment(
    environment: Mapping[str, str], username_env: str | None, password_env: str | None
) -> Credentials | None:
    """Read the named variables; None when neither is named or set.

    Raises:
        UsageError: one of them is set and the other is not.
    """
    names = [name for name in (username_env, password_env) if name]
    found = [name for name in names if environment.get(name)]
    if not found:
        return None
    if not (username_env and password_env):
        raise UsageError(
            f"{found[0]} alone is no login", hint="name both username_env and password_env in publisher.yml"
        )
    if len(found) == 1:
        missing = username_env if found == [password_env] else password_env
        raise UsageError(
            f"{found[0]} is set, but {missing} is not", hint=f"set {missing}, or unset {found[0]}"
        )
    return Credentials(
        environment[username_env], Secret(environment[password_env]), f"{username_env}, {password_env}"
    )


def docker_config(environment: Mapping[str, str]) -> Path:
    """Give the path of docker's configuration (docs.docker.com/reference/cli/docker/#configuration-files)."""
    folder = environment.get("DOCKER_CONFIG") or str(Path(environment.get("HOME", ".")) / ".docker")
    return Path(folder) / "config.json"


def from_docker_config(host: str, path: Path) -> Credentials | None:
    """Read the `auths` of docker's configuration; None where it says nothing about the host.

    Raises:
        UsageError: the file is too large, unreadable, or its entry for the host is malformed.
    """
    document = _read(path)
    auths = document.get("auths") if isinstance(document, dict) else None
    for key in _keys(host):
        entry = auths.get(key) if isinstance(auths, dict) else None
        if isinstance(entry, dict) and (found := _from_entry(entry, path)):
            return found
    return None


def login_hint(host: str, username_env: str | None = None, password_env: str | None = None) -> str:
    """Say what to do when a registry refuses: the variables where they are known, else `docker login`."""
    if username_env and password_env:
        return f"set {username_env} and {password_env} to an account that may do this at {host}"
    return f"run `docker login {host}`, or name username_env and password_env in publisher.yml"


def _read(path: Path) -> Any:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CONFIG + 1)
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise UsageError(
            "docker's configuration cannot be read", where=str(path), detail=str(error)
        ) from error
    if len(raw) > MAX_CONFIG:
        raise UsageError("docker's configuration is too large", where=str(path))
    return codec.parse(raw, where=str(path))


def _keys(host: str) -> Iterator[str]:
    names = ("docker.io", "index.docker.io") if host == "docker.io" else (host,)
    for name in names:
        yield from (name, f"https://{name}", f"https://{name}/v1/", f"https://{name}/v2/", f"http://{name}")


def _from_entry(entry: Mapping[str, Any], path: Path) -> Credentials | None:
    username, password = entry.get("username"), entry.get("password")
    if isinstance(auth := entry.get("auth"), str) and auth:
        try:
            username, _, password = base64.b64decode(auth, validate=True).decode().rstrip("\0").partition(":")
        except ValueError as error:
            raise UsageError("an `auth` of docker's configuration is not base64", where=str(path)) from error
    if not (isinstance(username, str) and isinstance(password, str) and username and password):
        return None
    return Credentials(username, Secret(password), str(path))
