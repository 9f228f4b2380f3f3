"""One timed run of one client against registries that are fresh and empty."""

from __future__ import annotations

import gc
import os
import re
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from tests.bench.publish.clients import Command, Job
from tests.bench.publish.latency import far_away
from tests.bench.publish.registries import Running, running
from tests.bench.publish.world import World
from tests.stack.access_log import Request

Client = Callable[[Job], Command]
_PLACES = ("blobs/uploads", "blobs", "referrers", "tags", "manifests")
_DIGEST = re.compile(r"digest=(sha256(?::|%3A)[0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Run:
    """What one whole run took.

    `seconds` of wall clock, `cpu` seconds of all its processes, `peak` bytes of the largest of them;
    requests that destinations answered, by destination; bytes of layers that were sent, by destination.
    """

    seconds: float
    cpu: float
    peak: int
    requests: Mapping[str, int]
    sent: Mapping[str, int]
    source_requests: int
    kinds: Mapping[str, int] = field(default_factory=dict)
    output: str = ""

    @property
    def asked(self) -> int:
        """Give the requests to all destinations."""
        return sum(self.requests.values())


@dataclass(frozen=True, slots=True)
class Track:
    """Where runs happen: staging is up, each run has fresh destinations below `folder`.

    What a run leaves there is small, and stays until all have ended.
    """

    world: World
    staging: Running
    folder: Path
    kinds: Mapping[str, str]
    round_trip: int = 0

    def run(self, client: Client, then: tuple[Client, ...] = ()) -> list[Run]:
        """Run a client, and others after it on what it left."""
        folder = Path(tempfile.mkdtemp(dir=self.folder))
        with running(folder / "registries", self.kinds) as fresh, self._away(folder, fresh) as addresses:
            job = Job(self.world, self.staging.address("staging"), addresses, folder)
            return [self._timed(one(job), fresh) for one in (client, *then)]

    @contextmanager
    def _away(self, folder: Path, fresh: Running) -> Iterator[Mapping[str, str]]:
        near = {name: fresh.address(name) for name in self.kinds}
        if not self.round_trip:
            yield near
            return
        with far_away(folder / "proxy", near, self.round_trip) as addresses:
            yield addresses

    def _timed(self, command: Command, fresh: Running) -> Run:
        before = {name: len(fresh.requests(name)) for name in self.kinds}
        already = len(self.staging.requests("staging"))
        seconds, cpu, peak, output = _measure(command)
        time.sleep(0.1)  # access logs are written after the answer
        asked = {name: fresh.requests(name)[before[name] :] for name in self.kinds}
        sizes = {digest: size for one in self.world.written for digest, size in one.layers.items()}
        return Run(
            seconds,
            cpu,
            peak,
            {name: len(found) for name, found in asked.items()},
            {name: _sent(found, sizes) for name, found in asked.items()},
            len(self.staging.requests("staging")) - already,
            dict(Counter(_kind(request) for found in asked.values() for request in found)),
            output,
        )


def _measure(command: Command) -> tuple[float, float, int, str]:
    gc.collect()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(command.argv, env=dict(command.environment), stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        taken = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said = [_text(file) for file in (out, err)]
    last = "\n".join(text[-3000:] for text in said)
    assert child.returncode == 0, f"{command.argv} ended with {child.returncode}\n{last}"
    return taken, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024, said[0]


def _text(file: object) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    return str(file.read().decode(errors="replace"))  # type: ignore[attr-defined]


def _sent(requests: list[Request], sizes: Mapping[str, int]) -> int:
    """Add up the layers that came with a request: a PUT that ends an upload, or a POST that is one."""
    total = 0
    for request in requests:
        found = _DIGEST.search(request.path)
        is_upload = request.method in ("PUT", "POST") and "mount=" not in request.path
        if found and is_upload and request.status == 201:
            total += sizes.get(found[1].replace("%3A", ":"), 0)
    return total


def _kind(request: Request) -> str:
    """Name a request by what it is about."""
    path = request.path.partition("?")[0]
    place = next((word for word in _PLACES if f"/{word}/" in path), path)
    mount = " mount" if "mount=" in request.path else ""
    fallback = " fallback" if "/manifests/sha256-" in path else ""
    by = " tag" if place == "manifests" and not fallback and "sha256:" not in path else ""
    return f"{request.method} {place}{mount}{fallback}{by} {request.status}"
