"""Registries for one timed run: real, empty, and gone with this process."""

from __future__ import annotations

import os
import random
import subprocess
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from tests.stack.access_log import AccessLog, Request
from tests.stack.faults import StackError
from tests.stack.processes import service_environment
from tests.stack.registries import Distribution, ReferrersRegistry
from tests.stack.services import Place, Service
from tests.stack.state import is_free
from tests.stack.tool_folder import tool_folder

KINDS: Mapping[str, Service] = {
    "distribution": Distribution("registry"),
    "debian": Distribution("docker-registry"),
    "referrers": ReferrersRegistry(),
}
MIXED: Mapping[str, str] = {"hub": "debian", "quay": "referrers", "modelers": "distribution"}
"""The three kinds of registry that every test of ours meets."""
_SMALL = 64 * 1024
"""Bytes of a file that may stay as it is when its registry has ended."""
WITH_US = ("setpriv", "--pdeathsig", "KILL")


@dataclass(slots=True)
class Running:
    """Registries by name, each with its address and its access log."""

    places: dict[str, Place] = field(default_factory=dict)
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def address(self, name: str) -> str:
        """Give host and port."""
        return f"127.0.0.1:{self.places[name].port}"

    def requests(self, name: str) -> list[Request]:
        """Give what a registry has answered."""
        found = AccessLog(self.places[name].output).requests()
        return [request for request in found if request.path not in ("/v2/", "/v2")] + [
            request for request in found if request.path in ("/v2/", "/v2")
        ][1:]  # the first was ours, to see that it is up


@contextmanager
def running(folder: Path, kinds: Mapping[str, str]) -> Iterator[Running]:
    """Start registries; stop them, and leave only the names of their files.

    A file that is deleted would burden the next run: ext4 without a journal does not give
    its inode out again for a minute or more, and every new file walks past all of those.
    """
    found = Running()
    try:
        ports = free_ports(len(kinds))
        for (name, kind), port in zip(kinds.items(), ports, strict=True):
            place = Place(name, folder / name, folder, tool_folder(), {name: port})
            found.places[name] = place
            found.processes.append(_start(KINDS[kind], place))
        for name, kind in kinds.items():
            _await(KINDS[kind], found.places[name])
        yield found
    finally:
        for process in found.processes:
            process.kill()
            process.wait()
        for path in folder.rglob("*"):
            if path.is_file() and path.stat().st_size > _SMALL:
                os.truncate(path, 0)


def start_program(argv: list[str], output: Path, errors: Path) -> subprocess.Popen[bytes]:
    """Start a program that ends with this process."""
    with output.open("ab") as out, errors.open("ab") as err:
        return subprocess.Popen(
            [*WITH_US, *argv], stdin=subprocess.DEVNULL, stdout=out, stderr=err,
            env=service_environment(tool_folder()), start_new_session=True,
        )  # fmt: skip


def _start(kind: Service, place: Place) -> subprocess.Popen[bytes]:
    place.data.mkdir(parents=True, exist_ok=True)
    return start_program(kind.prepare(place), place.output, place.errors)


def _await(kind: Service, place: Place) -> None:
    deadline = time.monotonic() + kind.patience
    while not kind.answers(place):
        if time.monotonic() > deadline:
            raise StackError(f"{place.name} does not answer: {place.errors}")
        time.sleep(0.02)


def free_ports(count: int) -> list[int]:
    """Find ports below the range for outgoing connections, so that nobody takes one by accident."""
    candidates = random.sample(range(20000, 32000), 3000)
    return list(islice((port for port in candidates if is_free(port)), count))
