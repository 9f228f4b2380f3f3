"""Brings the wanted tools into the cache, one after the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .cache import Cache
from .console import about, say
from .gobuild import build
from .golang import find_go
from .pins import GoPin, Pins, Tool
from .present import adopt, find_present


@dataclass(frozen=True)
class ToolState:
    """One line of `--list`."""

    tool: Tool
    path: Path | None  # None: not installed
    adopted: bool


def states(pins: Pins, cache: Cache) -> tuple[ToolState, ...]:
    """Return what the cache holds of each tool."""
    return tuple(_state(tool, cache) for tool in pins.tools)


def _state(tool: Tool, cache: Cache) -> ToolState:
    if not cache.has(tool):
        return ToolState(tool, None, adopted=False)
    program = cache.program(tool)
    return ToolState(tool, program.resolve(), adopted=program.is_symlink())


def install(pins: Pins, tools: Sequence[Tool], cache: Cache) -> None:
    """Make every tool available in the cache's `bin/`; do nothing where it is already.

    Raises:
        InstallError: at the first tool that cannot be had; the finished ones stay.
    """
    if all(cache.has(tool) and cache.is_linked(tool) for tool in tools):
        return
    with cache.lock():
        missing = [tool for tool in tools if not cache.has(tool)]
        _bring(missing, pins.go, cache)
        for tool in tools:
            cache.link(tool)


def _bring(missing: Sequence[Tool], pin: GoPin, cache: Cache) -> None:
    to_build = []
    for tool in missing:
        if program := find_present(tool, cache):
            say(f"{tool.label}: using {program}")
            adopt(tool, program, cache)
        else:
            to_build.append(tool)
    if not to_build:
        return
    go = find_go(pin, cache)
    for number, tool in enumerate(to_build, start=1):
        say(f"{tool.label}: building, about {about(tool.seconds)} ({number} of {len(to_build)})…")
        build(tool, go, cache)
