"""Debian packages: which are missing, and their installation where we may."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Mapping, Sequence

from .console import run, say
from .fault import Exit, InstallError
from .pins import DebianPins

_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")


def missing_packages(pins: DebianPins, *, arm64: bool) -> tuple[str, ...]:
    """Return the packages whose program is not there; no engine packages where an engine answers."""
    wanted = dict(pins.stack)
    if not engine_answers(os.environ):
        wanted.update(pins.engine)
    if arm64:
        wanted.update(pins.arm64)
    return tuple(sorted({package for program, package in wanted.items() if not _has(program)}))


def install_packages(packages: Sequence[str]) -> None:
    """Install packages with apt-get.

    Raises:
        InstallError: when apt-get fails, or only a person can run it.
    """
    names = " ".join(packages)
    command = f"apt-get update && apt-get install --yes --no-install-recommends {names}"
    if not shutil.which("apt-get"):
        raise InstallError(
            f"missing programs, and there is no apt-get here: install what Debian calls {names}",
            code=Exit.MISSING,
        )
    if os.geteuid() != 0:
        raise InstallError(f"missing Debian packages, run: sudo sh -c '{command}'", code=Exit.MISSING)
    say(f"Debian packages: installing {names}…")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    hint = f"run it yourself: {command}"
    run("apt-get update", ["apt-get", "update", "--quiet"], env=quiet, hint=hint)
    install = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", *packages]
    run("apt-get install", install, env=quiet, hint=hint)


def engine_answers(environment: Mapping[str, str]) -> bool:
    """Tell whether a Docker engine answers a ping at the default socket or DOCKER_HOST."""
    host = environment.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    if not host.startswith("unix://"):
        return True  # somebody chose a remote engine; whether it works is for them to see
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(5)
        try:
            client.connect(host.removeprefix("unix://"))
            client.sendall(b"GET /_ping HTTP/1.0\r\nHost: engine\r\n\r\n")
            return b" 200 " in client.recv(64)
        except OSError:
            return False


def _has(program: str) -> bool:
    folders = [*os.get_exec_path(), *_SYSTEM_FOLDERS]
    return shutil.which(program, path=os.pathsep.join(folders)) is not None
