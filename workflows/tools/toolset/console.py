"""Progress lines, and programs that show a sign of life while they run."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from .fault import InstallError

HEARTBEAT = 20.0
"""Seconds between two signs of life of a long command."""


def say(line: str) -> None:
    """Print one progress line at once; standard error, so that answers on standard output stay clean."""
    print(line, file=sys.stderr, flush=True)


def about(seconds: float) -> str:
    """Return a duration as a person says it."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def run(
    label: str,
    argv: Sequence[str],
    *,
    env: Mapping[str, str] | None = None,
    cwd: Path | None = None,
    hint: str = "",
) -> str:
    """Run a program to its end with a heartbeat and return what it printed, both streams together.

    Raises:
        InstallError: when it cannot be started or fails.
    """
    with tempfile.TemporaryFile() as output:
        try:
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, env=env, cwd=cwd
            )
        except OSError as error:
            raise InstallError(f"{label}: cannot run {argv[0]}: {error.strerror}", hint=hint) from error
        with process:
            code = _wait(label, process)
        output.seek(0)
        text = output.read().decode(errors="replace")
    if code != 0:
        raise InstallError(f"{label}: `{' '.join(argv[:3])} …` ended with {code}", last_lines=text, hint=hint)
    return text


def _wait(label: str, process: subprocess.Popen[bytes]) -> int:
    began = time.monotonic()
    try:
        while True:
            try:
                return process.wait(timeout=HEARTBEAT)
            except subprocess.TimeoutExpired:
                say(f"{label}: still at it, {about(time.monotonic() - began)}")
    except BaseException:
        process.terminate()
        raise
