"""Adopting the openEuler image repository: what is there is taken over, and the next plan does nothing."""

from __future__ import annotations

import pytest

from publisher.catalog.files import Files
from publisher.catalog.lock_file import MAX_BYTES, read_lock, write_lock
from publisher.catalog.overlay import Overlay
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.records.timeline import Timeline
from publisher.steps.adopt import AdoptStep, asked_of, lock_with, plan_after
from publisher.steps.adoption import Doubt
from publisher.steps.standing import Standing
from publisher.steps.status import StatusStep
from publisher.steps.worktree import Worktree
from tests.corpus.shape import catalog_files, rows
from tests.fakes.files import MemoryFiles
from tests.unit.steps.foreign import push_foreign
from tests.unit.steps.world import HUB, QUAY, World

SETTINGS = """\
version: 1
source: https://example.org/images
catalog: {layout: openeuler, references: [docker.io/openeuler]}
staging: {prefix: staging.test/us}
registries:
  hub: {prefix: hub.test/us}
  quay: {prefix: quay.test/us}
routes: [{images: ["*"], to: [hub, quay]}]
"""
COMMIT = "1" * 40
CATEGORIES = ("AI", "Cloud", "Database")
"""A slice: half of the tags, nearly all of those that are built on others."""


@pytest.fixture(
    scope="module",
    params=[CATEGORIES, pytest.param((), marks=pytest.mark.soak)],
    ids=["a slice", "all 1,638 tags"],
)
def files(request: pytest.FixtureRequest) -> Files:
    chosen = {
        path: content
        for path, content in catalog_files().items()
        if not request.param or path.partition("/")[0] in request.param
    }
    return MemoryFiles({**chosen, "publisher.yml": SETTINGS})


@pytest.fixture(scope="module")
def snapshot(files: Files) -> Snapshot:
    return load_snapshot(files, COMMIT)


@pytest.fixture(scope="module")
def world(snapshot: Snapshot, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Registries as somebody else filled them: the first tag of all is nowhere, the second at one of them."""
    made = World(tmp_path_factory.mktemp("openeuler"))
    made.content["publisher.yml"] = SETTINGS
    absent, single, *_ = sorted(snapshot.entries)
    for target, entry in snapshot.entries.items():
        for host in (HUB, QUAY):
            if target != absent and (target != single or host == HUB):
                where = made.registries[host], f"us/{target.image}", target.tag, str(target)
                push_foreign(*where, *sorted(entry.platforms))
    made.log.clear()
    return made


def test_what_is_there_is_taken_over_and_the_next_plan_builds_nothing_of_it(
    world: World, files: Files, snapshot: Snapshot
) -> None:
    step = AdoptStep(world.bench(), snapshot, Timeline.of([]), {})
    places = step.places()
    number = len(snapshot.entries)
    assert asked_of(places) == {"hub": number, "quay": number}
    looked = step.look(places)
    absent, single, *_ = sorted(snapshot.entries)
    assert {(one.target, one.doubt) for one in looked.adoption.findings} == {
        (absent, Doubt.ABSENT),
        (single, Doubt.MISSING),
    }
    assert len(looked.adoption.locked) == number - 1
    assert len(looked.adoption.tags) == 2 * number - 3
    assert len(world.log) == 2 * number + number - 1
    lock = lock_with(snapshot, Worktree(files, snapshot, snapshot), looked.adoption.locked)
    raw = write_lock(lock)
    assert read_lock("publisher.lock", raw) == lock
    assert len(raw) < MAX_BYTES / 16
    plan = plan_after(snapshot, Worktree(files, snapshot, snapshot), lock)
    assert (plan.builds, plan.moves, plan.tests, plan.stopped) == ((), (), (), ())
    assert not [problem for problem in plan.problems if problem.rule == "P019"]

    after = load_snapshot(Overlay(files, {"publisher.lock": raw}), COMMIT, last=snapshot)
    child, parent = next((child, found[0]) for child, found in sorted(snapshot.parents.items()) if found)
    inputs = after.inputs[child][min(after.inputs[child])]
    assert lock.adopted[parent] in [base.locked for base in inputs.bases]


def test_a_changed_dockerfile_is_told_of_and_a_new_tag_is_built_on_what_was_adopted(
    world: World, files: Files, snapshot: Snapshot
) -> None:
    step = AdoptStep(world.bench(), snapshot, Timeline.of([]), {})
    looked = step.look(step.places())
    raw = write_lock(lock_with(snapshot, Worktree(files, snapshot, snapshot), looked.adoption.locked))
    before = load_snapshot(Overlay(files, {"publisher.lock": raw}), COMMIT, last=snapshot)
    target = next(target for target in sorted(snapshot.inputs) if snapshot.parents[target])
    row = next(row for row in rows() if f"{row.name}:{row.tag}" == target)
    assert row.dockerfile is not None
    content = files.read([files.tree[row.dockerfile].oid])[files.tree[row.dockerfile].oid]
    meta = files.read([files.tree[row.meta].oid])[files.tree[row.meta].oid]
    changes = {
        "publisher.lock": raw,
        row.dockerfile: content + b"\nLABEL edited=yes\n",
        row.meta: meta + f"new-{row.tag}:\n  path: {row.path}\n".encode(),
    }
    plan = make_plan(before, load_snapshot(Overlay(files, changes), COMMIT, last=before))
    assert {build.target for build in plan.builds} == {f"{row.name}:new-{row.tag}"}
    assert {(move.registry, move.tag) for move in plan.moves} == {
        (name, f"new-{row.tag}") for name in ("hub", "quay")
    }
    assert {problem.target for problem in plan.problems if problem.rule == "P019"} == {target}


def test_status_of_all_of_it_takes_one_request_a_tag(world: World, snapshot: Snapshot) -> None:
    runner = world.runner()
    step = AdoptStep(runner.bench, snapshot, Timeline.of([]), {})
    record = step.record(None, step.look(step.places()).adoption)
    world.log.clear()
    report = StatusStep(runner.bench, snapshot, Timeline.of([record])).run()
    standings = [tag.standing for tag in report.tags]
    assert standings.count(Standing.ADOPTED) == len(record.adopted)
    assert len(report.tags) == 2 * len(snapshot.entries)
    assert len(world.log) == len(record.adopted) + 1
