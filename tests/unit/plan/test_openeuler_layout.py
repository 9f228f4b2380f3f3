"""The planner on catalogs of the openEuler layout, in memory."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from publisher.catalog.openeuler.assumed import OPENEULER
from publisher.catalog.problem import Severity
from publisher.catalog.target import TargetId
from publisher.errors import CatalogError, UsageError
from publisher.plan.declarations import is_assumed
from publisher.plan.plan import Plan
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, empty_snapshot, load_snapshot
from publisher.steps.bases import external_bases
from tests.fakes.files import EXECUTABLE, MemoryFiles

Content = Mapping[str, str | None]
PYTHON, APP, AGENT = TargetId("python:3.11"), TargetId("app:1"), TargetId("kserve-agent:1")

FILES: Mapping[str, str] = {
    "README.md": "# Images\n",
    "Cloud/image-list.yml": "images:\n  python: python\n  app: app\n",
    "Cloud/python/meta.yml": "3.11:\n  path: 3.11/Dockerfile\n",
    "Cloud/python/README.md": "# Python\n",
    "Cloud/python/3.11/Dockerfile": "FROM openeuler/openeuler:24.03\nCOPY run.sh /\nRUN /run.sh\n",
    "Cloud/python/3.11/run.sh": "echo run\n",
    "Cloud/app/meta.yml": "1:\r\n  path: Cloud/app/1/Dockerfile\r\n  arch: x86_64\r\n",
    "Cloud/app/1/Dockerfile": "ARG REPO=openeuler\nARG T=3.11\n"
    "FROM $REPO/python:$T AS b\nFROM scratch\nCOPY --from=b / /",
    "AI/image-list.yml": "images:\n  kserve-agent: kserve/agent\n",
    "AI/kserve/agent/meta.yml": "1: [1/Dockerfile]",
    "AI/kserve/agent/1/Dockerfile": "FROM busybox:1\nCOPY --from=openeuler/python:3.11 / /\n",
}
TOP: Mapping[str, str] = {  # the same images as they stood before there were categories
    path.removeprefix("Cloud/").replace("AI/kserve/agent", "kserve-agent"): text.replace("Cloud/app", "app")
    for path, text in FILES.items()
    if not path.endswith("image-list.yml")
}


def state(
    changes: Content | None = None, files: Mapping[str, str] = FILES, last: Snapshot | None = None
) -> Snapshot:
    content = {path: text for path, text in {**files, **(changes or {})}.items() if text is not None}
    modes = {path: EXECUTABLE for path in content if path.endswith(".sh")}
    return load_snapshot(MemoryFiles(content, modes), "2" * 40, last=last)


def plan(changes: Content, files: Mapping[str, str] = FILES, base: Snapshot | None = None) -> Plan:
    base = base or state()
    return make_plan(base, state(changes, files, last=base))


def problems(snapshot: Snapshot | Plan) -> list[tuple[str, str, str | None]]:
    return [(p.rule, p.severity, p.target) for p in snapshot.problems]


NO_LOCK = ("P021", "warning", None)


def test_a_repository_without_settings_is_read_as_it_is() -> None:
    snapshot = state()
    assert snapshot.settings is OPENEULER
    assert set(snapshot.inputs) == {PYTHON, APP, AGENT}
    assert snapshot.parents[APP] == snapshot.parents[AGENT] == (PYTHON,)
    assert [str(p) for p in snapshot.inputs[AGENT]] == ["linux/amd64", "linux/arm64"]
    assert [str(p) for p in snapshot.inputs[APP]] == ["linux/amd64"]
    assert problems(snapshot) == [NO_LOCK], "no route is missing, and one warning says that nothing is locked"
    assert is_assumed(MemoryFiles(FILES))


def test_everything_is_built_at_first_and_moves_nowhere() -> None:
    head = state()
    made = make_plan(empty_snapshot(head.settings), head)
    assert [build.target for build in made.builds] == [PYTHON, APP, AGENT]
    assert made.moves == ()


def test_other_repositories_are_no_catalog() -> None:
    for files in ({}, {"README.md": ""}, {"x/meta.yml": "name: collection\n"}):
        with pytest.raises(CatalogError, match="no catalog"):
            load_snapshot(MemoryFiles(files), "2" * 40)
        assert not is_assumed(MemoryFiles(files))


@pytest.mark.parametrize(
    "layout", ["layout: openeuler", "layout: openeuler, platforms: [linux/arm64, linux/amd64]"]
)
def test_settings_can_be_added_later_and_rebuild_nothing(layout: str) -> None:
    settings = (
        f"version: 1\nsource: https://gitee.com/a/b\ncatalog: {{{layout}}}\n"
        "staging: {prefix: r.example/staging}\n"
        "registries: {hub: {prefix: docker.io/openeuler}}\nroutes: [{images: ['*'], to: [hub]}]\n"
    )
    made = plan({"publisher.yml": settings})
    assert not made.builds
    assert not made.copies
    assert {move.tag for move in made.moves} == {"3.11", "1"}
    some = {"publisher.yml": settings.replace("'*'", "python")}
    assert ("P010", "error", APP) in problems(state(some)), "whoever wrote routes hears of what they miss"


def test_what_the_layout_needs_registries_for_says_so() -> None:
    for name in ("staging_builds", "staging_records"):
        with pytest.raises(UsageError, match="no staging registry") as caught:
            getattr(OPENEULER, name)
        assert "layout: openeuler" in caught.value.hint


def test_a_folder_that_moves_as_a_whole_builds_nothing() -> None:
    before = state(files=TOP)
    assert set(before.inputs) == {PYTHON, APP, AGENT}
    made = plan({}, base=before)
    assert made.is_empty
    assert not made.retired
    back = make_plan(state(), state(files=TOP, last=state()))
    assert back.is_empty


def test_what_changes_while_it_moves_is_built_with_its_descendants() -> None:
    made = plan({"Cloud/python/3.11/run.sh": "echo other\n"}, base=state(files=TOP))
    assert [build.target for build in made.builds] == [PYTHON, APP, AGENT]
    assert [r.code for r in made.builds[1].reasons] == ["parent-rebuilt"]


def test_documents_build_nothing() -> None:
    made = plan({"Cloud/python/README.md": "x", "Cloud/python/doc/a.png": "x", "Cloud/.DS_Store": "x"})
    assert made.is_empty


def test_a_tag_with_equal_inputs_is_a_copy() -> None:
    made = plan({"Cloud/python/meta.yml": FILES["Cloud/python/meta.yml"] + "3.11-oe: 3.11/Dockerfile"})
    assert [(copy.target, copy.same_as) for copy in made.copies] == [("python:3.11-oe", PYTHON)]
    assert not made.builds


@pytest.mark.parametrize(
    "reference", ["openeuler/npmjs:latest", "openeuler/python:3.12", "docker.io/openeuler/x:1"]
)
def test_a_reference_that_is_not_declared_stops_its_target_alone(reference: str) -> None:
    made = plan({"Cloud/app/1/Dockerfile": f"FROM {reference}\n", "AI/kserve/agent/1/Dockerfile": "FROM a\n"})
    assert [build.target for build in made.builds] == [AGENT]
    assert ("P011", "error", APP) in problems(made)
    assert made.stopped == (APP,)


@pytest.mark.parametrize(
    "reference",
    ["openeuler/openeuler:24.03-lts-sp4", "hub.example/openeuler/python:3.11", "quay.io/ascend/cann:8"],
)
def test_the_distribution_and_others_come_from_elsewhere(reference: str) -> None:
    snapshot = state({"Cloud/app/1/Dockerfile": f"FROM {reference}\n"})
    assert snapshot.parents[APP] == ()
    assert problems(snapshot) == [NO_LOCK]
    assert any(base.reference.endswith(reference) for base in external_bases(snapshot))


def test_the_distribution_itself_may_be_declared() -> None:
    snapshot = state(
        {"Base/openeuler/meta.yml": "24.03: Dockerfile", "Base/openeuler/Dockerfile": "FROM scratch\n"}
    )
    assert snapshot.parents[PYTHON] == ("openeuler:24.03",)


def test_a_parent_on_fewer_platforms_is_reported() -> None:
    snapshot = state({"Cloud/python/meta.yml": "3.11: {path: 3.11/Dockerfile, arch: x86_64}"})
    assert ("P013", "error", AGENT) in problems(snapshot)
    assert set(snapshot.inputs) == {PYTHON, APP}


def test_a_dead_path_is_reported_at_its_line_and_stops_nothing_else() -> None:
    text = FILES["Cloud/python/meta.yml"] + "3.12:\n  path: 3.12/Dockerfile\n"
    made = plan({"Cloud/python/meta.yml": text})
    (problem,) = [p for p in made.problems if p.rule == "P005"]
    assert (problem.file, problem.line, problem.target) == ("Cloud/python/meta.yml", 3, "python:3.12")
    assert made.stopped == ("python:3.12",)
    unrelated = make_plan(
        state({"Cloud/python/meta.yml": text}),
        state({"Cloud/python/meta.yml": text, "AI/kserve/agent/1/Dockerfile": "FROM a\n"}),
    )
    assert [p.severity for p in unrelated.problems if p.rule == "P005"] == ["warning"]
    assert [build.target for build in unrelated.builds] == [AGENT]


def test_an_unreadable_meta_keeps_the_last_entries() -> None:
    made = plan({"Cloud/python/meta.yml": "3.11: [\n"})
    assert not made.retired
    assert not made.builds
    assert ("M001", "error", None) in problems(made)


def test_an_unreadable_meta_that_moved_keeps_the_last_entries() -> None:
    before = state(files=TOP)
    snapshot = state({"Cloud/python/meta.yml": "3.11: [\n"}, last=before)
    assert snapshot.kept == {PYTHON: "Cloud/python/meta.yml"}
    assert not make_plan(before, snapshot).retired


def test_an_entry_that_is_broken_where_it_moved_is_kept() -> None:
    before = state(files=TOP)
    snapshot = state({"Cloud/python/meta.yml": "3.11: []\n"}, last=before)
    assert snapshot.kept == {PYTHON: "Cloud/python/meta.yml"}


def test_an_image_that_goes_is_retired_although_another_is_broken() -> None:
    made = plan(
        {"AI/kserve/agent/meta.yml": None, "AI/kserve/agent/1/Dockerfile": None, "Cloud/app/meta.yml": "a: ["}
    )
    assert [(one.image, one.tag) for one in made.retired] == [("kserve-agent", "1")]


@pytest.mark.parametrize("text", ["images: [", "", "images: {kserve-agent: kserve/agent, x: kserve/agent}"])
def test_an_unreadable_list_renames_and_retires_nothing(text: str) -> None:
    made = plan({"AI/image-list.yml": text, "Cloud/python/3.11/run.sh": "echo other\n"})
    assert not made.retired
    assert [build.target for build in made.builds] == [PYTHON, APP, AGENT], "its targets are not stopped"
    assert {(p.file, p.severity) for p in made.problems if p.severity is Severity.ERROR} == {
        ("AI/image-list.yml", "error")
    }


def test_an_unreadable_list_where_a_folder_comes_to_lie_retires_nothing() -> None:
    before = state(files=TOP)
    snapshot = state({"AI/image-list.yml": "images: ["}, last=before)
    assert snapshot.kept == {AGENT: "AI/kserve/agent/meta.yml"}
    assert not make_plan(before, snapshot).retired


def test_a_line_of_a_list_that_goes_renames_the_image() -> None:
    made = plan({"AI/image-list.yml": "images: {}"})
    assert [(one.image, one.tag) for one in made.retired] == [("kserve-agent", "1")]
    assert [(copy.target, copy.same_as) for copy in made.copies] == [("agent:1", AGENT)]


def test_one_name_and_tag_from_two_folders() -> None:
    files = {"HPC/python/meta.yml": "3.11: Dockerfile\n3.12: Dockerfile", "HPC/python/Dockerfile": "FROM a\n"}
    snapshot = state(files)
    assert {("M023", "warning", None), ("P002", "error", PYTHON)} <= set(problems(snapshot))
    assert TargetId("python:3.12") in snapshot.inputs


def test_two_different_declarations_name_both_lines_and_count_only_where_touched() -> None:
    text = "3.11: 3.11/Dockerfile\n3.11: other/Dockerfile\n"
    made = plan({"Cloud/python/meta.yml": text})
    (problem,) = [p for p in made.problems if p.rule == "M010"]
    assert (problem.severity, problem.line) == ("error", 2)
    assert "line 1" in problem.message
    before = state({"Cloud/python/meta.yml": text})
    later = plan({"Cloud/python/meta.yml": f"# a line more\n{text}"}, base=before)
    assert [p.severity for p in later.problems if p.rule == "M010"] == ["warning"]


def test_a_huge_or_linked_list_is_not_read() -> None:
    huge = state({"AI/image-list.yml": "#" * (1024 * 1024 + 1)}, last=state())
    assert AGENT in huge.inputs
    assert ("P001", "error", None) in problems(huge)


def test_a_lock_is_used_and_then_missed_bases_are_named() -> None:
    lock = (
        'version: 1\nbases:\n  "docker.io/library/busybox:1":\n    source: docker.io/library/busybox\n'
        f'    date: "2024-05-01T00:00:00Z"\n    digests: {{linux/amd64: "sha256:{"a" * 64}"}}\n'
    )
    found = problems(state({"publisher.lock": lock}))
    assert NO_LOCK not in found
    assert ("P014", "warning", PYTHON) in found
