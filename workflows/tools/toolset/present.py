"""Tools that the machine already has in a good version."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from .cache import Cache
from .pins import Tool
from .version import Version

_PATIENCE = 10
"""Seconds that a program may take to print its version."""


def find_present(tool: Tool, cache: Cache) -> Path | None:
    """Return a program on PATH that may serve as the pinned one, or None."""
    elsewhere = [folder for folder in os.get_exec_path() if Path(folder).absolute() != cache.bin]
    found = shutil.which(tool.name, path=os.pathsep.join(elsewhere))
    if not found or not tool.probe:
        return None
    version = _version_of(Path(found), tool)
    return Path(found) if version and version.serves_as(tool.version) else None


def adopt(tool: Tool, program: Path, cache: Cache) -> None:
    """Record a present program as the tool: a link where the built one would lie."""
    with cache.fresh_directory(cache.directory(tool)) as building:
        (building / tool.name).symlink_to(program)


def _version_of(program: Path, tool: Tool) -> Version | None:
    try:
        answer = subprocess.run(
            [program, tool.probe or "--version"],
            stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=_PATIENCE, check=False,
        )  # fmt: skip
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = tool.says.search(answer.stdout + answer.stderr)
    return Version.parse(found.group(1)) if found else None
