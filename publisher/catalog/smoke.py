"""Smoke tests as values; `publisher.catalog.smoke_file` reads our form and Google's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

DEFAULT_TIMEOUT = 60.0
"""Seconds that a command or probe may take unless the test says otherwise."""
DEFAULT_MEMORY = 512 * 1024 * 1024
"""Bytes of memory that a test container may use unless the test says otherwise."""
DEFAULT_PROCESSES = 256
"""Processes that a test container may have unless the test says otherwise."""


@dataclass(frozen=True, slots=True)
class CommandCheck:
    """A command inside the container; patterns are regular expressions searched in the output.

    `setup` are commands whose changes to the files the command finds; their own exit codes do not count.
    `teardown` is kept for container-structure-test's sake: its container is thrown away, so nothing is run.
    """

    name: str
    argv: tuple[str, ...]
    exit_code: int = 0
    output: tuple[str, ...] = ()
    error: tuple[str, ...] = ()
    excluded_output: tuple[str, ...] = ()
    excluded_error: tuple[str, ...] = ()
    timeout: float = DEFAULT_TIMEOUT
    environment: Mapping[str, str] = field(default_factory=dict)
    setup: tuple[tuple[str, ...], ...] = ()
    teardown: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class FileCheck:
    """A file of the image.  `mode` is what `ls -l` shows (`-rwxr-xr-x`); content patterns are searched."""

    name: str
    path: str
    exists: bool = True
    mode: str | None = None
    uid: int | None = None
    gid: int | None = None
    executable_by: str | None = None
    contains: tuple[str, ...] = ()
    excludes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ConfigCheck:
    """What the image's configuration must say; None: not checked.  Patterns are searched in the value."""

    user: str | None = None
    working_directory: str | None = None
    entrypoint: tuple[str, ...] | None = None
    command: tuple[str, ...] | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    environment_patterns: Mapping[str, str] = field(default_factory=dict)
    unset_environment: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    label_patterns: Mapping[str, str] = field(default_factory=dict)
    exposed_ports: tuple[str, ...] = ()
    unexposed_ports: tuple[str, ...] = ()
    volumes: tuple[str, ...] = ()
    absent_volumes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ProbeCheck:
    """A service that must answer on `port`: HTTP when `path` is given, else TCP.

    `argv` replaces the image's command; empty runs the image as it is.
    """

    name: str
    port: int
    path: str | None = None
    status: int = 200
    output: tuple[str, ...] = ()
    argv: tuple[str, ...] = ()
    timeout: float = DEFAULT_TIMEOUT


@dataclass(frozen=True, slots=True)
class SmokeTest:
    """Everything that one target must show.  `network` lets commands reach the outside.

    `expand`: `$NAME` in arguments, paths and environment values stands for the variable of the image,
    as container-structure-test has it.
    """

    commands: tuple[CommandCheck, ...] = ()
    files: tuple[FileCheck, ...] = ()
    config: ConfigCheck | None = None
    probes: tuple[ProbeCheck, ...] = ()
    network: bool = False
    memory: int = DEFAULT_MEMORY
    processes: int = DEFAULT_PROCESSES
    expand: bool = False
    source: str = ""

    @property
    def count(self) -> int:
        """Give the number of checks."""
        return len(self.commands) + len(self.files) + len(self.probes) + (1 if self.config else 0)
