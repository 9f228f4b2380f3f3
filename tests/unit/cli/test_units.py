"""Times and sizes."""

from __future__ import annotations

import pytest

from publisher.cli.units import about, brief, duration, size


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0, "0.0 s"),
        (12.34, "12.3 s"),
        (59.94, "59.9 s"),
        (59.96, "1 min 00 s"),
        (184, "3 min 04 s"),
        (3599.7, "1 h 00 min"),
        (7500, "2 h 05 min"),
    ],
)
def test_duration(seconds: float, shown: str) -> None:
    assert duration(seconds) == shown


@pytest.mark.parametrize(
    ("count", "shown"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (1_250_000, "1.2 MB"), (5e15, "5000.0 TB")],
)  # fmt: skip
def test_size(count: float, shown: str) -> None:
    assert size(count) == shown


@pytest.mark.parametrize(
    ("seconds", "shown"),
    [
        (0.2, "1 s"),
        (9.4, "9 s"),
        (12, "10 s"),
        (57.4, "55 s"),
        (57.6, "1 min"),
        (5_300, "88 min"),
        (5_400, "1 h 30 min"),
        (7_799, "2 h 10 min"),
    ],
)
def test_an_estimate_is_no_more_exact_than_it_deserves(seconds: float, shown: str) -> None:
    assert about(seconds) == shown


@pytest.mark.parametrize(("seconds", "shown"), [(0.44, "0.4"), (9.96, "10"), (184, "184"), (3_061, "3,061")])
def test_seconds_in_a_table(seconds: float, shown: str) -> None:
    assert brief(seconds) == shown
