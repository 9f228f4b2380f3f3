"""What docker's `config.json` says about a registry, with credential helpers.

After docs.docker.com/reference/cli/docker/login/#credential-stores; keys with a path
(`quay.io/ascend`) serve the repositories below it, as containers-auth.json(5) has it.
"""

from __future__ import annotations

import base64
from collections.abc import Callable, Hashable, Iterator, Mapping
from pathlib import Path
from threading import Lock
from typing import Any

from publisher import codec
from publisher.errors import MissingTool, UsageError
from publisher.registry.credentials import Credentials, Secret
from publisher.registry.locks import KeyedLocks

Helper = Callable[[str, str], Credentials | None]
"""Asks the helper of a name about a server; None when it knows nothing about it.  Raises MissingTool."""
MAX_CONFIG = 1024 * 1024
"""Largest docker configuration that is read, in bytes."""
_HUB = "https://index.docker.io/v1/"
"""What docker calls Docker Hub when it asks a helper."""


class DockerLogins:
    """Logins of one configuration file, which is read when it is first asked for; shared by threads.

    Each helper is asked once about a server.  A general helper (`credsStore`) that is not on this
    machine knows nothing, and `warn` hears of it; one that is named for the server must be there.
    """

    def __init__(
        self, path: Path, helper: Helper | None = None, warn: Callable[[str], object] = lambda _: None
    ) -> None:
        self._path = path
        self._helper = helper
        self._warn = warn
        self._lock = Lock()
        self._locks = KeyedLocks()
        self._document: dict[str, Any] | None = None
        self._answers: dict[Hashable, Credentials | None] = {}

    def of(self, host: str, repository: str = "") -> Credentials | None:
        """Give the login of a repository: that of the longest key which covers it, then the general helper's.

        Raises:
            UsageError: the file is too large, unreadable, or its entry for the host is malformed.
            MissingTool: a helper that is named for the host is not on this machine.
            RegistryError: a helper fails.
        """
        document = self._read_once()
        auths, helpers = _table(document, "auths"), _table(document, "credHelpers")
        for key in _keys(host, repository):
            if found := self._named(helpers.get(key), host) or _from_entry(auths.get(key), self._path):
                return found
        if any(key in helpers for key in _keys(host, "")):
            return None  # named for this host, if only to say that there is none
        return self._general(document.get("credsStore"), host)

    def _named(self, name: object, host: str) -> Credentials | None:
        return self._ask(name, host) if isinstance(name, str) and name else None

    def _general(self, name: object, host: str) -> Credentials | None:
        try:
            return self._named(name, host)
        except MissingTool:
            self._warn(f"docker's configuration names a credsStore that is not on this machine: {name!r:.80}")
            return None

    def _ask(self, name: str, host: str) -> Credentials | None:
        server = _HUB if host == "docker.io" else host
        if self._helper is None:
            return None
        with self._locks.of((name, server)):
            if (name, server) not in self._answers:
                self._answers[name, server] = self._helper(name, server)
            return self._answers[name, server]

    def _read_once(self) -> dict[str, Any]:
        with self._lock:
            if self._document is None:
                self._document = _read(self._path)
            return self._document


def _keys(host: str, repository: str) -> Iterator[str]:
    """Give the keys that cover a repository, the longest first."""
    names = ("docker.io", "index.docker.io") if host == "docker.io" else (host,)
    parts = repository.split("/") if repository else []
    for count in range(len(parts), 0, -1):
        for name in names:
            path = f"{name}/{'/'.join(parts[:count])}"
            yield from (path, f"https://{path}")
    for name in names:
        yield from (name, f"https://{name}", f"https://{name}/", f"https://{name}/v1/", f"https://{name}/v2/")
        yield f"http://{name}"


def _read(path: Path) -> dict[str, Any]:
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
    plain = codec.parse(raw, where=str(path))
    return plain if isinstance(plain, dict) else {}


def _table(document: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = document.get(name)
    return found if isinstance(found, dict) else {}


def _from_entry(entry: object, path: Path) -> Credentials | None:
    if not isinstance(entry, dict):
        return None
    username, password = entry.get("username"), entry.get("password")
    if isinstance(auth := entry.get("auth"), str) and auth:
        try:
            username, _, password = base64.b64decode(auth, validate=True).decode().rstrip("\0").partition(":")
        except ValueError as error:
            raise UsageError("an `auth` of docker's configuration is not base64", where=str(path)) from error
    if isinstance(token := entry.get("identitytoken"), str) and token:
        return Credentials(str(username or ""), Secret(token), str(path), is_identity_token=True)
    if not (isinstance(username, str) and isinstance(password, str) and username and password):
        return None
    return Credentials(username, Secret(password), str(path))
