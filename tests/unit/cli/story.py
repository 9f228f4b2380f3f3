"""A run that every progress is told in the same words, by a clock that ticks when it is asked."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from publisher.ports.progress import Progress
from publisher.transfer.figures import LaneFigures

CANN = "cann:ubuntu-python3.9-cann8.0.rc2.beta1 linux/amd64"
TORCH = "pytorch:ubuntu-python3.9-cann8.0.rc2.beta1-torch2.1.0 linux/arm64"
HOSTILE = "\x1b[2Jgone\n::set-output name=a::b"


class Clock:
    """Half a second passes with every question."""

    def __init__(self) -> None:
        self._now = datetime(2026, 1, 31, 12, 3, 4, tzinfo=UTC)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=0.5)
        return self._now


def tell(progress: Progress) -> None:
    """Tell the story."""
    progress.note("plan of 2 builds")
    progress.started("build", CANN)
    progress.started("build", TORCH)
    progress.command(["docker", "buildx", "build", "--build-arg", "NAME=two words", "--secret", "***"])
    for line in ("#1 FROM os", "#2 RUN pip install", HOSTILE):
        progress.update("build", CANN, line)
    progress.finished("build", CANN, "done", 12.34)
    progress.finished("build", TORCH, "reused", 0.2)
    progress.started("test", CANN)
    progress.update("test", CANN, "::error::ImportError: 100% hostile")
    progress.warning("no test for 50% of\nthe targets", file="cann/meta.yml", line=3)
    progress.finished("test", CANN, "failed", 61)
    progress.finished("test", TORCH, "blocked", 0)
    progress.started("publish", "hub")
    send(progress, "hub")
    progress.update("attest", TORCH, "left alone")


def send(progress: Progress, registry: str) -> None:
    """Tell of a transfer of 4 MB in 15 steps."""
    for number in range(16):
        progress.lane(
            LaneFigures(
                registry,
                bytes_sent=number * 250_000, bytes_done=number * 250_000, bytes_total=4_000_000,
                blobs_sent=number, blobs_total=20, requests=2 * number + 1, retried=number // 8,
            )
        )  # fmt: skip
    progress.lane(
        LaneFigures(
            registry,
            bytes_sent=4_000_000, bytes_done=4_000_000, bytes_total=4_000_000,
            blobs_sent=16, blobs_mounted=3, blobs_there=1, blobs_total=20,
            manifests=4, referrers=8, checked=4, requests=1_234, retried=1, seconds=12.34, ended=True,
        )
    )  # fmt: skip
