"""The command line as a process that may be killed, with everything that it started."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import uuid
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from tests.faults.journal import Journal
from tests.integration.small import Ran

PATIENCE = 120.0
"""Seconds after which a run is taken for stuck."""
_MARK = "PUBLISHER_TEST_VICTIM"


def run(argv: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Ran:
    """Run the command line to its end."""
    done = subprocess.run(
        [sys.executable, "-m", "publisher", *argv], env=dict(environment), cwd=cwd,
        capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip
    return Ran(done.returncode, done.stdout, done.stderr)


def run_killed(
    argv: Sequence[str],
    environment: Mapping[str, str],
    cwd: Path,
    journal: Journal,
    count: int,
    *,
    after: bool,
) -> Ran:
    """Run the command line, and kill it with SIGKILL at its `count`-th request.

    What it had started dies with it, as on a machine that loses power; the journal is quiet when
    this ends, and everybody is let through again.
    """
    mark = uuid.uuid4().hex
    with subprocess.Popen(
        [sys.executable, "-m", "publisher", *argv], env={**environment, _MARK: mark}, cwd=cwd, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as child:  # fmt: skip
        journal.kill_at(count, lambda: os.kill(child.pid, signal.SIGKILL), after=after)
        try:
            out, err = child.communicate(timeout=PATIENCE)
        finally:
            child.kill()
            _sweep(mark)
    journal.settle()
    journal.revive()
    return Ran(child.returncode, out, err)


def _sweep(mark: str) -> None:
    """Kill what a dead process had started; its environment tells."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if f"{_MARK}={mark}".encode() in (folder / "environ").read_bytes().split(b"\0"):
                os.kill(int(folder.name), signal.SIGKILL)
