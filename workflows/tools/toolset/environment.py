"""The Python environment of the repository, made from the lock file."""

from __future__ import annotations

import hashlib
import json
import shutil
import sys
import tomllib
from importlib.util import find_spec
from pathlib import Path

from .cache import Cache
from .console import run, say
from .debian import install_packages
from .fault import InstallError
from .pins import TOOLS

REPOSITORY = TOOLS.parent.parent
LOCK = TOOLS / "python.lock"
STAMP = ".publisher-lock"
"""The file in an environment that says what it was made from."""


def prepare_environment(home: Path, cache: Cache) -> None:
    """Make or renew a virtual environment; do nothing where it is as the lock file says.

    Raises:
        InstallError: when venv or pip fail.
    """
    if _is_current(home):
        return
    with cache.lock():
        if _is_current(home):  # the run that we waited for made it
            return
        say(f"python: filling {home.name} from {LOCK.name}, about 30 s…")
        if not _stamp(home).startswith(_interpreter(home)):
            _create(home)
        _install(home)
        (home / STAMP).write_text(_wanted_stamp(home))


def _is_current(home: Path) -> bool:
    return _stamp(home) == _wanted_stamp(home)


def _stamp(home: Path) -> str:
    stamp = home / STAMP
    return stamp.read_text() if stamp.is_file() else ""


def _wanted_stamp(home: Path) -> str:
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    contents = LOCK.read_bytes() + json.dumps(project, sort_keys=True).encode()
    return f"{_interpreter(home)}{hashlib.sha256(contents).hexdigest()}\n"


def _interpreter(home: Path) -> str:
    """Return what a change of which needs a new environment, not only other packages."""
    return f"python {sys.version_info[0]}.{sys.version_info[1]} in {home.absolute()}\n"


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
