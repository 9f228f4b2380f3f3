"""A Docker engine for smoke tests: one that answers already, else dockerd of our own."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from pathlib import Path

from tests.stack import processes
from tests.stack.mounts import unmount_below
from tests.stack.services import Place
from workflows.tools.toolset.debian import engine_answers


def running_engine() -> str | None:
    """Return the endpoint of an engine that answers without our doing, or None."""
    host = os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
    return host if engine_answers({"DOCKER_HOST": host}) else None


@dataclass(frozen=True)
class Docker:
    """dockerd beside any other: no bridge, no firewall rules; containers have network `none` or `host`."""

    patience: float = 60.0

    def prepare(self, place: Place) -> list[str]:
        """Return the command line; sockets of containerd and shims lie below the short folder too."""
        return [
            "dockerd",
            *("--host", f"unix://{place.socket}"),
            *("--data-root", str(place.data / "root")),
            *("--exec-root", str(place.sockets / "exec")),
            *("--pidfile", str(self._pid_file(place))),
            *("--config-file", str(self._empty_config(place))),
            *("--bridge=none", "--iptables=false", "--ip6tables=false"),
        ]

    def answers(self, place: Place) -> bool:
        """Ping the engine."""
        return engine_answers({"DOCKER_HOST": f"unix://{place.socket}"})

    def clean(self, place: Place) -> None:
        """End containerd and shims that a killed dockerd left, and unmount what they mounted."""
        processes.stop(list(processes.find_by_argument(f"{place.sockets}/exec/")))
        unmount_below(place.data)
        unmount_below(place.sockets)
        place.socket.unlink(missing_ok=True)
        # Old pid files may hold a zombie's number, which dockerd takes for life.
        self._pid_file(place).unlink(missing_ok=True)
        shutil.rmtree(place.sockets / "exec", ignore_errors=True)

    def _pid_file(self, place: Place) -> Path:
        return place.sockets / "docker.pid"

    def _empty_config(self, place: Place) -> Path:
        """Keep the machine's /etc/docker/daemon.json out of it."""
        config = place.data / "daemon.json"
        config.write_text("{}\n")
        return config
