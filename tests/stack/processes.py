"""Starts and ends the stack's programs; each leads a session of its own, so Ctrl-C does not reach it."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.stack.faults import StackError
from tests.stack.state import ProcessId

_FOREIGN = (
    "REGISTRY_",
    "OTEL_",
    "DOCKER_",
    "BUILDKIT",
    "BUILDX_",
    "COSIGN_",
    "SYFT_",
    "NOTIFY_SOCKET",
    "LISTEN_",
)
"""Variables that would change a service's configuration."""
_SYSTEM_FOLDERS = ("/usr/local/sbin", "/usr/sbin", "/sbin")
_children: dict[int, subprocess.Popen[bytes]] = {}


def service_environment(tools: Path) -> dict[str, str]:
    """Return ours without settings for services, and with the tools and /usr/sbin on PATH."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(_FOREIGN)}
    return kept | {"PATH": os.pathsep.join([str(tools), *os.get_exec_path(), *_SYSTEM_FOLDERS])}


def spawn(argv: Sequence[str], *, env: Mapping[str, str], output: Path, errors: Path) -> ProcessId:
    """Start a program; both files are appended to.

    Raises:
        StackError: when it cannot be run.
    """
    with output.open("ab") as out, errors.open("ab") as err:
        try:
            child = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=err, env=env, start_new_session=True
            )
        except OSError as error:
            raise StackError(f"cannot run {argv[0]}: {error.strerror}; run `make setup`") from error
    _children[child.pid] = child
    return ProcessId(child.pid, _start_of(child.pid) or 0)


def is_alive(process: ProcessId) -> bool:
    """Tell whether the very process still runs (a zombie does not)."""
    if child := _children.get(process.pid):
        return child.poll() is None
    return _start_of(process.pid) == process.started


def stop(processes: Sequence[ProcessId], *, patience: float = 15.0) -> None:
    """Ask each process to end, wait for all, then kill the groups of those that did not."""
    alive = [process for process in processes if is_alive(process)]
    for process in alive:
        _signal(process, signal.SIGTERM)
    _wait_until_gone(alive, patience)
    for process in alive:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)  # also children that outlive a leader that ended well
    _wait_until_gone(alive, 5.0)
    for process in alive:
        _children.pop(process.pid, None)


def find_by_argument(text: str) -> Iterator[ProcessId]:
    """Yield the processes that have the text in their command line, ourselves excepted."""
    for folder in Path("/proc").glob("[0-9]*"):
        pid = int(folder.name)
        with suppress(OSError):
            if pid != os.getpid() and text.encode() in (folder / "cmdline").read_bytes():
                started = _start_of(pid)
                if started is not None:
                    yield ProcessId(pid, started)


def _signal(process: ProcessId, number: signal.Signals) -> None:
    with suppress(ProcessLookupError):
        os.kill(process.pid, number)


def _wait_until_gone(processes: Sequence[ProcessId], seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while any(is_alive(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)


def _start_of(pid: int) -> int | None:
    """Return when a process began, or None where it is gone or a zombie."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else int(fields[19])
