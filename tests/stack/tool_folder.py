"""Where the pinned tools lie."""

from __future__ import annotations

import os
from pathlib import Path

from workflows.tools.toolset.cache import Cache


def tool_folder() -> Path:
    """Return the directory that the installer fills with links to the tools."""
    return Cache.from_environment(os.environ).bin
