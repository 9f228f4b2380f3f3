"""Lets this machine run arm64 programs through qemu."""

from __future__ import annotations

import platform
import subprocess
from pathlib import Path

_KERNEL = Path("/proc/sys/fs/binfmt_misc")
_COMMANDS = (
    ["mount", "-t", "binfmt_misc", "binfmt_misc", str(_KERNEL)],
    ["update-binfmts", "--enable", "qemu-aarch64"],
)


def enable_arm64() -> str | None:
    """Make arm64 programs runnable; return None, or the reason why they are not.

    Call it before buildkitd starts: it looks for emulators once.
    """
    if platform.machine() in {"aarch64", "arm64"} or _is_enabled():
        return None
    mounted = (_KERNEL / "register").exists()
    for command in _COMMANDS[1:] if mounted else _COMMANDS:
        if reason := _failure(command):
            return reason
    return None if _is_enabled() else "the kernel has no handler qemu-aarch64 after update-binfmts"


def _is_enabled() -> bool:
    handler = _KERNEL / "qemu-aarch64"
    return handler.exists() and handler.read_text().startswith("enabled")


def _failure(command: list[str]) -> str | None:
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except OSError as error:
        return f"{command[0]}: {error.strerror}; install qemu-user-static and binfmt-support"
    return f"{' '.join(command)}: {done.stderr.strip()}" if done.returncode else None
