"""A plan follows from the commit: not from where, when, by whom or on which machine it is made."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.plan.five_layers import FILES

ROOT = Path(__file__).parents[2]
PERSON = {
    f"GIT_{who}_{what}": "a@example.org" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
}


def git(*arguments: str, cwd: Path, env: Mapping[str, str]) -> None:
    subprocess.run(["git", *arguments], cwd=cwd, env=env, check=True, capture_output=True)


def committed(top: Path, env: Mapping[str, str], *, backwards: bool) -> Path:
    """Write the five layers into a new repository, in one order or the other."""
    top.mkdir(parents=True)
    git("init", "--quiet", "--initial-branch=main", cwd=top, env=env)
    for path, text in sorted(FILES.items(), reverse=backwards):
        (top / path).parent.mkdir(parents=True, exist_ok=True)
        (top / path).write_text(text)
        git("add", path, cwd=top, env=env)
    git("commit", "--quiet", "--message=x", cwd=top, env=env)
    return top


def plan(top: Path, env: Mapping[str, str]) -> dict[str, Any]:
    command = [sys.executable, "-m", "publisher", "plan", "--offline", "--base", "empty", "--format", "json"]
    done = subprocess.run(
        [*command, "--repo", str(top)], cwd=top.parent, env={**env, "PYTHONPATH": str(ROOT)},
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture
def here(tmp_path: Path) -> dict[str, str]:
    when = {"GIT_COMMITTER_DATE": "2026-01-01T00:00:00Z"}
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PYTHONHASHSEED": "1", **PERSON, **when}


def test_the_same_files_give_the_same_ids_elsewhere(tmp_path: Path, here: dict[str, str]) -> None:
    elsewhere = {
        **here, "HOME": "/nonexistent", "TZ": "Pacific/Kiritimati", "LC_ALL": "C", "HOSTNAME": "other",
        "PYTHONHASHSEED": "2", "SOURCE_DATE_EPOCH": "1", "USER": "somebody",
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "GIT_COMMITTER_DATE": "2030-06-01T00:00:00Z", "GIT_AUTHOR_DATE": "2030-06-01T00:00:00Z",
    }  # fmt: skip
    one = plan(committed(tmp_path / "one", here, backwards=False), here)
    two = plan(committed(tmp_path / "deep" / "down" / "two", elsewhere, backwards=True), elsewhere)
    assert one.pop("head") != two.pop("head"), "they are different commits"
    assert one == two
    assert all(build["build_ids"] for build in one["builds"])


def test_a_plan_is_the_same_to_the_byte_the_second_time(tmp_path: Path, here: dict[str, str]) -> None:
    top = committed(tmp_path / "one", here, backwards=False)
    assert json.dumps(plan(top, here)) == json.dumps(plan(top, {**here, "PYTHONHASHSEED": "77"}))
