"""What holds for every change: random edits of the five layers, before and after."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from publisher.codec import decode
from publisher.plan.changes import build_ids
from publisher.plan.explain import explain_target
from publisher.plan.plan import Plan
from publisher.plan.planner import make_plan
from publisher.plan.render import as_explanation, as_json, as_markdown, as_table
from publisher.plan.snapshot import Snapshot, load_snapshot
from publisher.plan.tags import desired_tags
from tests.fakes.files import MemoryFiles
from tests.unit.plan.five_layers import ALL, BASE_COMMIT, CANN, FILES, HEAD_COMMIT, LOCK, MINDSPORE, PYTORCH

EDITS: tuple[dict[str, str | None], ...] = (
    {"README.md": "other"},
    {"cann/ubuntu/README.md": "other"},
    {"os/Dockerfile": "FROM ubuntu:22.04\nRUN apt-get update --yes\n"},
    {"cann/ubuntu/install.sh": "echo other\n"},
    {"mindspore/Dockerfile": "ARG BASE\nFROM $BASE\nRUN pip install mindspore\n"},
    {"mindspore/Dockerfile": "# why\nARG BASE\nFROM $BASE\n\nRUN pip install mindspore==2.3.1\n"},
    {"mindspore/smoke.yml": "version: 1\ncommands: [{name: other, run: [echo]}]\n"},
    {"os/smoke.yml": None},
    {"pytorch/Dockerfile": None},
    {"pytorch/meta.yml": None},
    {"pytorch/meta.yml": FILES["pytorch/meta.yml"].replace("[pytorch", "[new, pytorch")},
    {"pytorch/meta.yml": "a: [\n"},
    {"openmind/meta.yml": FILES["openmind/meta.yml"].replace("latest: true", "latest: false")},
    {"openmind/meta.yml": FILES["openmind/meta.yml"].replace("path:", "status: frozen\n  path:")},
    {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]},
    {"publisher.lock": LOCK.replace("a" * 64, "b" * 64)},
    {"publisher.lock": LOCK.replace("2024-05-01", "2024-05-02")},
    {"publisher.lock": LOCK + f'generations:\n  "{CANN}": {{number: 2, date: "2025-01-01T00:00:00Z"}}\n'},
    {"publisher.lock": None},
    {"publisher.yml": FILES["publisher.yml"].replace("[hub, quay, modelers]", "[quay, modelers]")},
    {"publisher.yml": FILES["publisher.yml"].replace("version: 1", "version: 1\nformat: docker")},
    {"publisher.yml": FILES["publisher.yml"].replace("[linux/amd64]", "[linux/amd64, linux/arm64]")},
    {"publisher.yml": FILES["publisher.yml"].replace("docker.io/ascendai, ", "")},
)  # fmt: skip
edits = st.lists(st.sampled_from(EDITS), max_size=4)


def content(chosen: list[dict[str, str | None]]) -> dict[str, str]:
    merged: dict[str, str | None] = dict(FILES)
    for edit in chosen:
        merged |= edit
    return {path: text for path, text in merged.items() if text is not None}


def states(
    before: list[dict[str, str | None]], after: list[dict[str, str | None]]
) -> tuple[Snapshot, Snapshot]:
    base = load_snapshot(MemoryFiles(content(before)), BASE_COMMIT)
    return base, load_snapshot(MemoryFiles(content([*before, *after])), HEAD_COMMIT, last=base)


def tag_ids(snapshot: Snapshot) -> dict[Any, Any]:
    return {place: build_ids(snapshot, target) for place, target in desired_tags(snapshot).items()}


def check_work(base: Snapshot, head: Snapshot) -> None:
    """Require that a plan does just what BuildIds, tests and tags ask for; empty iff none of them changed."""
    made = make_plan(base, head)
    able = {t for t in head.inputs if t not in made.stopped and not head.is_dormant(t)}
    woken = {t for t in able if t in base.entries and base.is_dormant(t)}
    rebuilt = {t for t in able if t in woken or build_ids(base, t) != build_ids(head, t)}
    retested = {t for t in able - rebuilt if t in base.inputs and base.test_digest(t) != head.test_digest(t)}
    moved = {
        (place.registry, place.image, place.tag)
        for place, ids in tag_ids(head).items()
        if desired_tags(head)[place] in able
        and (tag_ids(base).get(place) != ids or desired_tags(base)[place] in woken)
    }
    copied = {copy.target for copy in made.copies if not head.is_dormant(copy.target)}
    assert {build.target for build in made.builds} | copied == rebuilt
    assert {test.target for test in made.tests if not head.is_dormant(test.target)} - copied == retested
    assert {(m.registry, m.image, m.tag) for m in made.moves if not head.is_dormant(m.target)} == moved
    if not any(map(head.is_dormant, head.entries)):
        assert made.is_empty == (not (rebuilt or retested or moved))


def check_builds(base: Snapshot, head: Snapshot) -> None:
    """Require reasons, waves, and that builds are closed under descent."""
    made = make_plan(base, head)
    wave = {build.target: build.wave for build in made.builds}
    dormant = {target for target in head.entries if head.is_dormant(target)}
    followed = {*wave, *made.stopped, *dormant, *(copy.target for copy in made.copies)}
    for build in made.builds:
        assert build.reasons
        assert set(build.build_ids) == set(build.platforms) == set(head.inputs[build.target])
        assert not {build.target} & set(made.stopped)
        assert build.wave == max((wave[p] + 1 for p in build.parents if p in wave), default=0)
        if base.entries.keys() >= {build.target}:
            for child, parents in head.parents.items():
                assert build.target not in parents or child in followed or child not in head.inputs


@pytest.mark.parametrize("number", range(len(EDITS)))
def test_one_edit_and_its_way_back(number: int) -> None:
    plain, edited = states([], [EDITS[number]])
    for base, head in ((plain, edited), (edited, plain)):
        check_work(base, head)
        check_builds(base, head)


@given(edits, edits)
@settings(deadline=None, max_examples=20)
def test_a_plan_is_empty_iff_nothing_changed(before: list[Any], after: list[Any]) -> None:
    check_work(*states(before, after))


@given(edits, edits)
@settings(deadline=None, max_examples=20)
def test_builds_are_closed_under_descent_and_have_reasons(before: list[Any], after: list[Any]) -> None:
    check_builds(*states(before, after))


@given(edits, edits)
@settings(deadline=None, max_examples=20)
def test_every_text_can_be_made_and_json_reads_back(before: list[Any], after: list[Any]) -> None:
    base, head = states(before, after)
    made = make_plan(base, head)
    assert decode(Plan, as_json(made)) == made
    assert all(len(line) <= 60 for line in as_table(made, 60).partition("problems")[0].splitlines())
    assert as_markdown(made).count("<details>") == as_markdown(made).count("</details>")
    files = MemoryFiles(content([*before, *after]))
    for name in base.owners.keys() | head.owners.keys():
        assert as_explanation(explain_target(made, base, head, files, name), made).startswith(name)


@given(edits, edits, st.randoms())
@settings(deadline=None, max_examples=20)
def test_the_order_of_files_does_not_count(before: list[Any], after: list[Any], random: Any) -> None:
    base, head = states(before, after)
    files = list(content([*before, *after]).items())
    random.shuffle(files)
    shuffled = load_snapshot(MemoryFiles(dict(files)), HEAD_COMMIT, last=base)
    assert as_json(make_plan(base, shuffled)) == as_json(make_plan(base, head))


@given(edits)
@settings(deadline=None, max_examples=20)
def test_nothing_is_planned_between_equal_states(chosen: list[Any]) -> None:
    base, head = states(chosen, [])
    made = make_plan(base, head)
    assert made.is_empty
    assert made.stopped == ()
    assert not made.retired


@given(edits, edits, st.sets(st.sampled_from(sorted(ALL))))
@settings(deadline=None, max_examples=20)
def test_what_was_left_is_built_or_stopped_or_dormant(
    before: list[Any], after: list[Any], left: set[Any]
) -> None:
    base, head = states(before, after)
    made = make_plan(base, head, left=dict.fromkeys(left, "cause"))
    done = {build.target for build in made.builds} | set(made.stopped)
    assert all(t in done or head.is_dormant(t) for t in left if t in head.entries)


@pytest.mark.parametrize("target", [MINDSPORE, PYTORCH])
def test_the_name_of_a_target_is_not_in_its_ids(target: Any) -> None:
    head = load_snapshot(MemoryFiles(FILES), HEAD_COMMIT)
    path = f"{target.image}/meta.yml"
    renamed = {**FILES, path: FILES[path].replace(target.tag, "renamed", 1)}
    other = load_snapshot(MemoryFiles(renamed), HEAD_COMMIT)
    assert build_ids(other, type(target).of(target.image, "renamed")) == build_ids(head, target)
