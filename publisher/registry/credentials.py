"""User names and passwords of registries, and where they come from: named environment variables first.

Docker's own configuration is read by `publisher.registry.docker_logins`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from publisher.errors import UsageError


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
    """Who asks; `source` says where they were found, for messages.

    The password may be an identity token: then it is never sent to a registry, only to its realm,
    which gives tokens for it.
    """

    username: str
    password: Secret
    source: str = ""
    is_identity_token: bool = False


Logins = Callable[[str], Credentials | None]
"""Gives who asks for a repository, its path without the host; `""` is the registry as such."""


def always(login: Credentials | None) -> Logins:
    """Be the same one in every repository."""
    return lambda _: login


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


def login_hint(host: str, username_env: str | None = None, password_env: str | None = None) -> str:
    """Say what to do when a registry refuses: the variables where they are known, else `docker login`."""
    if username_env and password_env:
        return f"set {username_env} and {password_env} to an account that may do this at {host}"
    return f"run `docker login {host}`, or name username_env and password_env in publisher.yml"
