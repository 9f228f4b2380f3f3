"""History that is not all here: shallow, partial and rewritten clones; and older versions of files."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

import pytest

from publisher.errors import HistoryError, PlanError
from publisher.ports.git import GitRepository
from publisher.ports.progress import Progress
from publisher.records.release import ReleaseRecord
from publisher.steps.plan import check_descent, plan_change
from publisher.tools.git import Git
from publisher.tools.process import Runner
from tests.fakes.files import git_oid
from tests.fakes.history import FakeHistory
from tests.unit.plan.small import COMMON, work

WHEN = "2026-01-31T12:00:00Z"
CATALOG: dict[str, str | None] = {
    **COMMON,
    "app/meta.yml": "1: {path: Dockerfile}\n",
    "app/Dockerfile": "FROM debian:12\nCOPY run.sh /\n",
    "app/run.sh": "1\n",
}


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    (tmp_path / "home").mkdir()
    person = {
        f"GIT_{who}_{what}": value
        for who in ("AUTHOR", "COMMITTER")
        for what, value in (("NAME", "Ada L"), ("EMAIL", "ada@example.org"), ("DATE", WHEN))
    }
    return {"PATH": os.environ["PATH"], "HOME": str(tmp_path / "home"), **person}


class Line(Protocol):
    """A repository that grows by commits of some changed files."""

    @property
    def git(self) -> GitRepository: ...

    def commit(self, changes: dict[str, str | None]) -> str: ...


class RealLine:
    """Written by the git program."""

    def __init__(self, top: Path, env: dict[str, str]) -> None:
        self.top, self.env = top, env
        top.mkdir()
        self.do("init", "--quiet", "--initial-branch=main")
        self.do("config", "uploadpack.allowFilter", "true")
        self.do("config", "uploadpack.allowAnySHA1InWant", "true")
        self.git = Git(top, Runner(Progress(), env))

    def do(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments], cwd=self.top, env=self.env, check=True, capture_output=True, text=True
        )
        return done.stdout.strip()

    def commit(self, changes: dict[str, str | None]) -> str:
        for path, text in changes.items():
            place = self.top / path
            if text is None:
                place.unlink()
            else:
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(text)
        self.do("add", "--all")
        self.do("commit", "--quiet", "--allow-empty", "--message=x")
        return self.do("rev-parse", "HEAD")

    def clone(self, *options: str) -> RealLine:
        place = self.top.with_name("clone")
        self.do("clone", "--quiet", "--no-checkout", *options, f"file://{self.top}", str(place))
        twin = object.__new__(RealLine)
        twin.top, twin.env, twin.git = place, self.env, Git(place, Runner(Progress(), self.env))
        return twin


class FakeLine:
    """Held in memory."""

    def __init__(self) -> None:
        self.git = FakeHistory()
        self.content: dict[str, str] = {}

    def commit(self, changes: dict[str, str | None]) -> str:
        merged: dict[str, str | None] = {**self.content, **changes}
        self.content = {path: text for path, text in merged.items() if text is not None}
        return self.git.commit(self.content).oid


@pytest.fixture
def real(tmp_path: Path, home: dict[str, str]) -> RealLine:
    return RealLine(tmp_path / "repo", home)


@pytest.fixture(params=["fake", "git"])
def line(request: pytest.FixtureRequest) -> Line:
    if request.param == "fake":
        return FakeLine()
    found: RealLine = request.getfixturevalue("real")
    return found


# Older versions of files


def ids(*texts: str) -> tuple[str, ...]:
    return tuple(git_oid(text.encode()) for text in texts)


def test_older_versions_newest_first(line: Line) -> None:
    for number in range(4):
        line.commit({"a": f"{number}", "über b": "same", "c": "c" * (number // 2)})
    head = line.commit({"other": ""})
    found = line.git.older_versions(head, ["a", "über b", "c", "absent"], 10)
    assert found == {"a": ids("2", "1", "0"), "über b": (), "c": ids(""), "absent": ()}
    contents = line.git.files(head).read(found["a"])
    assert [contents[oid] for oid in found["a"]] == [b"2", b"1", b"0"]


def test_older_versions_of_an_earlier_commit_and_at_most_so_many(line: Line) -> None:
    commits = [line.commit({"a": f"{number}"}) for number in range(6)]
    assert line.git.older_versions(commits[3], ["a"], 2) == {"a": ids("2", "1")}
    assert line.git.older_versions(commits[0], ["a"], 2) == {"a": ()}
    assert line.git.older_versions(commits[0], [], 2) == {}


def test_a_file_that_was_deleted_and_added_again_begins_anew(line: Line) -> None:
    line.commit({"a": "1", "b": ""})
    gone = line.commit({"a": None})
    assert line.git.older_versions(gone, ["a"], 5) == {"a": ids("1")}
    line.commit({"a": "2"})
    head = line.commit({"a": "3"})
    assert line.git.older_versions(head, ["a"], 5) == {"a": ids("2")}


def test_a_commit_that_is_not_here_has_no_older_versions(line: Line) -> None:
    line.commit({"a": "1"})
    with pytest.raises(HistoryError):
        line.git.older_versions("f" * 40, ["a"], 5)


def test_names_are_taken_by_the_letter(real: RealLine) -> None:
    real.commit({"x*": "1", "xy": "1", "--all": "1", ":(top)x": "1"})
    head = real.commit({"xy": "2", "--all": "2", ":(top)x": "2"})
    found = real.git.older_versions(head, ["x*", "--all", ":(top)x"], 5)
    assert found == {"x*": (), "--all": ids("1"), ":(top)x": ids("1")}


def test_a_merge_is_one_change_of_its_first_parent(real: RealLine) -> None:
    real.commit({"a": "1"})
    real.do("checkout", "--quiet", "-b", "side")
    for text in ("side 1", "side 2"):
        real.commit({"a": text})
    real.do("checkout", "--quiet", "main")
    real.commit({"b": "1"})
    real.do("merge", "--quiet", "--no-ff", "--message=m", "side")
    assert real.git.older_versions(real.do("rev-parse", "HEAD"), ["a"], 5) == {"a": ids("1")}


def test_links_are_no_versions(real: RealLine) -> None:
    real.commit({"a": "1"})
    (real.top / "a").unlink()
    (real.top / "a").symlink_to("elsewhere")
    real.commit({})
    (real.top / "a").unlink()
    head = real.commit({"a": "2"})
    assert real.git.older_versions(head, ["a"], 5) == {"a": ids("1")}


def test_a_users_settings_do_not_count(real: RealLine) -> None:
    hostile = {
        "log.showSignature": "true", "diff.renames": "copies", "log.follow": "true",
        "diff.external": "false", "log.diffMerges": "off", "gpg.program": "false",
    }  # fmt: skip
    for key, value in hostile.items():
        real.do("config", key, value)
    real.commit({"a": "1"})
    assert real.git.older_versions(real.commit({"a": "2"}), ["a"], 5) == {"a": ids("1")}


# What a plan says when history is not here


def record_of(head: str) -> ReleaseRecord:
    return ReleaseRecord(
        1, None, "https://x.test", "empty", head, datetime(2026, 1, 1, tzinfo=UTC), "A", "why"
    )


def refused(act: Callable[[], object]) -> PlanError:
    with pytest.raises(PlanError) as caught:
        act()
    assert caught.value.exit_code == 3
    return caught.value


@pytest.fixture
def two(real: RealLine) -> tuple[str, str]:
    return real.commit(CATALOG), real.commit({"app/run.sh": "2\n"})


@pytest.mark.parametrize("name", ["HEAD~1", "<base>"])
def test_the_base_is_not_in_a_shallow_clone(real: RealLine, two: tuple[str, str], name: str) -> None:
    shallow = real.clone("--depth=1")
    base = two[0] if name == "<base>" else name
    error = refused(lambda: plan_change(shallow.git, shallow.git.resolve("HEAD"), base, None))
    assert "git fetch --unshallow" in error.hint
    assert "fetch-depth: 0" in error.hint
    shallow.do("fetch", "--quiet", "--unshallow")
    made = plan_change(shallow.git, shallow.git.resolve("HEAD"), base, None).plan
    assert work(made) == {"app:1": ["context-changed app/run.sh"]}


def test_a_shallow_clone_that_has_the_base_is_enough(real: RealLine, two: tuple[str, str]) -> None:
    shallow = real.clone("--depth=2")
    made = plan_change(shallow.git, shallow.git.resolve("HEAD"), "HEAD~1", None).plan
    assert work(made) == {"app:1": ["context-changed app/run.sh"]}


def test_the_released_commit_is_not_in_a_shallow_clone(real: RealLine, two: tuple[str, str]) -> None:
    shallow = real.clone("--depth=1")
    error = refused(lambda: check_descent(shallow.git, shallow.git.resolve("HEAD"), record_of(two[0])))
    assert "git fetch --unshallow" in error.hint
    shallow.do("fetch", "--quiet", "--unshallow")
    check_descent(shallow.git, shallow.git.resolve("HEAD"), record_of(two[0]))


def test_a_shallow_clone_that_cannot_tell_says_so(real: RealLine, two: tuple[str, str]) -> None:
    """Both commits are here, but not what lies between them."""
    real.commit({"app/run.sh": "3\n"})
    shallow = real.clone("--depth=1")
    shallow.do("fetch", "--quiet", "--depth=1", "origin", two[0])
    error = refused(lambda: check_descent(shallow.git, shallow.git.resolve("HEAD"), record_of(two[0])))
    assert "cannot tell" in error.what
    assert "git fetch --unshallow" in error.hint


def test_a_rewritten_branch_whose_old_commit_is_here(real: RealLine, two: tuple[str, str]) -> None:
    real.do("reset", "--quiet", "--hard", two[0])
    rewritten = real.commit({"app/run.sh": "otherwise\n"})
    error = refused(lambda: check_descent(real.git, real.git.resolve(rewritten), record_of(two[1])))
    assert "does not descend" in error.what
    assert f"git fetch origin {two[1]} && git merge {two[1]}" in error.hint


def test_a_rewritten_branch_whose_old_commit_is_not_here(real: RealLine, two: tuple[str, str]) -> None:
    real.do("reset", "--quiet", "--hard", two[0])
    real.commit({"app/run.sh": "otherwise\n"})
    clone = real.clone()
    error = refused(lambda: check_descent(clone.git, clone.git.resolve("HEAD"), record_of(two[1])))
    assert f"git fetch origin {two[1]}" in error.hint
    clone.do("fetch", "--quiet", "origin", two[1])
    assert (
        "does not descend"
        in refused(lambda: check_descent(clone.git, clone.git.resolve("HEAD"), record_of(two[1]))).what
    )


def test_an_unknown_base_says_what_to_fetch(real: RealLine, two: tuple[str, str]) -> None:
    head = real.git.resolve("HEAD")
    gone = "d" * 40
    assert f"git fetch origin {gone}" in refused(lambda: plan_change(real.git, head, gone, None)).hint
    assert "git fetch" in refused(lambda: plan_change(real.git, head, "origin/gone", None)).hint


@pytest.mark.parametrize("kind", ["blob:none", "tree:0", "blob:limit=3"])
def test_a_partial_clone_says_what_to_fetch(real: RealLine, two: tuple[str, str], kind: str) -> None:
    partial = real.clone(f"--filter={kind}")
    error = refused(lambda: plan_change(partial.git, partial.git.resolve("HEAD"), "HEAD~1", None))
    assert "git fetch --refetch --no-filter" in error.hint
    partial.do("fetch", "--quiet", "--refetch", "--no-filter")
    made = plan_change(partial.git, partial.git.resolve("HEAD"), "HEAD~1", None).plan
    assert work(made) == {"app:1": ["context-changed app/run.sh"]}


def test_a_broken_file_and_its_repair(real: RealLine, two: tuple[str, str]) -> None:
    broken = real.commit({"app/meta.yml": "1: [\n"})
    head = real.commit({"app/meta.yml": CATALOG["app/meta.yml"]})
    assert plan_change(real.git, real.git.resolve(head), broken, None).plan.is_empty
