"""States that cannot be read in full: what stands in for them, and what the repairing commit plans."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

import pytest

from publisher.catalog.problem import Severity
from publisher.errors import CatalogError, HistoryError, PlanError
from publisher.plan.plan import Plan
from publisher.plan.snapshot import Snapshot
from publisher.records.release import ReleaseRecord
from publisher.steps import states
from publisher.steps.plan import check_descent, plan_change
from publisher.steps.states import load_base, load_commit
from tests.fakes.history import FakeHistory
from tests.unit.plan.small import COMMON, work

ONE, TWO = "1: {path: Dockerfile}\n", "2: {path: two/Dockerfile}\n"
FILES: Mapping[str, str] = {
    **COMMON,
    "app/meta.yml": ONE + TWO,
    "app/Dockerfile": "FROM debian:12\nRUN one\n",
    "app/two/Dockerfile": "FROM debian:12\nRUN two\n",
    "top/meta.yml": ONE,
    "top/Dockerfile": "FROM hub.test/us/app:1\nRUN top\n",
}
BROKEN = "1: [\n"
WITH_A = "1: {path: Dockerfile, args: {A: x}}\n"


class Repository:
    """A line of commits, each a change of the one before; None takes a file away."""

    def __init__(self) -> None:
        self.git = FakeHistory()
        self.content: dict[str, str] = {}
        self.commits: list[str] = []
        self.commit(FILES)

    def commit(self, changes: Mapping[str, str | None]) -> str:
        merged: dict[str, str | None] = {**self.content, **changes}
        self.content = {path: text for path, text in merged.items() if text is not None}
        self.commits.append(self.git.commit(self.content).oid)
        return self.commits[-1]

    def plan(self, base: str, head: str) -> Plan:
        return plan_change(self.git, self.git.resolve(head), base, None).plan

    def state(self, commit: str) -> Snapshot:
        return load_commit(self.git, commit)


@pytest.fixture
def repository() -> Repository:
    return Repository()


def errors(made: Plan) -> list[str]:
    return [f"{p.file} {p.rule}" for p in made.problems if p.severity is Severity.ERROR]


def test_the_commit_that_breaks_a_file_builds_and_retires_nothing_of_it(repository: Repository) -> None:
    (good,) = repository.commits
    made = repository.plan(good, repository.commit({"app/meta.yml": BROKEN}))
    assert work(made) == {}
    assert errors(made) == ["app/meta.yml M001"]


def test_the_commit_that_repairs_a_file_plans_only_what_it_changed(repository: Repository) -> None:
    broken = repository.commit({"app/meta.yml": BROKEN})
    same = repository.commit({"app/meta.yml": ONE + TWO})
    assert work(repository.plan(broken, same)) == {}
    assert errors(repository.plan(broken, same)) == []
    changed = "2: {path: two/Dockerfile, args: {A: x}}\n3: {path: Dockerfile}\n"
    more = repository.commit({"app/meta.yml": ONE + changed})
    assert work(repository.plan(broken, more)) == {"app:2": ["args-changed A"], "app:3": ["copy of app:1"]}
    fewer = repository.commit({"app/meta.yml": ONE})
    assert work(repository.plan(broken, fewer)) == {"app:2": ["retired"]}


def test_a_file_that_was_broken_by_many_commits(repository: Repository) -> None:
    broken = [repository.commit({"app/meta.yml": f"{number}: [\n"}) for number in range(10)]
    repaired = repository.commit({"app/meta.yml": ONE + TWO})
    assert work(repository.plan(broken[-1], repaired)) == {}


def test_versions_are_looked_at_within_bounds(
    repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(states, "MOST_VERSIONS", 3)
    broken = [repository.commit({"app/meta.yml": f"{number}: [\n"}) for number in range(5)]
    assert repository.state(broken[2]).kept.keys() == {"app:1", "app:2"}
    assert repository.state(broken[4]).kept == {}


def test_one_broken_entry_is_kept_and_the_others_count(repository: Repository) -> None:
    (good,) = repository.commits
    bad = repository.commit({"app/meta.yml": WITH_A + "2: {pth: two/Dockerfile}\n"})
    made = repository.plan(good, bad)
    assert work(made) == {"app:1": ["args-changed A"], "top:1": ["parent-rebuilt app:1"]}
    assert {problem.target for problem in made.problems} == {"app:2"}
    assert repository.state(bad).kept == {"app:2": "app/meta.yml"}
    repaired = repository.commit({"app/meta.yml": WITH_A + TWO})
    assert work(repository.plan(bad, repaired)) == {}


def test_each_broken_entry_is_kept_from_the_version_that_has_it(repository: Repository) -> None:
    repository.commit({"app/meta.yml": WITH_A + "2: {pth: two/Dockerfile}\n"})
    state = repository.state(repository.commit({"app/meta.yml": BROKEN}))
    assert {t: dict(state.entries[t].args) for t in state.kept} == {"app:1": {"A": "x"}, "app:2": {}}


def test_an_entry_that_was_taken_out_before_the_file_broke_is_retired(repository: Repository) -> None:
    (good,) = repository.commits
    repository.commit({"app/meta.yml": ONE})
    made = repository.plan(good, repository.commit({"app/meta.yml": BROKEN}))
    assert work(made) == {"app:2": ["retired"]}


def test_a_file_that_was_deleted_and_came_back_broken_keeps_nothing(repository: Repository) -> None:
    gone = repository.commit({"top/meta.yml": None})
    broken = repository.commit({"top/meta.yml": BROKEN})
    assert repository.state(broken).kept == {}
    assert errors(repository.plan(gone, broken)) == ["top/meta.yml M001"]


def test_what_changes_while_a_file_is_broken_stops_its_target(repository: Repository) -> None:
    (good,) = repository.commits
    broken = repository.commit({"app/meta.yml": BROKEN, "app/Dockerfile": "FROM debian:12\nRUN one more\n"})
    made = repository.plan(good, broken)
    assert work(made) == {}
    assert made.stopped == ("app:1", "top:1")
    assert errors(made) == ["app/meta.yml M001"]


def test_an_older_problem_counts_as_soon_as_its_targets_are_touched(repository: Repository) -> None:
    broken = repository.commit({"app/meta.yml": BROKEN})
    untouched = repository.plan(broken, repository.commit({"README.md": "other"}))
    assert (untouched.is_empty, errors(untouched)) == (True, [])
    assert [p.rule for p in untouched.problems] == ["M001"]
    touched = repository.plan(broken, repository.commit({"app/Dockerfile": "FROM debian:12\nRUN new\n"}))
    assert touched.is_empty
    assert errors(touched) == ["app/meta.yml M001"]
    assert touched.stopped == ("app:1", "top:1")


def test_unrelated_targets_go_on(repository: Repository) -> None:
    (good,) = repository.commits
    other = {"side/meta.yml": ONE, "side/Dockerfile": "FROM debian:12\nRUN side\n"}
    made = repository.plan(good, repository.commit({"app/meta.yml": BROKEN, **other}))
    assert work(made) == {"side:1": ["added side/meta.yml"]}


def test_from_nothing_a_broken_file_is_an_error_of_that_file_only(repository: Repository) -> None:
    made = repository.plan("empty", repository.commit({"new/meta.yml": BROKEN}))
    assert {build.target for build in made.builds} == {"app:1", "app:2", "top:1"}
    assert errors(made) == ["new/meta.yml M001"]


def test_a_tag_that_stands_twice_is_refused_with_both_lines_and_kept(repository: Repository) -> None:
    (good,) = repository.commits
    twice = repository.commit({"app/meta.yml": ONE + TWO + "1: {path: two/Dockerfile}\n"})
    made = repository.plan(good, twice)
    assert work(made) == {}
    (problem,) = made.problems
    assert (problem.severity, str(problem.position), problem.target) == (
        "error",
        "app/meta.yml:3:1",
        "app:1",
    )
    assert "line 1" in problem.message
    assert work(repository.plan(twice, repository.commit({"app/meta.yml": ONE + TWO}))) == {}


def test_many_commits_are_their_end_points(repository: Repository) -> None:
    (good,) = repository.commits
    repository.commit({"app/meta.yml": BROKEN, "publisher.lock": "version: [\n"})
    repository.commit({"app/Dockerfile": "FROM debian:12\nRUN one, two\n"})
    repository.commit({"publisher.yml": "version: x\n"})
    repository.commit({"top/Dockerfile": "FROM hub.test/us/app:1\nRUN otherwise\n"})
    mended = ("app/meta.yml", "publisher.lock", "publisher.yml", "top/Dockerfile")
    end = repository.commit({path: FILES[path] for path in mended})
    assert work(repository.plan(good, end)) == {
        "app:1": ["dockerfile-changed app/Dockerfile"],
        "top:1": ["parent-rebuilt app:1"],
    }


@pytest.mark.parametrize(
    ("path", "text"),
    [("publisher.yml", "version: x\n"), ("publisher.yml", "[\n"), ("publisher.lock", "version: [\n")],
)
def test_settings_and_lock_of_the_base_stand_as_they_could_be_read(
    repository: Repository, path: str, text: str
) -> None:
    broken = repository.commit({path: text})
    with pytest.raises(CatalogError):
        repository.plan("empty", broken)
    repaired = repository.commit({path: FILES[path], "app/two/Dockerfile": "FROM debian:12\nRUN 2\n"})
    assert work(repository.plan(broken, repaired)) == {"app:2": ["dockerfile-changed app/two/Dockerfile"]}


def test_settings_and_lock_that_are_both_broken(repository: Repository) -> None:
    broken = repository.commit({"publisher.yml": "[\n", "publisher.lock": "[\n", "app/meta.yml": BROKEN})
    assert set(load_base(repository.git, broken).inputs) == {"app:1", "app:2", "top:1"}


def test_settings_that_could_never_be_read_are_an_error() -> None:
    git = FakeHistory()
    oid = git.commit({"publisher.yml": "version: x\n"}).oid
    with pytest.raises(CatalogError) as caught:
        load_base(git, oid)
    assert caught.value.where.startswith("publisher.yml")


def test_a_base_that_had_no_settings_says_what_to_do() -> None:
    git = FakeHistory()
    first = git.commit({"README.md": ""}).oid
    head = git.commit(FILES)
    with pytest.raises(CatalogError, match="no catalog") as caught:
        plan_change(git, head, first, None)
    assert caught.value.hint.startswith("write one")


def test_nothing_moves_while_two_entries_claim_a_name(repository: Repository) -> None:
    """The newcomer stands before the owner in the file, and commits go by."""
    owner = "2: {path: Dockerfile, latest: true}\n"
    repository.commit({"app/meta.yml": owner})
    broken = repository.commit({"app/meta.yml": "one: {path: Dockerfile, latest: true}\n" + owner})
    assert repository.plan(broken, repository.commit({"README.md": "later"})).is_empty


@pytest.mark.parametrize("revision", ["nothing", "f" * 40])
def test_a_base_that_is_not_here(repository: Repository, revision: str) -> None:
    with pytest.raises(HistoryError) as caught:
        repository.plan(revision, repository.commits[0])
    assert caught.value.exit_code == 3


def test_a_head_that_does_not_descend_from_the_released_one(repository: Repository) -> None:
    (first,) = repository.commits
    released = repository.commit({"README.md": "released"})
    beside = repository.git.commit({**FILES, "README.md": "rewritten"}, parent=first)
    with pytest.raises(PlanError, match="does not descend") as caught:
        check_descent(repository.git, beside, record_of(released))
    assert caught.value.exit_code == 3
    assert f"git merge {released}" in caught.value.hint


def test_a_released_head_that_is_not_here_any_more(repository: Repository) -> None:
    head = repository.git.resolve("HEAD")
    with pytest.raises(HistoryError):
        check_descent(repository.git, head, record_of("f" * 40))


def record_of(head: str) -> ReleaseRecord:
    time = datetime(2026, 1, 1, tzinfo=UTC)
    return ReleaseRecord(1, None, "https://x.test", "empty", head, time, "A", "why")


OPENEULER: Mapping[str, str] = {
    "AI/image-list.yml": "images:\n  kserve-agent: kserve/agent\n  other: other\n",
    "AI/kserve/agent/meta.yml": "1.0-oe2403: {path: 1.0/Dockerfile}\n",
    "AI/kserve/agent/1.0/Dockerfile": "FROM openeuler/openeuler:24.03\nRUN x\n",
    "AI/other/meta.yml": "1.0:\n  path: 1.0/Dockerfile\n",
    "AI/other/1.0/Dockerfile": "FROM openeuler/kserve-agent:1.0-oe2403\nRUN y\n",
}


@pytest.mark.parametrize("also", [{}, {"AI/other/meta.yml": "1.0: [\n"}], ids=["alone", "with a meta.yml"])
def test_a_broken_list_of_names_takes_no_image_away(also: Mapping[str, str]) -> None:
    git = FakeHistory()
    good = git.commit(OPENEULER)
    broken = git.commit({**OPENEULER, "AI/image-list.yml": "images: [\n", **also})
    repaired = git.commit(OPENEULER)
    breaking = plan_change(git, broken, good.oid, None).plan
    assert work(breaking) == {}
    assert {problem.file for problem in breaking.problems if problem.severity is Severity.ERROR} == {
        "AI/image-list.yml",
        *also,
    }
    assert work(plan_change(git, repaired, broken.oid, None).plan) == {}
