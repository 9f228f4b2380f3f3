"""What holds for every change of every catalog: random stacks, random edits, on several platforms."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.catalog.target import TargetId
from publisher.codec import decode
from publisher.oci.platform import Platform
from publisher.plan.changes import build_ids
from publisher.plan.plan import Plan, ReasonCode
from publisher.plan.planner import make_plan
from publisher.plan.render import as_json
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.plan.tags import Place, desired_tags
from tests.fakes.files import MemoryFiles
from tests.unit.plan.random_catalogs import Catalog, edited, random_catalog

COMMITS = ("1" * 40, "2" * 40, "3" * 40)
seeds = st.integers(0, 10**9)
SOAK = 2000


def line(seed: int, length: int) -> list[Catalog]:
    """Give a catalog and what it becomes, edit by edit."""
    random_ = random.Random(seed)
    catalogs = [random_catalog(random_)]
    while len(catalogs) < length:
        catalogs.append(edited(catalogs[-1], random_))
    return catalogs


def load(catalogs: list[Catalog]) -> list[Snapshot]:
    """Load a line; each state knows the one before."""
    states: list[Snapshot] = []
    for commit, catalog in zip(COMMITS, catalogs, strict=False):
        states.append(catalog.load(commit, states[-1] if states else None))
    return states


def tag_ids(snapshot: Snapshot) -> dict[Place, object]:
    return {place: build_ids(snapshot, target) for place, target in desired_tags(snapshot).items()}


def work_of(made: Plan) -> set[TargetId]:
    """Give the targets that are built, copied or tested."""
    return {item.target for items in (made.builds, made.copies, made.tests) for item in items}


def levels(snapshot: Snapshot, target: TargetId) -> list[int]:
    order = ("untested", "emulated", "native")
    return [order.index(snapshot.settings.test_level(platform)) for platform in snapshot.inputs[target]]


def changed(base: Snapshot, head: Snapshot) -> tuple[set[TargetId], set[TargetId], set[Place]]:
    """Give targets with another BuildId, with another test, and tags with another image."""
    awake = {t for t in head.inputs if not head.is_dormant(t)}
    slept = {t for t in awake if t in base.entries and base.is_dormant(t)}
    built = {t for t in awake if t in slept or build_ids(base, t) != build_ids(head, t)}
    tested = {
        t
        for t in head.inputs.keys() & base.inputs.keys() - built
        if base.test_digest(t) != head.test_digest(t)
        or any(now > then for now, then in zip(levels(head, t), levels(base, t), strict=False))
    }
    before, names = tag_ids(base), desired_tags(base)
    moved = {
        place
        for place, ids in tag_ids(head).items()
        if before.get(place) != ids or (names[place] in slept and ids)
    }
    return built, tested, moved


def check_plan(base: Snapshot, head: Snapshot) -> None:
    """A plan does what changed and nothing else, as far as no problem stops it."""
    made = make_plan(base, head)
    stopped = set(made.stopped)
    built, tested, moved = changed(base, head)
    assert {build.target for build in made.builds} <= built
    assert {build.target for build in made.builds} | {copy.target for copy in made.copies} >= built - stopped
    assert {copy.target for copy in made.copies if not head.is_dormant(copy.target)} <= built
    sleeping = {t for t in head.inputs if head.is_dormant(t)}
    done = {(m.registry, m.image, m.tag) for m in made.moves if m.target not in sleeping}
    assert done == {
        (p.registry, p.image, p.tag)
        for p in moved
        if desired_tags(head)[p] in head.inputs.keys() - stopped - sleeping
    }
    copied = {copy.target for copy in made.copies}
    assert {test.target for test in made.tests} - copied - sleeping == tested - stopped - sleeping
    if not (built or tested or moved):
        assert made.is_empty
    if made.is_empty and not sleeping:
        assert not (built | tested) - stopped


def check_descent(base: Snapshot, head: Snapshot) -> None:
    """Whatever uses a rebuilt image is rebuilt; whoever is rebuilt has a cause of its own, or above."""
    made = make_plan(base, head)
    builds = {build.target: build for build in made.builds}
    away = {
        *made.stopped,
        *(copy.target for copy in made.copies),
        *(t for t in head.entries if head.is_dormant(t)),
    }
    for target, by_platform in head.inputs.items():
        for platform, inputs in by_platform.items():
            for parent in inputs.parents:
                if id_of(base, parent.target, parent.platform) not in (
                    None,
                    id_of(head, parent.target, parent.platform),
                ):
                    assert target in builds or target in away, (target, platform)
    for build in made.builds:
        assert build.reasons
        assert build.wave == max((builds[p].wave + 1 for p in build.parents if p in builds), default=0)
        for reason in build.reasons:
            if reason.code is ReasonCode.PARENT_REBUILT:
                assert build_ids(base, TargetId(reason.cause)) != build_ids(head, TargetId(reason.cause))


def id_of(snapshot: Snapshot, target: TargetId, platform: Platform) -> object:
    return build_ids(snapshot, target).get(platform)


def check_composition(first: Snapshot, second: Snapshot, third: Snapshot) -> None:
    """One plan over two steps has no more than the two plans, and they no more than what comes to nothing.

    Dormant targets aside: while their inputs are others, their image is not to be found.
    """
    whole, one, two = make_plan(first, third), make_plan(first, second), make_plan(second, third)
    steps = {*one.targets, *one.stopped, *two.targets, *two.stopped}
    sleeping = {target for target in third.entries if third.is_dormant(target)}
    assert set(whole.targets) - sleeping <= steps
    retired = {TargetId.of(gone.image, gone.tag) for gone in (*whole.retired, *one.retired, *two.retired)}
    for target in {*one.targets, *two.targets} - {*whole.targets, *whole.stopped} - retired:
        same = build_ids(first, target) == build_ids(third, target)
        assert same or target not in third.inputs or third.is_dormant(target)


def check_order(catalog: Catalog, seed: int) -> None:
    """BuildIds follow from what files say, not from their order or that of keys."""
    random_ = random.Random(seed)
    files = list(catalog.files.items())
    random_.shuffle(files)
    turned = {p: _turned(text, random_) if p.endswith("meta.yml") else text for p, text in files}
    other = load_snapshot(MemoryFiles(turned, dict(reversed(catalog.modes.items()))), COMMITS[2])
    plain = catalog.load(COMMITS[0])
    assert {t: build_ids(other, t) for t in other.inputs} == {t: build_ids(plain, t) for t in plain.inputs}


def _turned(meta: str, random_: random.Random) -> str:
    """Write the entries of a file, and the keys of each, in another order."""
    lines = meta.splitlines()
    random_.shuffle(lines)
    found = []
    for line_ in lines:
        tag, _, rest = line_.partition(": {")
        fields = rest.removesuffix("}").replace("{VERSION: ", "{VERSION= ").split(", ")
        if "platforms: [linux/arm64" in rest:
            found.append(line_)
            continue
        random_.shuffle(fields)
        found.append(f"{tag}: {{{', '.join(fields)}}}".replace("{VERSION= ", "{VERSION: "))
    return "\n".join(found) + "\n"


def check_alone(catalog: Catalog, state: Snapshot) -> None:
    """A state follows from its own files; the one before only settles who keeps a disputed name."""
    if not state.kept and not {"P003", "P004"} & {problem.rule for problem in state.problems}:
        alone = catalog.load(state.commit)
        assert alone.inputs == state.inputs
        assert alone.identities == state.identities
        assert alone.problems == state.problems
        assert alone.parents == state.parents


def check_all(seed: int) -> None:
    catalogs = line(seed, 3)
    first, second, third = load(catalogs)
    for base, head in ((first, second), (second, third), (first, third), (third, first)):
        check_plan(base, head)
        check_descent(base, head)
    check_composition(first, second, third)
    check_order(catalogs[1], seed)
    check_alone(catalogs[2], third)
    assert make_plan(second, second).is_empty


@given(seeds)
@settings(deadline=None, max_examples=40)
def test_laws(seed: int) -> None:
    check_all(seed)


@pytest.mark.soak
@given(seeds)
@settings(deadline=None, max_examples=SOAK)
def test_laws_of_many_catalogs(seed: int) -> None:
    check_all(seed)


@given(seeds, st.sets(st.integers(0, 12)))
@settings(deadline=None, max_examples=20)
def test_what_was_left_is_planned_again_and_json_reads_back(seed: int, chosen: set[int]) -> None:
    base, head = load(line(seed, 2))
    left = {target: "build: exit 1" for n, target in enumerate(sorted(head.entries)) if n in chosen}
    made = make_plan(base, head, left=left)
    assert decode(Plan, as_json(made)) == made
    again = {build.target for build in made.builds} | set(made.stopped)
    assert all(target in again or head.is_dormant(target) for target in left)
    codes = {build.target: {r.code for r in build.reasons} for build in made.builds}
    assert all(ReasonCode.FAILED_BEFORE in codes[target] for target in left if target in codes)


@given(seeds)
@settings(deadline=None, max_examples=20)
def test_a_catalog_elsewhere_in_the_repository_has_the_same_images(seed: int) -> None:
    (catalog,) = line(seed, 1)
    plain = catalog.load(COMMITS[0])
    own = ("publisher.yml", "publisher.lock")
    moved = {path if path in own else f"deep/down/{path}": text for path, text in catalog.files.items()}
    moved["publisher.yml"] = moved["publisher.yml"].replace("catalog: {", "catalog: {root: deep/down, ")
    modes = {f"deep/down/{path}": mode for path, mode in catalog.modes.items()}
    other = load_snapshot(MemoryFiles(moved, modes), COMMITS[1], last=plain)
    assert {t: build_ids(other, t) for t in other.inputs} == {t: build_ids(plain, t) for t in plain.inputs}
    assert make_plan(plain, other).is_empty
