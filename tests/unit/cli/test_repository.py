"""What is said of repositories that a verb cannot work on, with the exit code."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from publisher.cli.main import main
from tests.unit.lint.case import FILES

Capture = pytest.CaptureFixture[str]
PLAN = ("plan", "--offline", "--no-cache", "--base")


@pytest.fixture(autouse=True)
def _plain(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GITHUB_ACTIONS", "GITHUB_WORKSPACE", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def git(folder: Path, *words: str) -> None:
    me = ("-c", "user.name=me", "-c", "user.email=me@example.org")
    subprocess.run(["git", "-C", folder, *me, *words], check=True, capture_output=True)


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A repository without a commit."""
    folder = tmp_path / "new"
    folder.mkdir()
    git(folder, "init", "--quiet")
    return folder


@pytest.fixture
def bare(tmp_path: Path, new: Path) -> Path:
    """A bare clone of a small catalog."""
    for path, text in FILES.items():
        (new / path).parent.mkdir(parents=True, exist_ok=True)
        (new / path).write_text(str(text))
    git(new, "add", "--all")
    git(new, "commit", "--quiet", "-m", "Begin")
    git(new, "clone", "--quiet", "--bare", ".", str(tmp_path / "bare"))
    return tmp_path / "bare"


def run(folder: Path, *words: str) -> int:
    return main([*words, "--repo", str(folder)])


def test_a_directory_that_is_not_there_is_a_usage_error(tmp_path: Path, capsys: Capture) -> None:
    for words in (("lint",), ("catalog",), (*PLAN, "empty"), ("plan",)):
        assert run(tmp_path / "nowhere", *words) == 2
        assert "error: there is no such directory – " in capsys.readouterr().err


def test_a_bare_repository_is_read_at_a_commit(bare: Path, capsys: Capture) -> None:
    for verb in ("lint", "catalog"):
        assert run(bare, verb) == 3
        shown = capsys.readouterr().err
        assert "the repository is bare" in shown
        assert "→ give `--head REV`" in shown
        assert run(bare, verb, "--head", "HEAD") == 0
        capsys.readouterr()


def test_a_repository_without_a_commit(new: Path, capsys: Capture) -> None:
    for words in ((*PLAN, "empty"), ("lint", "--head", "HEAD")):
        assert run(new, *words) == 3
        shown = capsys.readouterr().err
        assert "error: there is no commit yet – " in shown
        assert "→ commit first\n" in shown


def test_only_what_compares_commits_speaks_of_the_base(new: Path, capsys: Capture) -> None:
    for words in (("lint",), ("catalog",), ("try", "x"), ("refresh", "x", "--reason", "y")):
        assert run(new, *words) == 2
        shown = capsys.readouterr().err
        assert "there is no publisher.yml" in shown
        assert "--base" not in shown
    git(new, "commit", "--quiet", "--allow-empty", "-m", "Begin")
    assert run(new, *PLAN, "HEAD") == 2
    assert "or use `--base empty` where an older commit has none" in capsys.readouterr().err
    assert run(new, *PLAN, "empty") == 2
    assert "--base" not in capsys.readouterr().err


@pytest.mark.parametrize("words", [(*PLAN, "empty"), ("run",)])
def test_the_working_tree_is_no_commit(words: tuple[str, ...], new: Path, capsys: Capture) -> None:
    assert run(new, *words, "--head", "WORKTREE") == 2
    shown = capsys.readouterr().err
    assert "commits are compared, and WORKTREE is none" in shown
    assert "commit first, or use `publisher lint` or `publisher try`" in shown
