"""The Python environment of the repository, made from the lock file."""

from __future__ import annotations

import hashlib
import shutil
import sys
from importlib.util import find_spec
from pathlib import Path

from .console import run, say
from .debian import install_packages
from .fault import Exit, InstallError
from .pins import TOOLS

REPOSITORY = TOOLS.parent.parent
LOCK = TOOLS / "python.lock"
_OLDEST = (3, 11)


def prepare_environment(home: Path) -> bool:
    """Make or renew a virtual environment; return False where nothing was to do.

    Raises:
        InstallError: when Python is too old, or venv or pip fail.
    """
    stamp = home / ".publisher-lock"
    wanted = _state(home)
    if stamp.is_file() and stamp.read_text() == wanted:
        return False
    if sys.version_info < _OLDEST:
        raise InstallError(
            f"Python 3.11 or newer is needed, this is {sys.version.split()[0]}", code=Exit.MISSING
        )
    say(f"python: making {home.name} from {LOCK.name}, about 30 s…")
    _create(home)
    _install(home)
    stamp.write_text(wanted)
    return True


def _create(home: Path) -> None:
    if find_spec("ensurepip") is None:  # Debian keeps it in a package of its own
        install_packages(["python3-venv"])
    shutil.rmtree(home, ignore_errors=True)
    try:
        run("python -m venv", [sys.executable, "-m", "venv", str(home)])
    except InstallError as error:
        raise InstallError(
            error.what, last_lines=error.last_lines, hint="on Debian: apt-get install python3-venv"
        ) from error


def _install(home: Path) -> None:
    pip = [str(home / "bin" / "python"), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    hint = f"is a package index reachable? the lock file is {LOCK.relative_to(REPOSITORY)}"
    run("pip install", [*pip, "--only-binary=:all:", "--require-hashes", "-r", str(LOCK)], hint=hint)
    editable = ["--no-deps", "--no-build-isolation", "--no-index", "--editable", str(REPOSITORY)]
    run("pip install publisher", [*pip, *editable])


def _state(home: Path) -> str:
    """Return what the environment depends on; a moved checkout or another Python makes it anew."""
    digest = hashlib.sha256()
    for path in (LOCK, REPOSITORY / "pyproject.toml"):
        digest.update(path.read_bytes())
    return f"{digest.hexdigest()} {sys.version_info[:2]} {home.absolute()}\n"
