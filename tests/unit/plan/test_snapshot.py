"""A whole state of the catalog: parents, problems, and who is left out."""

from __future__ import annotations

import pytest

from publisher.catalog.problem import Problem
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError
from publisher.oci.platform import Platform
from publisher.plan.snapshot import NO_TEST, Snapshot, load_snapshot
from tests.fakes.files import LINK, MemoryFiles
from tests.unit.plan.five_layers import (
    ABOVE_CANN,
    ALL,
    BASE_DIGEST,
    CANN,
    FILES,
    LOCK,
    MINDSPORE,
    OPENMIND,
    OS,
    PYTHON,
    PYTORCH,
    Content,
    files,
    replaced,
    state,
)

AMD64, ARM64 = Platform("linux/amd64"), Platform("linux/arm64")


def found(snapshot: Snapshot, rule: str) -> list[Problem]:
    return [problem for problem in snapshot.problems if problem.rule == rule]


def test_a_sound_catalog_has_no_problems() -> None:
    snapshot = state()
    assert snapshot.problems == ()
    assert snapshot.inputs.keys() == ALL
    assert snapshot.outlines == {}


def test_a_state_is_read_in_two_batches() -> None:
    content = files()
    load_snapshot(content, "head")
    assert content.reads == 2


def test_parents_and_bases() -> None:
    snapshot = state()
    assert snapshot.parents == {
        OS: (), PYTHON: (OS,), CANN: (PYTHON,), MINDSPORE: (CANN,), PYTORCH: (CANN,), OPENMIND: (PYTORCH,),
    }  # fmt: skip
    inputs = snapshot.inputs[CANN][AMD64]
    (parent,) = inputs.parents
    assert parent.reference == f"docker.io/ascendai/{PYTHON}" == inputs.args["BASE"]
    (base,) = snapshot.inputs[OS][AMD64].bases
    assert base.reference == "docker.io/library/ubuntu:22.04"
    assert base.locked
    assert base.locked.digests == {AMD64: BASE_DIGEST}


def test_context_is_what_the_build_can_consume() -> None:
    inputs = state().inputs[CANN][AMD64]
    assert [file.path for file in inputs.files] == ["install.sh"]
    assert inputs.context == "cann/ubuntu"


def test_a_parent_may_be_named_by_an_alias_or_by_latest() -> None:
    alias = replaced("openmind/meta.yml", str(PYTORCH), "pytorch:pytorch2.1.0-cann8.0.rc2.beta1")
    assert state(alias).parents[OPENMIND] == (PYTORCH,)
    latest = {"openmind/Dockerfile": "FROM ascendai/cann\n"}
    assert state(latest).parents[OPENMIND] == (CANN,)
    second_prefix = {"openmind/Dockerfile": f"FROM quay.io/ascend/{CANN}\n"}
    assert state(second_prefix).parents[OPENMIND] == (CANN,)


def test_the_name_of_a_parent_is_not_in_the_build_id() -> None:
    alias = replaced("openmind/meta.yml", str(PYTORCH), "pytorch:pytorch2.1.0-cann8.0.rc2.beta1")
    assert state(alias).inputs[OPENMIND][AMD64].build_id == state().inputs[OPENMIND][AMD64].build_id


def test_another_prefix_for_references_changes_no_build_id() -> None:
    other = replaced(
        "publisher.yml", "references: [docker.io/ascendai, quay.io/ascend]", "references: [quay.io/ascend]"
    )
    ids = [{t: state(change).inputs[t][AMD64].build_id for t in ALL} for change in ({}, other)]
    assert ids[0] == ids[1]


def test_a_pinned_base_stands_for_itself() -> None:
    snapshot = state({"os/Dockerfile": f"FROM ubuntu@{BASE_DIGEST}\n"})
    (base,) = snapshot.inputs[OS][AMD64].bases
    assert base.locked
    assert base.locked.digests == {AMD64: BASE_DIGEST}
    assert snapshot.problems == ()


def test_an_unlocked_base_is_a_warning_and_counts_as_null() -> None:
    snapshot = state({"publisher.lock": None})
    (problem,) = found(snapshot, "P014")
    assert (problem.severity, problem.file, problem.line, problem.target) == (
        "warning",
        "os/Dockerfile",
        1,
        OS,
    )
    assert snapshot.inputs.keys() == ALL
    assert snapshot.identities[OS][AMD64].images[0].digest is None


def test_a_front_end_is_locked_like_a_base() -> None:
    snapshot = state({"os/Dockerfile": "# syntax=docker/dockerfile:1\nFROM ubuntu:22.04\n"})
    (problem,) = found(snapshot, "P014")
    assert (str(problem.position), problem.target) == ("os/Dockerfile:1:1", OS)
    frontend = snapshot.inputs[OS][AMD64].frontend
    assert frontend
    assert frontend.reference == "docker.io/docker/dockerfile:1"
    assert frontend.locked is None


def test_onbuild_of_a_parent_may_copy_anything() -> None:
    trigger = {"python/Dockerfile": "ARG BASE\nFROM $BASE\nONBUILD COPY . /src/\n"}
    more = {"cann/ubuntu/other.sh": "echo\n"}
    assert [f.path for f in state(more).inputs[CANN][AMD64].files] == ["install.sh"]
    assert [f.path for f in state(trigger | more).inputs[CANN][AMD64].files] == ["install.sh", "other.sh"]


def test_an_ignore_file_applies() -> None:
    copying = {"cann/ubuntu/Dockerfile": "ARG BASE\nFROM $BASE\nCOPY . /\n", "cann/ubuntu/other.sh": "echo\n"}
    ignoring = {**copying, "cann/ubuntu/.dockerignore": "other.sh\n"}
    assert [f.path for f in state(copying).inputs[CANN][AMD64].files] == ["install.sh", "other.sh"]
    assert [f.path for f in state(ignoring).inputs[CANN][AMD64].files] == ["install.sh"]
    (problem,) = found(state({**copying, "cann/ubuntu/.dockerignore": "[\n"}), "P020")
    assert (problem.file, problem.line, problem.target) == ("cann/ubuntu/.dockerignore", 1, CANN)


def test_an_adopted_parent_counts_by_its_digest() -> None:
    lock = (
        LOCK
        + f"""\
adopted:
  "{CANN}":
    source: docker.io/ascendai/cann
    date: "2024-06-01T00:00:00Z"
    digests: {{linux/amd64: "sha256:{"b" * 64}"}}
"""
    )
    snapshot = state({"publisher.lock": lock})
    assert snapshot.parents[PYTORCH] == ()
    assert snapshot.identities[PYTORCH][AMD64].images[0].digest == "sha256:" + "b" * 64
    assert snapshot.is_dormant(CANN)


@pytest.mark.parametrize(
    ("change", "rule", "place", "out"),
    [
        ({"mindspore/Dockerfile": None}, "P005", "mindspore/meta.yml:1:1", {MINDSPORE}),
        ({"mindspore/smoke.yml": None}, "P008", "mindspore/meta.yml:1:1", {MINDSPORE}),
        ({"pytorch/Dockerfile": "FRM scratch\n"}, "P007", "pytorch/Dockerfile:1:1", {PYTORCH, OPENMIND}),
        ({"cann/ubuntu/Dockerfile": "FROM ascendai/pythn:1\n"}, "P011", "cann/ubuntu/Dockerfile:1:1",
         ABOVE_CANN),
        (replaced("cann/meta.yml", "python:ubuntu", "pythn:ubuntu"), "P011", "cann/meta.yml:1:1", ABOVE_CANN),
        (replaced("publisher.yml", '["*"]', "[os, python, cann, mindspore]"), "P010", "pytorch/meta.yml:1:1",
         {PYTORCH, OPENMIND}),
    ],
)  # fmt: skip
def test_a_problem_takes_its_target_and_descendants_out(
    change: Content, rule: str, place: str, out: set[TargetId]
) -> None:
    snapshot = state(change)
    (problem,) = found(snapshot, rule)
    assert str(problem.position) == place
    assert problem.fix
    assert snapshot.inputs.keys() == ALL - out
    assert snapshot.outlines.keys() == out


def test_a_dockerfile_that_is_a_link_is_refused() -> None:
    linked = MemoryFiles({**FILES, "pytorch/Dockerfile": "../../etc/passwd"}, {"pytorch/Dockerfile": LINK})
    snapshot = load_snapshot(linked, "head")
    (problem,) = found(snapshot, "P006")
    assert problem.target == PYTORCH


def test_a_cycle_is_named_in_full() -> None:
    snapshot = state(replaced("python/meta.yml", "os:ubuntu", str(CANN)))
    problems = found(snapshot, "P012")
    assert {problem.target for problem in problems} == {PYTHON, CANN}
    assert f"{CANN} → {PYTHON} → {CANN}" in problems[0].message
    assert snapshot.inputs.keys() == {OS}


def test_a_platform_wider_than_the_parent() -> None:
    wide = replaced(
        "mindspore/meta.yml", "path: Dockerfile", "path: Dockerfile\n  platforms: [linux/amd64, linux/arm64]"
    )
    snapshot = state(wide)
    (problem,) = found(snapshot, "P013")
    assert problem.target == MINDSPORE
    assert "linux/arm64" in problem.message
    assert snapshot.inputs.keys() == ALL - {MINDSPORE}


def test_the_newcomer_loses_a_name_that_another_had() -> None:
    before = state()
    thief = {"a/meta.yml": "x: {path: Dockerfile}\n", "a/Dockerfile": "FROM ubuntu:22.04\n"}
    content = {"cann/meta.yml": FILES["cann/meta.yml"] + "new: {path: ubuntu/Dockerfile, latest: true}\n"}
    snapshot = state({**thief, **content}, last=before)
    assert snapshot.owners["cann:latest"] == CANN
    assert CANN in snapshot.inputs
    assert TargetId("cann:new") not in snapshot.inputs


def test_an_unreadable_meta_keeps_the_last_state() -> None:
    before = state()
    snapshot = state({"pytorch/meta.yml": "a: [\n"}, last=before)
    assert snapshot.kept == {PYTORCH: "pytorch/meta.yml"}
    assert snapshot.inputs == before.inputs
    assert snapshot.entries.keys() == before.entries.keys()


def test_the_lock_is_checked_against_the_entries() -> None:
    lock = LOCK + 'generations:\n  "cann:gone": {number: 1, date: "2024-06-01T00:00:00Z", reason: update}\n'
    (problem,) = found(state({"publisher.lock": lock}), "P018")
    assert "cann:gone" in problem.message


def test_a_repository_without_settings_is_no_catalog() -> None:
    with pytest.raises(CatalogError, match="no catalog"):
        state({"publisher.yml": None})


def test_huge_files_are_not_fetched() -> None:
    snapshot = state({"pytorch/Dockerfile": "#" * (1024 * 1024 + 1)})
    assert PYTORCH not in snapshot.inputs
    (problem,) = found(snapshot, "P001")
    assert problem.target == PYTORCH


def test_where_a_smoke_test_lies_does_not_count() -> None:
    moved = {
        **replaced("mindspore/meta.yml", "smoke.yml", "test.yml"),
        "mindspore/smoke.yml": None, "mindspore/test.yml": FILES["mindspore/smoke.yml"],
    }  # fmt: skip
    assert state(moved).test_digest(MINDSPORE) == state().test_digest(MINDSPORE)
    assert state().test_digest(PYTORCH) == NO_TEST


def test_the_order_of_files_does_not_count() -> None:
    backwards = load_snapshot(MemoryFiles(dict(reversed(list(FILES.items())))), "head")
    forwards = load_snapshot(MemoryFiles(FILES), "head")
    assert backwards.inputs == forwards.inputs
