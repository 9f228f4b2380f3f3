"""`publisher copy` of a whole release beside regctl and curl, against real registries that are empty.

The measuring is done by a process of its own (`python -m tests.bench.publish`): the kernel counts the
size of a parent to the peak of its children, and pytest is not small.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence
from statistics import median
from typing import Any

import pytest

from tests.bench.publish.bars import Bar, as_table

ROUNDS = 3
Runs = dict[str, list[dict[str, Any]]]


def test_against_regctl_and_curl() -> None:
    runs = measure("--only", "ours,regctl,curl", "--rounds", str(ROUNDS), "--again", "1")
    first = {name: [one for one in found if not one["again"]] for name, found in runs.items()}
    again = [one for one in runs["ours"] if one["again"]]
    bars = [
        Bar("wall against regctl, 4 at a time", *both(first, "seconds", 0.42, 0.35, "regctl"), "s"),
        Bar("wall against curl of bare layers", *both(first, "seconds", 2.1, 1.7, "curl"), "s"),
        Bar("requests to destinations", *both(first, "asked", 0.55, 0.47, "regctl")),
        Bar("client CPU against regctl", *both(first, "cpu", 0.35, 0.22, "regctl"), "s"),
        Bar("bytes of layers sent", *both(first, "sent_bytes", 1.0, 1.0, "curl"), "B"),
        Bar("peak memory", of(first, "ours", "peak") / 1e6, 200, 100, None, "MB"),
        Bar("requests with nothing to do", max(one["asked"] for one in again), 120, 107),
    ]
    expect(bars)


def test_far_away() -> None:
    runs = measure("--only", "ours,regctl8", "--rounds", str(ROUNDS), "--distance", "50")
    expect([Bar("wall at 50 ms", *both(runs, "seconds", 0.45, 0.35, "regctl8"), "s")])


def test_grows_with_the_number_of_images() -> None:
    small, large = (
        measure("--only", "ours", "--scale", "0.0001", "--canns", str(canns))["ours"][0] for canns in (8, 143)
    )
    more = 143 / 8
    expect(
        [
            Bar("wall, 1,001 images against 56", large["seconds"], 1.15 * more, more, small["seconds"], "s"),
            Bar("requests", large["asked"], 1.05 * more, more, small["asked"]),
            Bar("client CPU", large["cpu"], 1.15 * more, more, small["cpu"], "s"),
        ]
    )


def measure(*options: str) -> Runs:
    """Let another process measure; give its runs by client."""
    argv = [sys.executable, "-m", "tests.bench.publish", "--json", *options]
    done = subprocess.run(argv, check=True, stdout=subprocess.PIPE, text=True)
    found: Runs = {}
    for line in done.stdout.splitlines():
        run = json.loads(line)
        found.setdefault(run["client"], []).append(run)
    return found


def of(runs: Runs, client: str, field: str) -> float:
    """Give the median of a client's field."""
    return float(median(one[field] for one in runs[client]))


def both(runs: Runs, field: str, must: float, goal: float, other: str) -> tuple[float, float, float, float]:
    """Give what a `Bar` wants of a field of ours and another's."""
    return of(runs, "ours", field), must, goal, of(runs, other, field)


def expect(bars: Sequence[Bar]) -> None:
    """Print the table, and let no bar be missed."""
    print(f"\n{as_table(bars)}")
    assert [bar.what for bar in bars if not bar.holds] == []


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-s"]))
