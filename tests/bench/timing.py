"""Timing whole processes, in turn, so that a drifting machine hurts both alike."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Timed:
    """Wall-clock seconds of each round."""

    name: str
    seconds: tuple[float, ...]

    @property
    def median(self) -> float:
        """Give the median."""
        return statistics.median(self.seconds)

    def __str__(self) -> str:
        each = ", ".join(f"{value:.2f}" for value in self.seconds)
        return f"{self.name}: median {self.median:.2f} s ({each})"


@dataclass(frozen=True, slots=True)
class Measured:
    """What one process took: wall-clock seconds, and its largest resident size in bytes."""

    seconds: float
    peak: int


def seconds_of(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> float:
    """Run a process to its end and give its wall-clock time; it must succeed."""
    return measure(argv, environment, folder).seconds


def measure(
    argv: Sequence[str],
    environment: Mapping[str, str],
    folder: Path | None = None,
    expected: Collection[int] = (0,),
) -> Measured:
    """Run a process to its end, which must be with one of the expected exit codes."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.perf_counter()
        child = subprocess.Popen(argv, env=dict(environment), cwd=folder, stdout=out, stderr=err)
        _, status, usage = os.wait4(child.pid, 0)
        taken = time.perf_counter() - began
        child.returncode = os.waitstatus_to_exitcode(status)
        said = [_last(file, 4000) for file in (out, err)] if child.returncode not in expected else []
    assert not said, f"{argv} ended with {child.returncode}\n{said[0]}\n{said[1]}"
    return Measured(taken, usage.ru_maxrss * 1024)


def _last(file: object, most: int) -> str:
    file.seek(0)  # type: ignore[attr-defined]
    return str(file.read()[-most:].decode(errors="replace"))  # type: ignore[attr-defined]


def in_turn(rounds: int, runs: Mapping[str, Callable[[], float]]) -> dict[str, Timed]:
    """Run each once a round, one after the other."""
    seconds: dict[str, list[float]] = {name: [] for name in runs}
    for _ in range(rounds):
        for name, run in runs.items():
            seconds[name].append(run())
    return {name: Timed(name, tuple(values)) for name, values in seconds.items()}
