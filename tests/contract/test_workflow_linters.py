"""Workflows and composite actions as actionlint and zizmor see them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.stack import tool_folder

ROOT = Path(__file__).parents[2]
ACTIONLINT = [str(tool_folder() / "actionlint"), "-no-color"]
ZIZMOR = [str(Path(sys.executable).parent / "zizmor"), "--offline", "--no-progress", "--persona=auditor"]
BAD = """\
on: push
jobs:
  one:
    runs-on: ubuntu-24.04
    steps:
      - uses: actions/checkout@v4
      - run: echo "${{ github.event.head_commit.message }}" ${{ nothing.here }}
"""


def lint(argv: list[str], folder: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=120, check=False)


def test_actionlint_has_nothing_to_say() -> None:
    done = lint(ACTIONLINT)
    assert (done.returncode, done.stdout) == (0, ""), done.stdout + done.stderr


def test_zizmor_has_nothing_to_say() -> None:
    done = lint([*ZIZMOR, "--config", ".github/zizmor.yml", ".github", "workflows"])
    assert done.returncode == 0, done.stdout
    seen = done.stderr.replace("\\", "/")
    assert all(name in seen for name in ("check.yml", "publish.yml", "dependabot.yml", "setup/action.yml"))


@pytest.mark.parametrize("argv", [ACTIONLINT, [*ZIZMOR, "."]], ids=["actionlint", "zizmor"])
def test_both_can_fail(argv: list[str], tmp_path: Path) -> None:
    folder = tmp_path / ".github" / "workflows"
    folder.mkdir(parents=True)
    (tmp_path / ".git").mkdir()
    (folder / "bad.yml").write_text(BAD)
    done = lint(argv, tmp_path)
    assert done.returncode not in (0, 2), done.stderr
    assert "bad.yml" in done.stdout
