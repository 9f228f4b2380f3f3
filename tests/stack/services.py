"""The services by name, and what each has to know and do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

REGISTRIES = ("staging", "hub", "quay", "modelers", "upstream")
DAEMONS = ("buildkit", "docker")
ALL = (*DAEMONS, *REGISTRIES)


@dataclass(frozen=True)
class Place:
    """Where a service lives."""

    name: str
    data: Path
    sockets: Path
    tools: Path
    ports: Mapping[str, int]

    @property
    def port(self) -> int:
        """The port of a registry."""
        return self.ports[self.name]

    @property
    def output(self) -> Path:
        """The file for standard output: of a registry, the access log."""
        return self.data / "access.log" if self.name in self.ports else self.errors

    @property
    def errors(self) -> Path:
        """The file for standard error."""
        return self.data / "service.log"

    @property
    def socket(self) -> Path:
        """The UNIX socket of a daemon."""
        return self.sockets / f"{self.name}.sock"


class Service(Protocol):
    """One kind of program that the stack runs."""

    @property
    def patience(self) -> float:
        """Seconds until it must answer."""

    def prepare(self, place: Place) -> list[str]:
        """Write what the program needs to start and return its command line."""

    def answers(self, place: Place) -> bool:
        """Tell whether it is ready to serve."""

    def clean(self, place: Place) -> None:
        """Remove what a program that no longer runs left outside its data directory."""
