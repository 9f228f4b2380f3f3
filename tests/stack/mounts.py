"""Mounts that a daemon left behind."""

from __future__ import annotations

import subprocess
from pathlib import Path


def unmount_below(folder: Path) -> None:
    """Detach every mount below a folder, the deepest first."""
    prefix = f"{folder.resolve()}/"
    points = [line.split()[4] for line in Path("/proc/self/mountinfo").read_text().splitlines()]
    for point in sorted((_plain(point) for point in points), key=len, reverse=True):
        if point.startswith(prefix):
            subprocess.run(["umount", "--lazy", point], check=False, capture_output=True)


def _plain(point: str) -> str:
    """Undo the kernel's octal escapes for blanks."""
    return point.replace("\\040", " ").replace("\\011", "\t").replace("\\134", "\\")
