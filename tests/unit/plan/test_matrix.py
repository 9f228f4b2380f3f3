"""Matrices in whole states: nothing that a matrix makes differs from what is written out."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.catalog.matrix.combinations import condensed
from publisher.catalog.problem import Position, Severity
from publisher.catalog.target import TargetId
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, load_snapshot
from tests.fakes.files import MemoryFiles
from tests.unit.catalog.openmind_stack import FILES

Content = Mapping[str, str | None]

CANN_RC2 = TargetId("cann:ubuntu-python3.9-cann8.0.rc2.beta1")
LITERAL_PYTHON = """\
ubuntu-python3.8: {path: Dockerfile, base: "os:ubuntu", args: {PYTHON: "3.8"}, internal: true}
ubuntu-python3.9: {path: Dockerfile, base: "os:ubuntu", args: {PYTHON: "3.9"}, internal: true}
ubuntu-python3.10: {path: Dockerfile, base: "os:ubuntu", args: {PYTHON: "3.10"}, internal: true}
openeuler-python3.9: {path: Dockerfile, base: "os:openeuler", args: {PYTHON: "3.9"}, internal: true}
openeuler-python3.8: {path: Dockerfile, base: "os:openeuler", args: {PYTHON: "3.8"}, internal: true}
"""
"""The five entries that the matrix of `python` makes, written out in another order."""


def state(changes: Content | None = None, last: Snapshot | None = None) -> Snapshot:
    content = {**FILES, **(changes or {})}
    return load_snapshot(
        MemoryFiles({p: text for p, text in content.items() if text is not None}), "c", last=last
    )


def replaced(path: str, old: str, new: str) -> dict[str, str]:
    assert old in FILES[path], f"{old!r} is not in {path}"
    return {path: FILES[path].replace(old, new)}


def test_the_stack_is_sound() -> None:
    snapshot = state()
    assert not [problem for problem in snapshot.problems if problem.severity is Severity.ERROR]
    assert len(snapshot.inputs) == 2 + 5 + 7 + 6 + 3 + 6
    assert snapshot.owners["cann:latest"] == CANN_RC2


def test_writing_a_matrix_out_plans_nothing() -> None:
    made, written = state(), state({"meta/python/meta.yml": LITERAL_PYTHON})
    assert make_plan(made, written).is_empty
    assert make_plan(written, made).is_empty
    assert not make_plan(made, written).retired
    assert made.inputs == written.inputs


def test_writing_out_what_cannot_be_built_plans_nothing_either() -> None:
    broken = {"meta/python/Dockerfile": "FRM scratch\n"}
    made, written = state(broken), state({**broken, "meta/python/meta.yml": LITERAL_PYTHON})
    assert made.outlines
    assert made.outlines == written.outlines
    for plan in (make_plan(made, written), make_plan(written, made)):
        assert plan.is_empty
        assert not plan.stopped
        assert not [problem for problem in plan.problems if problem.severity is Severity.ERROR]


def test_one_more_value_builds_only_what_it_adds() -> None:
    more = replaced(
        "meta/cann/meta.yml", "[8.0.rc1.beta1, 8.0.rc2.beta1]", "[8.0.rc1.beta1, 8.0.rc2.beta1, 9.0]"
    )
    plan = make_plan(state(), state(more))
    assert [build.target for build in plan.builds] == [
        "cann:openeuler-python3.8-cann9.0",
        "cann:openeuler-python3.9-cann9.0",
        "cann:ubuntu-python3.8-cann9.0",
        "cann:ubuntu-python3.9-cann9.0",
    ]
    assert not plan.retired


def test_a_moved_selector_moves_latest_only() -> None:
    moved = replaced("meta/openmind/meta.yml", "latest: {os: ubuntu", "latest: {os: openeuler")
    plan = make_plan(state(), state(moved))
    assert not plan.builds
    assert [(move.tag, move.target.tag.split("-")[0]) for move in plan.moves] == [("latest", "openeuler")]


def test_problems_of_the_planner_name_line_and_combination() -> None:
    snapshot = state({"meta/cann/ubuntu/Dockerfile": None})
    dead = [problem for problem in snapshot.problems if problem.rule == "P005"]
    assert len(dead) == 4
    assert {problem.file for problem in dead} == {"meta/cann/meta.yml"}
    by_target = {problem.target: problem for problem in dead}
    assert by_target[CANN_RC2].position == Position("meta/cann/meta.yml", 6, 11)
    assert by_target[CANN_RC2].message == (
        "there is no file meta/cann/ubuntu/Dockerfile (for os=ubuntu, python=3.9, cann=8.0.rc2.beta1)"
    )
    (problem,) = condensed(dead)
    assert problem.message.endswith("and 3 more combinations)")


def test_a_missing_parent_and_a_wide_platform_name_the_combination() -> None:
    lone = replaced(
        "meta/python/meta.yml", "exclude: [{os: openeuler, python: 3.10}]", "exclude: [{os: openeuler}]"
    )
    missing = [problem for problem in state(lone).problems if problem.rule == "P011" and problem.target]
    assert {problem.target for problem in missing} == {
        "cann:openeuler-python3.8-cann8.0.rc1.beta1",
        "cann:openeuler-python3.9-cann8.0.rc1.beta1",
        "cann:openeuler-python3.9-cann8.0.rc2.beta1",
    }
    assert all(problem.message.endswith(f"(for {problem.combination})") for problem in missing)
    narrow = replaced("meta/os/meta.yml", "internal: true", "internal: true\n    arch: x86_64")
    wide = [problem for problem in state(narrow).problems if problem.rule == "P013"]
    assert len(wide) == 5
    assert all("(for os=" in problem.message for problem in wide)


def test_problems_that_the_plan_adds_name_the_combination() -> None:
    broken = {"meta/python/Dockerfile": "FRM scratch\n"}
    head = state({**broken, **replaced("meta/cann/ubuntu/Dockerfile", "RUN install", "RUN reinstall")})
    blocked = [problem for problem in make_plan(state(broken), head).problems if problem.rule == "P017"]
    assert blocked
    assert all("(for os=ubuntu, python=" in problem.message for problem in blocked)
    frozen = make_plan(
        state(), state(replaced("meta/cann/ubuntu/Dockerfile", "RUN install", "RUN reinstall"))
    )
    kept = [problem for problem in frozen.problems if problem.rule == "P016"]
    assert [problem.target for problem in kept] == [
        "cann:ubuntu-python3.8-cann8.0.rc1.beta1",
        "cann:ubuntu-python3.9-cann8.0.rc1.beta1",
    ]
    assert all(problem.message.endswith(", cann=8.0.rc1.beta1)") for problem in kept)


def test_a_refused_item_keeps_its_last_entries() -> None:
    before = state()
    after = state(replaced("meta/pytorch/meta.yml", "latest: {os: ubuntu,", "latest: {oss: ubuntu,"), before)
    assert after.entries.keys() == before.entries.keys()
    assert {target.image for target in after.kept} == {"pytorch"}
    plan = make_plan(before, after)
    assert plan.is_empty
    assert not plan.retired
    (problem,) = [problem for problem in plan.problems if problem.severity is Severity.ERROR]
    assert (problem.rule, problem.file, problem.line) == ("M027", "meta/pytorch/meta.yml", 11)


def test_a_tag_declared_twice_keeps_its_last_state_and_stops_nobody_else() -> None:
    literal = "ubuntu-python3.9: {path: Dockerfile}\n"
    before = state()
    change = {"meta/python/meta.yml": literal + FILES["meta/python/meta.yml"]}
    after = state({**change, **replaced("meta/mindspore/Dockerfile", "pip install", "pip3 install")}, before)
    twice = TargetId("python:ubuntu-python3.9")
    assert after.kept == {twice: "meta/python/meta.yml"}
    assert after.entries[twice] == before.entries[twice]
    plan = make_plan(before, after)
    assert not {twice, "mindspore:ubuntu-python3.9-cann8.0.rc2.beta1-mindspore2.3.1"} & set(plan.targets)
    assert [build.target for build in plan.builds] == [
        "mindspore:openeuler-python3.8-mindspore2.3.0rc1",
        "mindspore:openeuler-python3.9-cann8.0.rc2.beta1-mindspore2.3.1",
        "openmind:openeuler-python3.9-cann8.0.rc2.beta1-mindspore2.3.1-openmind0.8.0",
    ]
    (problem,) = [p for p in plan.problems if p.rule == "M010"]
    assert (problem.severity, problem.target) == (Severity.ERROR, twice)


def test_a_tag_declared_twice_from_the_start_is_a_problem() -> None:
    snapshot = state(
        {"meta/python/meta.yml": "ubuntu-python3.9: a/Dockerfile\nubuntu-python3.9: b/Dockerfile\n"}
    )
    assert TargetId("python:ubuntu-python3.9") not in snapshot.entries
    (problem,) = [p for p in snapshot.problems if p.rule == "M010"]
    assert (problem.line, "line 1" in problem.message) == (2, True)
