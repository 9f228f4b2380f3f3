"""The whole openEuler image repository: what is wrong there is reported, and all the rest is planned."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest

from publisher.catalog.paths import folders_above
from publisher.catalog.target import TargetId
from publisher.errors import Malformed
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from tests.corpus.shape import Row, catalog_files, rows
from tests.fakes.files import MemoryFiles

NO_IMAGE = "openeuler/npmjs:latest"
NO_TAG = "openeuler/cann:cann7.0.RC1.alpha002-oe2203sp2"
NARROW = "llm:fastchat-pytorch2.1.0.a1-cann7.0.RC1.alpha002-oe2203sp2"
"""A tag for two platforms whose parent is built for arm64 alone."""
SLASH = "redis:7.4.1-oe2203sp3"
"""Its path `/7.4.1/…` would be dead if a leading slash meant anything."""


SECOND = "HPC/tensorrt"
"""A folder that has another's name: at the top there is no room for both."""


@pytest.fixture(scope="module")
def snapshot() -> Snapshot:
    return load_snapshot(MemoryFiles(catalog_files()), "1" * 40)


def named(row: Row) -> str:
    return f"{row.name}:{row.tag}"


def is_target(row: Row) -> bool:
    try:
        return bool(TargetId.of(row.name, row.tag))
    except Malformed:
        return False


def targets(snapshot: Snapshot, *rules: str) -> set[str | None]:
    return {problem.target for problem in snapshot.problems if problem.rule in rules}


INVALID = {named(row) for row in rows() if not is_target(row)}
DEAD = {named(row) for row in rows() if row.dockerfile is None} - {SLASH}


def test_every_tag_is_read(snapshot: Snapshot) -> None:
    assert len({row.meta for row in rows()}) == 444
    assert len(rows()) == 1638
    assert set(snapshot.entries) == {named(row) for row in rows()} - INVALID
    found = {target: entry.dockerfile for target, entry in snapshot.entries.items()}
    for row in rows():
        assert row.dockerfile in {None, found.get(TargetId.of(row.name, row.tag)) if is_target(row) else None}


def test_the_faults_are_exactly_those_that_are_there(snapshot: Snapshot) -> None:
    assert targets(snapshot, "M008") == INVALID
    assert len(INVALID) == 2
    assert targets(snapshot, "P005", "M011") == DEAD
    assert len(DEAD) == 29
    assert targets(snapshot, "P011") == {named(r) for r in rows() if {NO_IMAGE, NO_TAG} & {*r.references}}
    assert targets(snapshot, "P013") == {NARROW}
    assert Counter(str(problem.rule) for problem in snapshot.problems) == {
        "M008": 2, "M011": 2, "P005": 27, "P011": 30, "P013": 1, "M023": 1, "P021": 1,
    }  # fmt: skip


def test_everything_else_is_planned(snapshot: Snapshot) -> None:
    stopped = targets(snapshot, "M008", "P005", "P011", "P013")
    assert set(snapshot.inputs) == set(snapshot.entries) - stopped - below(stopped)
    made = make_plan(empty_snapshot(snapshot.settings), snapshot)
    assert {*(b.target for b in made.builds), *(c.target for c in made.copies)} == set(snapshot.inputs)
    assert not made.moves


def below(stopped: set[str | None]) -> set[str]:
    """Give what is built on stopped targets, from the corpus' own graph."""
    found: set[str] = set()
    while more := {named(r) for r in rows() if {*r.parents} & (stopped | found)} - found:
        found |= more
    return found


def test_parents_are_those_of_the_corpus(snapshot: Snapshot) -> None:
    for row in rows():
        if is_target(row) and named(row) in snapshot.inputs:
            assert set(snapshot.parents[TargetId.of(row.name, row.tag)]) == set(row.parents)


def test_the_whole_repository_moves_under_categories_and_builds_nothing(snapshot: Snapshot) -> None:
    """As it happened: every folder stood at the top once, problems included."""
    homes = {row.folder: row.name for row in rows() if row.folder != SECOND}
    before = load_snapshot(MemoryFiles(dict(at_the_top(homes))), "0" * 40)
    head = load_snapshot(MemoryFiles(catalog_files()), "1" * 40, last=before)
    made = make_plan(before, head)
    assert {build.target.image for build in made.builds} == {"tensorrt"}, "the folder that was left out"
    assert not any([made.copies, made.tests, made.retired, made.stopped])
    assert {problem.severity for problem in made.problems} == {"warning"}


def at_the_top(homes: dict[str, str]) -> Iterator[tuple[str, bytes]]:
    for path, content in catalog_files().items():
        home = next((f for f in folders_above(path)[::-1] if f in homes), None)
        if home is not None:
            text = content.replace(f"path: {home}/".encode(), f"path: {homes[home]}/".encode())
            yield homes[home] + path.removeprefix(home), text
