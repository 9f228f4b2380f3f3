"""A new lock, and the plan that it would cause."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from publisher.catalog.lock import Generation, Lock, LockedBase
from publisher.errors import NotFound, UsageError
from publisher.oci.digest import Digest
from publisher.oci.platform import Platform
from publisher.oci.reference import Repository
from publisher.plan.plan import ReasonCode
from publisher.ports.progress import Progress
from publisher.steps.refresh import BaseFinder, plan_with, with_bases, with_generations
from publisher.steps.worktree import Worktree, read_worktree
from tests.fakes.git import FakeGit
from tests.fakes.registry import FakeRegistry
from tests.unit.plan.five_layers import ALL, CANN, FILES, OS, PYTHON
from tests.unit.steps.test_bases import NOW, OLD, SOURCE, push_index

AMD64 = Platform("linux/amd64")
UBUNTU = "docker.io/library/ubuntu:22.04"
DEBIAN = "docker.io/library/debian:12"


@pytest.fixture
def worktree() -> Worktree:
    return read_worktree(FakeGit(FILES, FILES))


def finder(registry: FakeRegistry) -> BaseFinder:
    def of(host: str) -> FakeRegistry:
        assert host == SOURCE.host
        return registry

    return BaseFinder(of, Progress(), NOW)


def test_a_mirror_is_asked_instead_and_remembered(worktree: Worktree) -> None:
    registry = FakeRegistry()
    index, digests = push_index(registry, "linux/amd64")
    registry.tagged[SOURCE.path]["22.04"] = index
    pushed = len(registry.writes)
    found = finder(registry).find(worktree, {UBUNTU: SOURCE})
    assert found.found == {UBUNTU: LockedBase(SOURCE, digests, NOW, index)}
    assert (found.unused, found.errors) == ((), ())
    assert len(registry.writes) == pushed


def test_the_source_of_the_lock_is_kept() -> None:
    lock = FILES["publisher.lock"].replace('source: "docker.io/library/ubuntu"', f'source: "{SOURCE}"')
    found = finder(FakeRegistry()).find(read_worktree(FakeGit({**FILES, "publisher.lock": lock})), {})
    (error,) = found.errors
    assert isinstance(error, NotFound)
    assert error.where == f"{SOURCE}:22.04"


def test_one_base_that_cannot_be_found_hides_no_other_and_unused_ones_are_told() -> None:
    files = {
        **FILES,
        "python/Dockerfile": "FROM debian:12\n",
        "python/meta.yml": "ubuntu-python3.9: Dockerfile\n",
    }
    lock = FILES["publisher.lock"].replace(UBUNTU, "docker.io/library/old:1")
    registry = FakeRegistry()
    push_index(registry, "linux/amd64")
    sources = {UBUNTU: Repository(f"{SOURCE.host}/nope"), "docker.io/library/debian:12": SOURCE}
    found = finder(registry).find(read_worktree(FakeGit({**files, "publisher.lock": lock})), sources)
    assert set(found.found) == {"docker.io/library/debian:12"}
    assert [error.where for error in found.errors] == [f"{SOURCE.host}/nope:22.04"]
    assert found.unused == ("docker.io/library/old:1",)


def test_a_mirror_for_what_is_no_base_is_refused(worktree: Worktree) -> None:
    with pytest.raises(UsageError, match="is no external base") as caught:
        finder(FakeRegistry()).find(worktree, {"docker.io/library/ubuntu:2204": SOURCE})
    assert caught.value.hint == f"did you mean {UBUNTU}?"


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ((), {UBUNTU, DEBIAN}),
        (("ubuntu:22.04",), {UBUNTU}),
        (("index.docker.io/library/ubuntu:22.04",), {UBUNTU}),
        (("ubuntu:*",), {UBUNTU}),
        (("docker.io/library/*",), {UBUNTU, DEBIAN}),
        (("debian:12", "deb*"), {DEBIAN}),
    ],
)
def test_some_bases_are_looked_up_where_they_are_named(wanted: tuple[str, ...], found: set[str]) -> None:
    files = {**FILES, "side/Dockerfile": "FROM debian:12\n", "side/meta.yml": "v1: Dockerfile\n"}
    lookup = finder(FakeRegistry()).find(
        read_worktree(FakeGit(files, files)), dict.fromkeys(found, SOURCE), wanted
    )
    assert {base.reference for base in lookup.bases} == found
    assert len(lookup.errors) == len(found)
    assert lookup.unused == ()


@pytest.mark.parametrize("wanted", ["ubuntu:2204", "*:7", "-x", "\x1b[31m"])
def test_a_name_that_fits_no_base_is_refused(worktree: Worktree, wanted: str) -> None:
    with pytest.raises(UsageError, match="is no external base"):
        finder(FakeRegistry()).find(worktree, {}, ("ubuntu:22.04", wanted))


def test_a_newer_base_rebuilds_everything_on_it(worktree: Worktree) -> None:
    newer = LockedBase("docker.io/library/ubuntu", {AMD64: Digest.of(b"new")}, NOW)
    plan = plan_with(worktree, with_bases(worktree.snapshot.lock, {UBUNTU: newer}))
    assert {build.target for build in plan.builds} == ALL
    reasons = {build.target: {reason.code for reason in build.reasons} for build in plan.builds}
    assert reasons[OS] == {ReasonCode.BASE_REFRESHED}
    assert reasons[CANN] == {ReasonCode.PARENT_REBUILT}


def test_an_unchanged_lock_causes_nothing(worktree: Worktree) -> None:
    assert plan_with(worktree, worktree.snapshot.lock).is_empty


def test_the_plan_counts_what_else_is_not_committed() -> None:
    worktree = read_worktree(FakeGit({**FILES, "cann/ubuntu/install.sh": "echo 2\n"}, FILES))
    plan = plan_with(worktree, with_generations(worktree.snapshot.lock, [PYTHON], "why", NOW))
    assert {build.target for build in plan.builds} == ALL - {OS}


def test_generations_are_raised_by_one_with_their_reason() -> None:
    before = {OS: Generation(3, OLD, "old"), PYTHON: Generation(1, OLD, "kept")}
    lock = with_generations(Lock(generations=before), [OS, CANN], " openssl 3.0.15 ", NOW)
    assert lock.generations == {
        OS: Generation(4, NOW, "openssl 3.0.15"),
        PYTHON: before[PYTHON],
        CANN: Generation(1, NOW, "openssl 3.0.15"),
    }


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines", "\x1b[2J", "x" * 501])
def test_a_reason_is_one_line(reason: str) -> None:
    with pytest.raises(UsageError, match="one line of text"):
        with_generations(Lock(), [OS], reason, datetime(2025, 1, 1, tzinfo=UTC))


def test_other_entries_of_the_lock_stay(worktree: Worktree) -> None:
    lock = replace(worktree.snapshot.lock, generations={OS: Generation(1, OLD)})
    assert with_bases(lock, {}) == lock
