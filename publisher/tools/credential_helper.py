"""Docker's credential helpers: programs that keep passwords (github.com/docker/docker-credential-helpers).

`docker-credential-<name> get` reads a server from standard input and writes JSON.  What it writes
is never shown, neither when it cannot be read nor when the program fails.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from publisher import codec
from publisher.errors import Malformed, RegistryError, UsageError
from publisher.registry.credentials import Credentials, Secret
from publisher.tools.process import Completed, Runner

TIMEOUT = 30.0
"""Seconds; a helper may ask a cloud, but must not wait for a person."""
MAX_OUTPUT = 64 * 1024
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_NOTHING = b"credentials not found in native keychain"
"""What a helper writes when it does not know the server, beside a failing exit code."""
_IDENTITY = "<token>"
"""The user name that says: the secret is an identity token."""
_PASSED = (
    *("AWS_", "AZURE_", "GOOGLE_", "CLOUDSDK_"),
    *("DBUS_", "DISPLAY", "WAYLAND_DISPLAY", "XDG_", "GNUPGHOME", "GPG_", "PASSWORD_STORE_", "DOCKER_CONFIG"),
)
"""How the names of those variables begin that helpers live on; they see no others of the user's."""


class CredentialHelpers:
    """Asks helpers; implements `publisher.registry.docker_logins.Helper`."""

    def __init__(self, runner: Runner) -> None:
        self._runner = runner

    def get(self, name: str, server: str) -> Credentials | None:
        """Ask a helper about a server; None when it knows nothing about it.

        Raises:
            UsageError: this is no name of a helper; MissingTool: it is not on this machine.
            RegistryError: it fails.
        """
        if not _NAME.fullmatch(name):
            raise UsageError(
                f"{name[:80]!r} is no name of a credential helper",
                where="docker's configuration",
                hint="correct credsStore or credHelpers",
            )
        program = f"docker-credential-{name}"
        hint = f"try `echo {server} | {program} get`, or name username_env and password_env in publisher.yml"
        done = self._runner.run(
            [program, "get"],
            error=RegistryError,
            what="the credential helper failed",
            where=server,
            hint=hint,
            timeout=TIMEOUT,
            input=server.encode(),
            env=self._environment(),
            max_output=MAX_OUTPUT,
            check=False,
        )
        if done.returncode == 0:
            return _read(done, program, server, hint)
        if _NOTHING in done.stdout:
            return None
        detail = f"{done.said}\n{program}: exit code {done.returncode}".strip()
        raise RegistryError("the credential helper failed", where=server, detail=detail, hint=hint)

    def _environment(self) -> Mapping[str, str]:
        return {name: value for name, value in self._runner.environment.items() if name.startswith(_PASSED)}


def _read(done: Completed, program: str, server: str, hint: str) -> Credentials | None:
    unreadable = RegistryError(
        "the credential helper's answer cannot be read", where=server, detail=program, hint=hint
    )
    try:
        plain = codec.parse(done.stdout)
    except Malformed:
        raise unreadable from None  # the cause would show the answer
    username, secret = (
        (plain.get("Username"), plain.get("Secret")) if isinstance(plain, dict) else (None, None)
    )
    if not isinstance(username, str) or not isinstance(secret, str):
        raise unreadable
    if not secret:
        return None
    return Credentials(username, Secret(secret), program, is_identity_token=username == _IDENTITY)
