"""What a change means: one scenario a test."""

from __future__ import annotations

from dataclasses import replace

import pytest

from publisher.catalog.problem import Severity
from publisher.catalog.target import TargetId
from publisher.codec import decode
from publisher.oci.digest import Digest
from publisher.plan.plan import Plan, PlannedMove, Reason
from publisher.plan.planner import make_plan, with_expected
from publisher.plan.render import as_json
from publisher.plan.snapshot import empty_snapshot
from tests.unit.plan.five_layers import (
    ABOVE_CANN,
    ALL,
    BASE_COMMIT,
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
    first_plan,
    plan,
    replaced,
    state,
)

UBUNTU = "docker.io/library/ubuntu:22.04"


def built(made: Plan) -> set[TargetId]:
    return {build.target for build in made.builds}


def why(made: Plan, target: TargetId) -> list[str]:
    return [f"{r.code} {r.cause}" for build in made.builds if build.target == target for r in build.reasons]


def tags(made: Plan) -> set[str]:
    return {f"{move.registry}/{move.image}:{move.tag}" for move in made.moves}


def test_the_first_merge_builds_everything_in_waves() -> None:
    made = first_plan()
    assert [(build.target, build.wave) for build in made.builds] == [
        (OS, 0), (PYTHON, 1), (CANN, 2), (MINDSPORE, 3), (PYTORCH, 3), (OPENMIND, 4),
    ]  # fmt: skip
    assert {reason.code for build in made.builds for reason in build.reasons} == {"added"}
    assert made.base == "empty"
    assert not made.problems


def test_internal_targets_have_no_tags_and_latest_moves_last() -> None:
    made = first_plan()
    assert {move.image for move in made.moves} == {"cann", "mindspore", "pytorch", "openmind"}
    assert {move.registry for move in made.moves if move.image == "openmind"} == {"modelers"}
    kinds = [move.tag == "latest" for move in made.moves]
    assert kinds == sorted(kinds)
    assert sum(kinds) == 4


def test_the_same_state_twice_is_an_empty_plan() -> None:
    assert plan({}).is_empty


@pytest.mark.parametrize(
    "path", ["README.md", "cann/ubuntu/README.md", "python/README.md", "docs/picture.png"]
)
def test_documentation_is_no_change(path: str) -> None:
    made = plan({path: "other\n"})
    assert replace(made, base="", head="") == Plan("", "")


def test_a_comment_is_no_change() -> None:
    assert plan(replaced("cann/ubuntu/Dockerfile", "FROM", "# pinned below\nFROM")).is_empty


def test_a_change_of_cann_rebuilds_it_and_its_descendants_only() -> None:
    made = plan(replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e"))
    assert built(made) == ABOVE_CANN
    assert why(made, CANN) == ["dockerfile-changed cann/ubuntu/Dockerfile"]
    assert why(made, PYTORCH) == [f"parent-rebuilt {CANN}"]
    assert why(made, OPENMIND) == [f"parent-rebuilt {PYTORCH}"]
    assert [build.wave for build in made.builds] == [0, 1, 1, 2]
    assert {move.target for move in made.moves} == ABOVE_CANN
    assert not made.tests


@pytest.mark.parametrize(
    ("change", "target", "reasons"),
    [
        (replaced("cann/ubuntu/install.sh", "ins", "x"), CANN, ["context-changed cann/ubuntu/install.sh"]),
        (replaced("cann/meta.yml", "N: 8.0.rc2.beta1}", "N: 8.0.rc2}"), CANN, ["args-changed CANN_VERSION"]),
        (replaced("mindspore/meta.yml", "path: Dockerfile", "path: two/Dockerfile")
         | {"mindspore/two/Dockerfile": "ARG BASE\nFROM $BASE\nRUN pip install mindspore\n"}, MINDSPORE,
         ["path-changed mindspore/two/Dockerfile"]),
        (replaced("mindspore/meta.yml", "cann:ubuntu-python3.9-cann8.0.rc2.beta1", str(PYTHON)), MINDSPORE,
         [f"parent-changed {PYTHON}"]),
        (replaced("publisher.lock", "a" * 64, "c" * 64), OS, [f"base-refreshed {UBUNTU}"]),
        (replaced("publisher.lock", "2024-05-01", "2024-06-01"), OS, [f"base-refreshed {UBUNTU}"]),
        (replaced("publisher.yml", "version: 1", "version: 1\nformat: docker"), OS,
         ["format-changed publisher.yml"]),
    ],
)  # fmt: skip
def test_reasons(change: Content, target: TargetId, reasons: list[str]) -> None:
    assert why(plan(change), target) == reasons


def test_another_stage() -> None:
    two = {"mindspore/Dockerfile": "ARG BASE\nFROM $BASE AS one\nRUN a\nFROM $BASE AS two\nRUN b\n"}
    change = replaced("mindspore/meta.yml", "path: Dockerfile", "path: Dockerfile\n  target: one")
    assert why(plan(change, before=two), MINDSPORE) == ["stage-changed one"]


def test_a_generation_rebuilds_the_target_and_what_follows() -> None:
    lock = (
        LOCK + f'generations:\n  "{PYTHON}": {{number: 1, date: "2024-06-01T00:00:00Z", reason: updates}}\n'
    )
    made = plan({"publisher.lock": lock})
    assert built(made) == ABOVE_CANN | {PYTHON}
    assert why(made, PYTHON) == ["generation publisher.lock"]


def test_a_platform_comes_and_goes() -> None:
    lock = replaced("publisher.lock", "digests:\n", f'digests:\n      "linux/arm64": "{BASE_DIGEST}"\n')
    both = replaced("publisher.yml", "platforms: [linux/amd64]", "platforms: [linux/amd64, linux/arm64]")
    added = plan(both, before=lock)
    assert built(added) == ALL
    assert why(added, CANN) == ["platform-added linux/arm64"]
    removed = plan(
        {**both, **replaced("openmind/meta.yml", "path:", "platforms: [linux/amd64]\n  path:")},
        before=lock | both,
    )
    assert built(removed) == {OPENMIND}
    assert why(removed, OPENMIND) == ["platform-removed linux/arm64"]


def test_a_changed_smoke_test_is_run_without_a_build() -> None:
    made = plan(replaced("mindspore/smoke.yml", "import mindspore", "import mindspore as ms"))
    assert [test.target for test in made.tests] == [MINDSPORE]
    assert (made.builds, made.moves, made.copies) == ((), (), ())


def test_an_added_alias_moves_one_tag() -> None:
    made = plan(replaced("pytorch/meta.yml", "[pytorch", "[new, pytorch"))
    assert tags(made) == {"hub/pytorch:new", "quay/pytorch:new", "modelers/pytorch:new"}
    assert (made.builds, made.tests, made.copies) == ((), (), ())


def test_an_alias_that_names_another_target() -> None:
    content = FILES["pytorch/meta.yml"].replace("  aliases: [pytorch2.1.0-cann8.0.rc2.beta1]\n", "")
    content += 'two: {path: two/Dockerfile, base: "os:ubuntu", aliases: [pytorch2.1.0-cann8.0.rc2.beta1]}\n'
    made = plan({"pytorch/meta.yml": content, "pytorch/two/Dockerfile": "ARG BASE\nFROM $BASE\n"})
    assert {m.target for m in made.moves if m.tag == "pytorch2.1.0-cann8.0.rc2.beta1"} == {
        TargetId("pytorch:two")
    }
    assert not made.retired


def test_an_added_registry_copies_without_building() -> None:
    more = FILES["publisher.yml"].replace("routes:", "  extra: {prefix: extra.example/x}\nroutes:").replace(
        "[hub, quay, modelers]", "[hub, quay, modelers, extra]")  # fmt: skip
    made = plan({"publisher.yml": more})
    assert {move.registry for move in made.moves} == {"extra"}
    assert {move.target for move in made.moves} == ABOVE_CANN - {OPENMIND}
    assert not made.builds


def test_a_removed_target_is_retired_with_all_its_tags() -> None:
    made = plan({"pytorch/meta.yml": None, "openmind/meta.yml": None})
    assert {f"{r.image}:{r.tag}" for r in made.retired} == {
        PYTORCH, "pytorch:pytorch2.1.0-cann8.0.rc2.beta1", OPENMIND, "openmind:latest",
    }  # fmt: skip
    assert made.is_empty


def test_equal_inputs_under_a_new_name_are_a_copy() -> None:
    made = plan(
        {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]}
    )
    (copy,) = made.copies
    assert (copy.image, copy.same_as) == ("torch", PYTORCH)
    assert not made.builds
    assert {move.target for move in made.moves} == {copy.target}


def test_equal_new_targets_are_built_once() -> None:
    twins = 'one: {path: Dockerfile, base: "os:ubuntu"}\ntwo: {path: Dockerfile, base: "os:ubuntu"}\n'
    made = plan({"a/meta.yml": twins, "a/Dockerfile": "ARG BASE\nFROM $BASE\nRUN a\n"})
    assert built(made) == {TargetId("a:one")}
    assert [(copy.target, copy.same_as) for copy in made.copies] == [("a:two", "a:one")]


def test_a_copy_with_a_test_of_its_own_is_tested() -> None:
    meta = FILES["pytorch/meta.yml"] + "  smoke: smoke.yml\n"
    made = plan({
        "torch/meta.yml": meta, "torch/Dockerfile": FILES["pytorch/Dockerfile"],
        "torch/smoke.yml": FILES["mindspore/smoke.yml"],
    })  # fmt: skip
    assert [test.image for test in made.tests] == ["torch"]


def test_what_was_left_is_built_again_and_its_tags_move() -> None:
    made = plan({"README.md": "other"}, left={MINDSPORE: "test: exit code 1"})
    assert built(made) == {MINDSPORE}
    assert why(made, MINDSPORE) == ["failed-before test: exit code 1"]
    assert {move.target for move in made.moves} == {MINDSPORE}


def test_what_was_left_and_changed_has_both_reasons() -> None:
    made = plan(replaced("mindspore/Dockerfile", "2.3.1", "2.3.0"), left={MINDSPORE: "test: exit code 1"})
    assert why(made, MINDSPORE) == [
        "dockerfile-changed mindspore/Dockerfile",
        "failed-before test: exit code 1",
    ]


def test_what_was_left_of_a_target_that_is_gone_is_forgotten() -> None:
    made = plan({"mindspore/meta.yml": None}, left={MINDSPORE: "test: exit code 1"})
    assert made.is_empty


def test_nothing_is_copied_from_what_was_left() -> None:
    new = {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]}
    made = plan(new, left={PYTORCH: "test"})
    assert built(made) == {PYTORCH, TargetId.of("torch", PYTORCH.tag)}
    assert not made.copies


def test_a_frozen_target_stays_and_its_change_is_reported() -> None:
    frozen = replaced("mindspore/meta.yml", "path:", "status: frozen\n  path:")
    assert plan(frozen).is_empty
    made = plan({**frozen, **replaced("mindspore/Dockerfile", "2.3.1", "2.3.0")}, before=frozen)
    assert made.is_empty
    assert [(p.rule, p.severity, p.target) for p in made.problems] == [("P016", "warning", MINDSPORE)]


def test_a_frozen_parent_that_changed_stops_what_needs_it() -> None:
    frozen = replaced("pytorch/meta.yml", "path:", "status: end-of-life\n  path:")
    made = plan({**frozen, **replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e")}, before=frozen)
    assert built(made) == {CANN, MINDSPORE}
    assert made.stopped == (OPENMIND,)
    assert [(p.rule, p.severity, p.target) for p in made.problems] == [("P016", "error", PYTORCH)]


def test_a_problem_that_the_change_touches_stops_its_target_and_descendants() -> None:
    made = plan({"pytorch/Dockerfile": None, **replaced("mindspore/Dockerfile", "2.3.1", "2.3.0")})
    assert [(p.rule, p.severity) for p in made.problems] == [("P005", Severity.ERROR)]
    assert set(made.stopped) == {PYTORCH, OPENMIND}
    assert built(made) == {MINDSPORE}
    assert not made.retired


def test_a_problem_that_the_change_does_not_touch_is_a_warning() -> None:
    made = plan(replaced("mindspore/Dockerfile", "2.3.1", "2.3.0"), before={"pytorch/Dockerfile": None})
    assert [(p.rule, p.severity) for p in made.problems] == [("P005", Severity.WARNING)]
    assert made.stopped == ()
    assert built(made) == {MINDSPORE}


def test_a_rebuilt_parent_touches_a_broken_child() -> None:
    made = plan(
        replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e"), before={"pytorch/Dockerfile": None}
    )
    assert [(p.rule, p.severity) for p in made.problems] == [("P005", Severity.ERROR)]
    assert set(made.stopped) == {PYTORCH, OPENMIND}
    assert built(made) == {CANN, MINDSPORE}


def test_a_change_below_an_older_problem_says_what_blocks_it() -> None:
    made = plan(replaced("openmind/Dockerfile", "0.8.0", "0.7.1"), before={"pytorch/Dockerfile": None})
    assert [(p.rule, p.severity, p.target) for p in made.problems] == [
        ("P017", Severity.ERROR, OPENMIND), ("P005", Severity.WARNING, PYTORCH),
    ]  # fmt: skip
    assert "pytorch/Dockerfile" in made.problems[0].message
    assert made.stopped == (OPENMIND,)


def test_a_mended_problem_is_planned_again() -> None:
    made = plan({"pytorch/Dockerfile": FILES["pytorch/Dockerfile"]}, before={"pytorch/Dockerfile": None})
    assert built(made) == {PYTORCH, OPENMIND}
    assert why(made, PYTORCH) == ["failed-before pytorch/meta.yml:1:1: there is no file pytorch/Dockerfile"]


def test_an_unreadable_meta_retires_nothing() -> None:
    made = plan({"pytorch/meta.yml": "a: [\n"})
    assert not made.retired
    assert made.is_empty
    assert made.stopped == (), "as far as can be known, nothing of it changed"
    assert {(p.severity, p.file) for p in made.problems} == {(Severity.ERROR, "pytorch/meta.yml")}


def test_a_broken_new_entry_is_an_error_of_the_change() -> None:
    made = plan({"a/meta.yml": "x: {path: ../../etc/passwd}\n"})
    assert [(p.severity, p.target) for p in made.problems] == [(Severity.ERROR, "a:x")]
    assert made.stopped == ("a:x",)


def test_expected_digests_are_filled_in_by_a_look_up() -> None:
    digest = Digest.of(b"now")

    def look_up(move: PlannedMove) -> Digest | None:
        return digest if move.registry == "hub" else None

    made = with_expected(first_plan(), look_up)
    assert {move.expected for move in made.moves if move.registry == "hub"} == {digest}
    assert {move.expected for move in made.moves if move.registry != "hub"} == {None}


def test_released_says_what_may_be_copied() -> None:
    new = {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]}
    base = state(commit=BASE_COMMIT)
    made = make_plan(base, state(new), released=lambda target: target != PYTORCH)
    assert [build.image for build in made.builds] == ["torch"]


def test_json_round_trip() -> None:
    head = state({"pytorch/Dockerfile": None})
    made = make_plan(empty_snapshot(head.settings), head, left={CANN: "build: exit 1"})
    assert made.problems
    assert made.stopped
    assert decode(Plan, as_json(made)) == made
    assert all(isinstance(r, Reason) for b in decode(Plan, as_json(made)).builds for r in b.reasons)
