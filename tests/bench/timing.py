"""Timing whole processes, in turn, so that a drifting machine hurts both alike."""

from __future__ import annotations

import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
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


def seconds_of(argv: Sequence[str], environment: Mapping[str, str], folder: Path | None = None) -> float:
    """Run a process to its end and give its wall-clock time; it must succeed."""
    began = time.perf_counter()
    done = subprocess.run(
        argv, env=dict(environment), cwd=folder, capture_output=True, text=True, check=False
    )
    taken = time.perf_counter() - began
    assert done.returncode == 0, (
        f"{argv} ended with {done.returncode}\n{done.stdout[-2000:]}\n{done.stderr[-4000:]}"
    )
    return taken
