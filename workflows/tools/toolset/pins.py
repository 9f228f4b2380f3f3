"""The pins in `tools.json`, parsed once."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Any

from .version import Version

TOOLS = Path(__file__).resolve().parent.parent
"""The directory that holds `tools.json`, the lock file and the Go modules."""


class ToolSet(StrEnum):
    """Who needs a tool; each set holds the ones before it."""

    RUN = "run"  # `make demo` and a real publication
    TEST = "test"  # `make test`
    BENCH = "bench"  # `make bench`
    ALL = "all"  # `make soak`

    def holds(self, other: ToolSet) -> bool:
        """Tell whether this set includes the other one."""
        order = list(ToolSet)
        return order.index(other) <= order.index(self)


@dataclass(frozen=True)
class Tool:
    """One Go program at one version."""

    name: str
    version: Version
    text_version: str
    package: str
    set: ToolSet
    seconds: int  # a cold build on two cores
    module: str | None = None  # a Go module of ours that pins it, where `go install` cannot
    ldflags: str = ""
    probe: str | None = None  # the argument that makes it print its version
    says: re.Pattern[str] = field(default=re.compile("([0-9.]+)"))

    @property
    def label(self) -> str:
        """Name and version, for people."""
        return f"{self.name} {self.text_version}"


@dataclass(frozen=True)
class GoPin:
    """The least Go that builds the tools, and the wheel that brings one."""

    minimum: Version
    wheel: str
    version: str
    sha256: tuple[str, ...]


@dataclass(frozen=True)
class DebianPins:
    """Programs and the Debian package of each, by occasion."""

    engine: Mapping[str, str]
    stack: Mapping[str, str]
    arm64: Mapping[str, str]


@dataclass(frozen=True)
class Pins:
    """Everything that `tools.json` says."""

    go: GoPin
    tools: tuple[Tool, ...]
    debian: DebianPins

    def of_set(self, wanted: ToolSet) -> tuple[Tool, ...]:
        """Return the tools of a set, in the order of the file."""
        return tuple(tool for tool in self.tools if wanted.holds(tool.set))

    def named(self, names: Sequence[str]) -> tuple[Tool, ...]:
        """Return the tools with these names.

        Raises:
            KeyError: with the first name that no tool has.
        """
        known = {tool.name: tool for tool in self.tools}
        return tuple(known[name] for name in names)


def load_pins(path: Path = TOOLS / "tools.json") -> Pins:
    """Read the pins."""
    document = json.loads(path.read_text(encoding="utf-8"))
    go = document["go"]
    return Pins(
        go=GoPin(Version.parse(go["minimum"]), go["wheel"], go["version"], tuple(go["sha256"])),
        tools=tuple(_tool(entry) for entry in document["tools"]),
        debian=DebianPins(**document["debian"]),
    )


def _tool(entry: Mapping[str, Any]) -> Tool:
    return Tool(
        name=entry["name"],
        version=Version.parse(entry["version"]),
        text_version=entry["version"],
        package=entry["package"],
        set=ToolSet(entry["set"]),
        seconds=entry["seconds"],
        module=entry.get("module"),
        ldflags=entry.get("ldflags", ""),
        probe=entry.get("probe"),
        says=re.compile(entry.get("says", "([0-9.]+)"), re.MULTILINE),
    )
