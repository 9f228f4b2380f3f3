"""The loopback stack: start, stop, look at."""

from __future__ import annotations

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Iterable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.stack import processes
from tests.stack.access_log import AccessLog, Request
from tests.stack.buildkit import Buildkit
from tests.stack.engine import Docker, running_engine
from tests.stack.faults import StackError
from tests.stack.registries import Distribution, ReferrersRegistry
from tests.stack.services import ALL, DAEMONS, REGISTRIES, Place, Service
from tests.stack.state import State, is_free, load_state, open_state
from tests.stack.tool_folder import tool_folder

Progress = Callable[[str], None]

_KINDS: dict[str, Service] = {
    "buildkit": Buildkit(),
    "docker": Docker(),
    "staging": Distribution("registry"),
    "hub": Distribution("docker-registry"),
    "quay": ReferrersRegistry(),
    "modelers": Distribution("registry"),
    "upstream": Distribution("registry"),
}


def _silent(_: str) -> None:
    """Report nothing."""


class Stack:
    """Registries, BuildKit and a Docker engine on the loopback interface, their data in one directory."""

    def __init__(self, state: State, progress: Progress = _silent) -> None:
        self._state = state
        self._say = progress
        self._logs: dict[str, AccessLog] = {}
        self._guard: subprocess.Popen[bytes] | None = None

    @classmethod
    def start(
        cls,
        directory: Path,
        *,
        services: Collection[str] = ALL,
        progress: Progress = _silent,
        keep: bool = False,
    ) -> Self:
        """Start the services that do not run yet and wait until all answer.

        With `keep` they outlive this process until `python -m tests.stack down`; without, they end with it,
        however it ends.

        Raises:
            StackError: when one does not come up; then all are stopped again.
        """
        stack = cls(open_state(directory.absolute(), REGISTRIES), progress)
        if not keep:
            stack._watch()
        try:
            stack._bring_up(services)
        except BaseException:
            stack.stop()
            raise
        return stack

    @classmethod
    def attach(cls, directory: Path) -> Self:
        """Look at a stack that somebody else started; `stop` would stop it."""
        return cls(load_state(directory.absolute()))

    @property
    def directory(self) -> Path:
        """Where the data, the logs and `stack.json` lie."""
        return self._state.directory

    def url(self, name: str) -> str:
        """Return host and port of a registry."""
        return f"127.0.0.1:{self._state.ports[name]}"

    def endpoint(self, name: str) -> str:
        """Return the `unix://` endpoint of `buildkit` or `docker`."""
        if name not in DAEMONS:
            raise KeyError(name)
        return self._state.external.get(name) or f"unix://{self._place(name).socket}"

    def requests(self, name: str) -> list[Request]:
        """Return what a registry has answered since its data directory was made, restarts included."""
        log = self._logs.setdefault(name, AccessLog(self._place(name).output))
        return log.requests()

    def log(self, name: str) -> Path:
        """Return the file with a service's own messages."""
        return self._place(name).errors

    def is_running(self, name: str) -> bool:
        """Tell whether a service runs (an engine of somebody else's counts)."""
        process = self._state.processes.get(name)
        return name in self._state.external or (process is not None and processes.is_alive(process))

    def start_service(self, name: str) -> None:
        """Start one service on its old port with its old data, and wait until it answers."""
        self._bring_up([name])

    def stop_service(self, name: str) -> None:
        """Stop one service; its data and its port stay."""
        self._take_down([name])

    def stop(self) -> None:
        """Stop everything that is ours."""
        self._take_down(list(self._state.processes))
        self._state.external.clear()
        self._state.save()
        shutil.rmtree(self._state.sockets, ignore_errors=True)
        if self._guard:
            self._guard.communicate()
            self._guard = None

    def __enter__(self) -> Self:
        """Return the running stack."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop it."""
        self.stop()

    def _bring_up(self, names: Iterable[str]) -> None:
        began = time.monotonic()
        waiting = [name for name in names if not self.is_running(name) and not self._use_external(name)]
        for name in waiting:
            self._launch(name)
        for name in waiting:
            self._await(name, began)

    def _use_external(self, name: str) -> bool:
        if name != "docker" or not (host := running_engine()):
            return False
        self._say(f"docker: using the engine at {host}")
        self._state.external[name] = host
        self._state.save()
        return True

    def _launch(self, name: str) -> None:
        place, kind = self._place(name), _KINDS[name]
        if name in REGISTRIES and not is_free(place.port):
            raise StackError(f"{name}: another program listens on its port {place.port}; use a new directory")
        place.data.mkdir(parents=True, exist_ok=True)
        place.sockets.mkdir(mode=0o700, exist_ok=True)
        kind.clean(place)  # of a service that was killed
        argv = kind.prepare(place)
        environment = processes.service_environment(place.tools)
        program = shutil.which(argv[0], path=environment["PATH"])
        if not program:
            raise StackError(f"{name}: there is no program {argv[0]}; run `make setup`")
        process = processes.spawn(
            [program, *argv[1:]], env=environment, output=place.output, errors=place.errors
        )
        self._state.processes[name] = process
        self._state.save()

    def _await(self, name: str, began: float) -> None:
        place, kind = self._place(name), _KINDS[name]
        deadline = time.monotonic() + kind.patience
        while not kind.answers(place):
            if not self.is_running(name):
                raise StackError(f"{name} ended while starting\n{_last_lines(place.errors)}")
            if time.monotonic() > deadline:
                raise StackError(
                    f"{name} does not answer after {kind.patience:.0f} s\n{_last_lines(place.errors)}"
                )
            time.sleep(0.02)
        self._say(f"{name}: ready after {time.monotonic() - began:.1f} s")

    def _take_down(self, names: Collection[str]) -> None:
        ours = [name for name in names if name in self._state.processes]
        processes.stop([self._state.processes[name] for name in ours])
        for name in ours:
            _KINDS[name].clean(self._place(name))
            del self._state.processes[name]
        self._state.save()

    def _place(self, name: str) -> Place:
        if name not in _KINDS:
            raise KeyError(name)
        state = self._state
        return Place(name, state.directory / name, state.sockets, tool_folder(), state.ports)

    def _watch(self) -> None:
        """Let a second process stop the services as soon as this one is gone: it holds the end of a pipe."""
        self._guard = subprocess.Popen(
            [sys.executable, "-m", "tests.stack", "guard", str(self.directory)],
            stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            cwd=Path(__file__).parents[2], start_new_session=True,
        )  # fmt: skip


def _last_lines(path: Path, count: int = 12) -> str:
    lines = path.read_text(errors="replace").splitlines() if path.exists() else []
    return "\n".join(f"    {line}" for line in lines[-count:]) + f"\nthe whole log: {path}"
