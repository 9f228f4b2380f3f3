"""Runs programs: never through a shell, bounded in time and output, none left behind.

The sole importer of `subprocess`.  Each program leads a session of its own, so that a timeout
or Ctrl-C ends whatever it started as well; it sees a short list of variables and those that
its adapter names, so that credentials for one tool do not reach another.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from publisher.errors import MissingTool, PublisherError
from publisher.ports.progress import Progress
from publisher.tools.exchange import Exchange, OutOfTime, OutputTooLarge
from publisher.tools.listener import listening
from publisher.tools.shown import as_typed, last_lines, mask, shown_line

__all__ = ["Completed", "Runner", "as_typed", "last_lines"]

MAX_OUTPUT = 64 * 1024 * 1024
"""Most bytes of standard output that are kept unless the caller says otherwise."""
SHOWN_LINES = 15
"""How many of a failed program's last lines the error shows."""
_MAX_TAIL = 16 * 1024

_PROXIES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")
_PASSED = frozenset(
    {
        "PATH",
        "HOME",
        "USER",
        "LOGNAME",
        "TMPDIR",
        "TZ",
        "LANG",
        "LC_ALL",
        "XDG_RUNTIME_DIR",
        "XDG_CONFIG_HOME",
        "XDG_CACHE_HOME",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
        *_PROXIES,
        *(name.upper() for name in _PROXIES),
    }
)
"""Variables that every program sees; all others are passed explicitly or not at all."""


@dataclass(frozen=True, slots=True)
class Completed:
    """A program that ended.  `stdout` is complete; `stderr` its last lines, cleaned and masked."""

    returncode: int
    stdout: bytes
    stderr: bytes

    @property
    def said(self) -> str:
        """Give the last lines of standard error as text."""
        return self.stderr.decode()


@dataclass(frozen=True, slots=True)
class _Failure:
    """How to tell that a program failed."""

    program: str
    error: type[PublisherError]
    what: str
    where: str
    hint: str

    def because(self, reason: str, said: str = "") -> PublisherError:
        detail = "\n".join(filter(None, [last_lines(said, SHOWN_LINES), f"{self.program}: {reason}"]))
        return self.error(self.what, where=self.where, detail=detail, hint=self.hint)


class Runner:
    """Runs programs with one environment; may be used from many threads."""

    def __init__(self, progress: Progress, environment: Mapping[str, str]) -> None:
        self._progress = progress
        self.environment = dict(environment)
        self._lock = threading.Lock()
        self._running: set[subprocess.Popen[bytes]] = set()
        self._stopped = False

    def which(self, program: str) -> str | None:
        """Find a program on PATH."""
        return shutil.which(program, path=self.environment.get("PATH", os.defpath))

    def picked(self, *names: str) -> dict[str, str]:
        """Give those of the variables that are set, for an adapter to pass on."""
        return {name: self.environment[name] for name in names if name in self.environment}

    def is_stopped(self) -> bool:
        """Tell whether `stop` was called: the whole run is given up."""
        return self._stopped

    def stop(self) -> None:
        """End every running program and start no more; for the end of the whole run."""
        with self._lock:
            self._stopped = True
            for child in self._running:
                _kill(child)

    def run(  # noqa: PLR0913 - one program call is one sentence; every part is named
        self,
        argv: Sequence[str],
        *,
        error: type[PublisherError],
        what: str,
        where: str,
        hint: str,
        timeout: float,
        cwd: Path | None = None,
        input: bytes | None = None,  # noqa: A002 - as subprocess calls it
        env: Mapping[str, str] | None = None,
        secrets: Collection[str] = (),
        max_output: int = MAX_OUTPUT,
        log: Path | None = None,
        on_line: Callable[[str], None] | None = None,
        check: bool = True,
    ) -> Completed:
        """Run a program to its end.

        `env` adds variables, `timeout` is in seconds, `max_output` bounds standard output in bytes;
        `log` (appended to) and `on_line` receive standard error line by line, cleaned, without `secrets`.

        Raises:
            MissingTool: the program is not there.
            error: it cannot be started, takes too long, says too much, or (with `check`) fails.
        """
        failure = _Failure(Path(argv[0]).name, error, what, where, hint)
        self._progress.command([mask(argument, secrets) for argument in argv])
        with (
            listening(log, on_line, secrets, failure.because) as receive,
            self._child(argv, failure, cwd, env or {}) as child,
        ):
            exchange = Exchange(child, input or b"", max_output, receive)
            returncode = _finish(exchange, child, timeout, failure)
        if check and returncode:
            said = exchange.said or shown_line(exchange.output[-_MAX_TAIL:], secrets)
            raise failure.because(_ending(returncode), said)
        return Completed(returncode, exchange.output, exchange.said.encode())

    @contextmanager
    def _child(
        self, argv: Sequence[str], failure: _Failure, cwd: Path | None, env: Mapping[str, str]
    ) -> Iterator[subprocess.Popen[bytes]]:
        child = self._start(argv, failure, cwd, env)
        try:
            yield child
        finally:
            _end(child)
            with self._lock:
                self._running.discard(child)

    def _start(
        self, argv: Sequence[str], failure: _Failure, cwd: Path | None, env: Mapping[str, str]
    ) -> subprocess.Popen[bytes]:
        program = self.which(argv[0])
        if program is None:
            raise MissingTool(
                f"there is no program `{argv[0]}`",
                where=failure.where,
                hint="run `make setup`, or put it on PATH",
            )
        with self._lock:
            if self._stopped:
                raise failure.because("not started, the run was stopped")
            try:
                child = subprocess.Popen(
                    [*_leash(), program, *argv[1:]],
                    cwd=cwd,
                    env=self._environment(env),
                    start_new_session=True,
                    stdin=subprocess.PIPE,
                    stdout=subprocess.PIPE,
                    stderr=subprocess.PIPE,
                )
            except OSError as problem:
                raise failure.because(f"cannot be started: {problem}") from problem
            self._running.add(child)
        return child

    def _environment(self, additions: Mapping[str, str]) -> dict[str, str]:
        return {name: value for name, value in self.environment.items() if name in _PASSED} | dict(additions)


@cache
def _leash() -> tuple[str, ...]:
    """Let the kernel end a child when we are killed: a rerun must not meet a cosign that still writes.

    setpriv belongs to util-linux, which every Debian has; elsewhere children end by themselves.
    """
    setpriv = shutil.which("setpriv", path=os.defpath)
    return (setpriv, "--pdeathsig", "KILL", "--") if setpriv else ()


def _finish(exchange: Exchange, child: subprocess.Popen[bytes], timeout: float, failure: _Failure) -> int:
    deadline = time.monotonic() + timeout
    try:
        exchange.run(deadline)
        return child.wait(max(0.0, deadline - time.monotonic()))
    except (OutOfTime, subprocess.TimeoutExpired) as problem:
        raise failure.because(f"did not end within {timeout:g} s", exchange.said) from problem
    except OutputTooLarge as problem:
        raise failure.because(f"wrote more than {problem.limit} bytes", exchange.said) from problem


def _end(child: subprocess.Popen[bytes]) -> None:
    """Leave nothing: kill the group of a child that still runs, reap it, close the pipes."""
    if child.returncode is None:
        _kill(child)
        child.wait()
    for stream in (child.stdin, child.stdout, child.stderr):
        if stream:
            with suppress(BrokenPipeError):
                stream.close()


def _kill(child: subprocess.Popen[bytes]) -> None:
    if child.returncode is None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(child.pid, signal.SIGKILL)


def _ending(returncode: int) -> str:
    return f"exit code {returncode}" if returncode > 0 else f"ended by signal {-returncode}"
