"""The demo's git repository and its five merges."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from publisher.catalog.lock import Lock, LockedBase
from publisher.catalog.lock_file import write_lock
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.ports.progress import Progress
from publisher.tools.cosign import generate_key_pair
from publisher.tools.process import Runner
from tests.demo.stand_ins import make_stand_ins

CATALOG = Path(__file__).parent / "catalog"
BASE = "docker.io/library/debian:12"
PASSWORD = "demo"
_WHOLE = "    python3 -m pip install --no-index --no-compile /tmp/wheels/torch-2.1.0+standin-py3-none-any.whl"
_BROKEN = _WHOLE.replace("--no-compile", "--no-compile --target /opt/typo")


@dataclass(frozen=True, slots=True)
class Addresses:
    """Where the loopback stack answers: `host:port` of each registry, and BuildKit's endpoint."""

    staging: str
    hub: str
    quay: str
    modelers: str
    upstream: str
    buildkit: str


@dataclass(frozen=True, slots=True)
class Merge:
    """A commit of the demo: what it does, and the exit code that publishing it must have."""

    title: str
    expected: str
    exit_code: int
    edit: Callable[[Path], None]


def git(repository: Path, *words: str) -> str:
    """Run git with a fixed identity and date, so that a demo repeats."""
    environment = {**os.environ, "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    for role in ("AUTHOR", "COMMITTER"):
        environment |= {f"GIT_{role}_NAME": "Demo Maintainer", f"GIT_{role}_EMAIL": "maintainer@example.com"}
    done = subprocess.run(
        ["git", "-C", str(repository), *words], env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


def create(
    directory: Path,
    addresses: Addresses,
    platforms: Sequence[Platform],
    locked: Mapping[Platform, Digest],
    index: Digest,
) -> Path:
    """Make the repository, without a commit yet: catalog, stand-ins, key pair, settings, lock."""
    repository = directory / "catalog"
    shutil.copytree(CATALOG, repository, ignore=shutil.ignore_patterns("publisher.yml.in"))
    make_stand_ins(repository)
    (repository / "publisher.yml").write_text(settings_text(addresses, platforms), encoding="utf-8")
    base = LockedBase(
        f"{addresses.upstream}/library/debian", dict(locked), datetime(2024, 9, 30, tzinfo=UTC), index
    )
    (repository / "publisher.lock").write_bytes(write_lock(Lock(bases={BASE: base})))
    make_keys(repository / "keys")
    git(repository, "init", "--quiet", "--initial-branch=main")
    return repository


def make_keys(directory: Path) -> None:
    """Make a key pair with cosign."""
    directory.mkdir(parents=True, exist_ok=True)
    generate_key_pair(Runner(Progress(), os.environ), directory, PASSWORD)


def settings_text(addresses: Addresses, platforms: Sequence[Platform]) -> str:
    """Fill in `publisher.yml`."""
    text = (CATALOG / "publisher.yml.in").read_text(encoding="utf-8")
    levels = {"linux/amd64": "native", "linux/arm64": "emulated"}
    builders = [
        f'  {platform}: {{driver: remote, endpoint: "{addresses.buildkit}"}}' for platform in platforms
    ]
    filled = {
        "@PLATFORMS@": ", ".join(platforms),
        "@STAGING@": addresses.staging,
        "@HUB@": addresses.hub,
        "@QUAY@": addresses.quay,
        "@MODELERS@": addresses.modelers,
        "@BUILDERS@": "\n".join(builders),
        "@POLICY@": ", ".join(f"{platform}: {levels.get(platform, 'emulated')}" for platform in platforms),
    }
    for mark, value in filled.items():
        text = text.replace(mark, value)
    return text


def commit(repository: Path, merge: Merge) -> str:
    """Apply a merge and commit it; give the commit."""
    merge.edit(repository)
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message", merge.title)
    return git(repository, "rev-parse", "HEAD")


def _replace(path: str, old: str, new: str) -> Callable[[Path], None]:
    def edit(repository: Path) -> None:
        file = repository / path
        text = file.read_text(encoding="utf-8")
        if old not in text:
            raise SystemExit(f"{path} no longer holds {old!r}")
        file.write_text(text.replace(old, new), encoding="utf-8")

    return edit


def _append(path: str, line: str) -> Callable[[Path], None]:
    def edit(repository: Path) -> None:
        with (repository / path).open("a", encoding="utf-8") as file:
            file.write(line + "\n")

    return edit


def _break_pytorch(repository: Path) -> None:
    _replace("meta/pytorch/Dockerfile", _WHOLE, _BROKEN)(repository)
    _append("meta/mindspore/Dockerfile", "ENV GLOG_v=2")(repository)


MERGES = (
    Merge("Add the five layers", "everything is built, tested and published", 0, lambda repository: None),
    Merge(
        "Raise the log level of CANN", "cann and what stands on it are rebuilt, os and python are not", 0,
        _append("meta/cann/Dockerfile", "ENV ASCEND_GLOBAL_LOG_LEVEL=3"),
    ),
    Merge(
        "Explain the catalog", "nothing is built, no tag moves", 0,
        _append("README.md", "\nSee `meta/` for the images."),
    ),
    Merge(
        "Tidy PyTorch, quieten MindSpore",
        "PyTorch fails its test: its tags and openMind's stay, MindSpore's move; exit code 5", 5,
        _break_pytorch,
    ),
    Merge(
        "Mend PyTorch with its patch release",
        "PyTorch and openMind are published, although only PyTorch's file changed", 0,
        _replace("meta/pytorch/Dockerfile", _BROKEN, _WHOLE.replace("2.1.0", "2.1.0.post1")),
    ),
)  # fmt: skip
