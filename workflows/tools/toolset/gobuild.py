"""Builds one Go program into the cache."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Mapping
from pathlib import Path

from .cache import Cache
from .console import run, say
from .fault import InstallError
from .pins import TOOLS, Tool

_PASSING = re.compile(
    r"i/o timeout|connection re(set|fused)|TLS handshake|unexpected EOF|no such host|: 50[0234] |429 Too Many"
)
_ATTEMPTS = 3


def build(tool: Tool, go: Path, cache: Cache) -> None:
    """Build the tool and put it into its directory in one step.

    Raises:
        InstallError: when the build fails, after two more tries if the network was the reason.
    """
    with cache.fresh_directory(cache.directory(tool)) as building:
        _build_patiently(tool, go, building)
        _give_name(building, tool.name)


def _build_patiently(tool: Tool, go: Path, building: Path) -> None:
    argv, cwd, environment = _command(tool, go, building)
    for attempt in range(1, _ATTEMPTS + 1):
        try:
            run(
                tool.label,
                argv,
                env=environment,
                cwd=cwd,
                hint=f"try it alone: install.py --only {tool.name}",
            )
        except InstallError as error:
            if attempt == _ATTEMPTS or not _PASSING.search(error.last_lines):
                raise
            say(f"{tool.label}: the network failed, trying again in {5 * attempt} s")
            time.sleep(5 * attempt)
        else:
            return


def _command(tool: Tool, go: Path, building: Path) -> tuple[list[str], Path, Mapping[str, str]]:
    """Return argv, directory and environment of the build."""
    environment = _environment(go)
    ldflags = ["-ldflags", tool.ldflags] if tool.ldflags else []
    if tool.module:
        output = ["-o", str(building / tool.name)]
        return [str(go), "build", *ldflags, *output, tool.package], TOOLS / tool.module, environment
    environment["GOBIN"] = str(building)
    return [str(go), "install", *ldflags, f"{tool.package}@v{tool.text_version}"], building, environment


def _environment(go: Path) -> dict[str, str]:
    """Return the caller's environment with the settings that make builds alike everywhere."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name not in {"GOOS", "GOARCH", "GOROOT", "GOWORK"}
    }
    fixed = {"CGO_ENABLED": "0", "GOTOOLCHAIN": "local", "GOFLAGS": "-buildvcs=false", "GOWORK": "off"}
    return {**kept, **fixed, "PATH": f"{go.parent}{os.pathsep}{kept.get('PATH', '')}"}


def _give_name(building: Path, name: str) -> None:
    """Rename the one program that was built: several packages call theirs `server` or `registry`."""
    (program,) = building.iterdir()
    program.rename(building / name)
