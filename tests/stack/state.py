"""What a stack remembers between processes: `stack.json` in its directory."""

from __future__ import annotations

import json
import os
import random
import secrets
import socket
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.stack.faults import StackError

FILE = "stack.json"
_PORTS = range(20000, 32000)
"""Below Linux's range for outgoing connections: nobody takes the port of a stopped service by accident."""


@dataclass(frozen=True)
class ProcessId:
    """A process that cannot be mistaken for a later one with the same number."""

    pid: int
    started: int  # clock ticks since boot, field 22 of /proc/PID/stat


@dataclass
class State:
    """Ports and sockets, which stay; processes, which come and go."""

    directory: Path
    ports: dict[str, int]
    sockets: Path  # short: the kernel takes 107 bytes of path at most
    processes: dict[str, ProcessId] = field(default_factory=dict)
    external: dict[str, str] = field(default_factory=dict)  # endpoints of services that are not ours

    def save(self) -> None:
        """Write the file in one step."""
        document = {
            "version": 1,
            "ports": self.ports,
            "sockets": str(self.sockets),
            "processes": {name: [one.pid, one.started] for name, one in self.processes.items()},
            "external": self.external,
        }
        fresh = self.directory / f".{FILE}.{os.getpid()}"
        fresh.write_text(json.dumps(document, indent=1) + "\n")
        fresh.replace(self.directory / FILE)


def load_state(directory: Path) -> State:
    """Read the state of a stack.

    Raises:
        StackError: when there is no stack in the directory.
    """
    path = directory / FILE
    try:
        document: dict[str, Any] = json.loads(path.read_text())
    except FileNotFoundError as error:
        raise StackError(
            f"no stack in {directory}: start one with `python -m tests.stack up {directory}`"
        ) from error
    return State(
        directory=directory,
        ports=document["ports"],
        sockets=Path(document["sockets"]),
        processes={name: ProcessId(*pair) for name, pair in document["processes"].items()},
        external=document["external"],
    )


def open_state(directory: Path, names: tuple[str, ...]) -> State:
    """Read the state of a stack, or begin a new one with a free port for each name."""
    directory.mkdir(parents=True, exist_ok=True)
    if (directory / FILE).exists():
        return load_state(directory)
    state = State(directory, _free_ports(names), _runtime_folder() / f"publisher-{secrets.token_hex(4)}")
    state.save()
    return state


def _runtime_folder() -> Path:
    run = Path("/run")
    return run if os.access(run, os.W_OK) else Path(tempfile.gettempdir())


def _free_ports(names: tuple[str, ...]) -> dict[str, int]:
    candidates = random.SystemRandom().sample(_PORTS, len(_PORTS))
    free = (port for port in candidates if is_free(port))
    return dict(zip(names, free, strict=False))


def is_free(port: int) -> bool:
    """Tell whether nobody listens on a loopback port; connections that linger do not count."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
