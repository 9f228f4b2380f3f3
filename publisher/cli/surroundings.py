"""What a verb may know of the process that it runs in."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TextIO

from publisher.cli.console import Console


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Everything ambient as values, so that a verb runs the same in a test; `now` gives UTC."""

    console: Console
    environment: Mapping[str, str]
    cwd: Path
    stdout: TextIO
    stderr: TextIO
    now: Callable[[], datetime]
