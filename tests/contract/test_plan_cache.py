"""`publisher plan --offline` on a large catalog says the same whatever its cache holds."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.corpus.repository import History, write_repository


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> History:
    return write_repository(tmp_path_factory.mktemp("corpus") / "catalog")


def plan(history: History, cache: Path, *options: str) -> bytes:
    revisions = ("--base", history.one_changed, "--head", history.parent_changed)
    argv = [sys.executable, "-m", "publisher", "plan", "--offline", "--format", "json", *revisions, *options]
    env = {"PATH": os.environ["PATH"], "HOME": str(cache.parent), "XDG_CACHE_HOME": str(cache)}
    return subprocess.run(argv, cwd=history.folder, env=env, check=True, capture_output=True).stdout


def cut(file: Path) -> None:
    os.truncate(file, file.stat().st_size // 2)


def overwrite(file: Path) -> None:
    file.write_bytes(file.read_bytes().replace(b"RUN", b"RAN"))


def forbid(file: Path) -> None:
    file.parent.chmod(0o500)


def show(file: Path) -> None:
    file.chmod(0o644)


@pytest.fixture(scope="module")
def expected(history: History, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    cache = tmp_path_factory.mktemp("home") / "cache"
    found = plan(history, cache, "--no-cache")
    assert not cache.exists()
    assert found.count(b'"parent-rebuilt"') >= 53
    return found


def test_cold_and_warm(history: History, expected: bytes, tmp_path: Path) -> None:
    assert plan(history, tmp_path / "cache") == expected
    [file] = (tmp_path / "cache/publisher/plan").iterdir()
    written = file.stat().st_mtime_ns
    assert plan(history, tmp_path / "cache") == expected
    assert file.stat().st_mtime_ns == written


@pytest.mark.parametrize("spoil", [cut, overwrite, forbid, show])
def test_a_spoilt_cache(
    history: History, expected: bytes, tmp_path: Path, spoil: Callable[[Path], None]
) -> None:
    plan(history, tmp_path / "cache", "--base", history.first)
    [file] = (tmp_path / "cache/publisher/plan").iterdir()
    spoil(file)
    assert plan(history, tmp_path / "cache") == expected
    file.parent.chmod(0o700)
