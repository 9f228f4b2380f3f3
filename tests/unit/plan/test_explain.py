"""Answers to `why is this (not) built`, as golden files, one for each answer that there is."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from publisher.catalog.target import TargetId
from publisher.plan.explain import Explanation, Fate, explain_target
from publisher.plan.plan import Plan, ReasonCode
from publisher.plan.planner import make_plan
from publisher.plan.render import as_explanation, explanation_as_json
from publisher.plan.snapshot import Snapshot
from tests.unit.plan.five_layers import (
    BASE_COMMIT,
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
from tests.unit.plan.test_render import golden

CANN_CHANGE = replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e")
FROZEN = {"pytorch/meta.yml": FILES["pytorch/meta.yml"].replace("  aliases", "  status: frozen\n  aliases")}
CASES: Mapping[str, tuple[Content, str]] = {
    "built-directly": (CANN_CHANGE, CANN),
    "built-for-a-parent": (CANN_CHANGE, OPENMIND),
    "built-for-an-argument": (replaced("cann/meta.yml", "8.0.rc2.beta1}", "8.0}"), PYTORCH),
    "built-for-a-base": (replaced("publisher.lock", "a" * 64, "c" * 64), PYTORCH),
    "asked-by-alias": (CANN_CHANGE, "cann:latest"),
    "nothing-changed": (CANN_CHANGE, OS),
    "beside": (
        {
            "cann/ubuntu/README.md": "x",
            "cann/ubuntu/docs/a.md": "x",
            "cann/ubuntu/notes.txt": "x",
            "cann/ubuntu/tmp.log": "x",
            "cann/ubuntu/.dockerignore": "*.log\n",
            "cann/ubuntu/Dockerfile": f"# comment\n{FILES['cann/ubuntu/Dockerfile']}",
            "cann/meta.yml": f"# comment\n{FILES['cann/meta.yml']}",
        },
        CANN,
    ),
    "beside-a-parent": ({"python/README.md": "x"}, OPENMIND),
    "tested": (replaced("mindspore/smoke.yml", "import mindspore", "import mindspore as ms"), MINDSPORE),
    "copied": (
        {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]},
        "torch:ubuntu-python3.9-cann8.0.rc2.beta1-pytorch2.1.0",
    ),
    "moved": (replaced("pytorch/meta.yml", "[pytorch", "[oe, pytorch"), "pytorch:oe"),
    "stopped": ({"pytorch/Dockerfile": None, **CANN_CHANGE}, OPENMIND),
    "unreadable": ({"pytorch/meta.yml": "a: [\n"}, PYTORCH),
    "frozen": (FROZEN, PYTORCH),
    "frozen-and-changed": (FROZEN | replaced("pytorch/Dockerfile", "2.1.0", "2.1.1"), PYTORCH),
    "adopted": (
        {
            "publisher.lock": f'{LOCK}adopted:\n  "{PYTHON}":\n    source: "hub.example/python"\n'
            f'    date: "2024-05-01T00:00:00Z"\n    digests: {{"linux/amd64": "sha256:{"e" * 64}"}}\n'
        },
        PYTHON,
    ),
    "retired": ({"mindspore/meta.yml": None}, MINDSPORE),
    "alias-retired": (
        replaced("pytorch/meta.yml", "[pytorch", "[py"),
        "pytorch:pytorch2.1.0-cann8.0.rc2.beta1",
    ),
}
FATES = {
    "built-directly": Fate.BUILT, "asked-by-alias": Fate.BUILT, "nothing-changed": Fate.UNCHANGED,
    "beside": Fate.UNCHANGED, "tested": Fate.TESTED, "copied": Fate.COPIED, "moved": Fate.MOVED,
    "stopped": Fate.STOPPED, "frozen": Fate.KEPT, "adopted": Fate.KEPT, "retired": Fate.RETIRED,
}  # fmt: skip


def explained(
    changes: Content, name: str, before: Content | None = None
) -> tuple[Explanation, Plan, Snapshot]:
    base = state(before, BASE_COMMIT)
    after = {**(before or {}), **changes}
    head = state(after, last=base)
    plan = make_plan(base, head)
    return explain_target(plan, base, head, files(after), name), plan, head


@pytest.mark.parametrize("case", CASES)
def test_explain(case: str) -> None:
    found, plan, _ = explained(*CASES[case])
    golden(f"explain-{case}.txt", as_explanation(found, plan))
    assert found.fate is FATES.get(case, found.fate)


def test_a_chain_ends_at_the_file_that_changed() -> None:
    found, _, _ = explained(CANN_CHANGE, OPENMIND)
    assert [link.target for link in found.chain] == [OPENMIND, PYTORCH, CANN]
    [(target, cause)] = found.roots
    assert (target, cause.reason.code, cause.file) == (
        CANN, ReasonCode.DOCKERFILE_CHANGED, "cann/ubuntu/Dockerfile",
    )  # fmt: skip


def test_a_target_that_was_broken_before_is_no_matter_of_this_change() -> None:
    found, plan, _ = explained({"README.md": "x"}, PYTORCH, before={"pytorch/Dockerfile": None})
    assert found.fate is Fate.BROKEN
    assert "there is no file pytorch/Dockerfile" in as_explanation(found, plan)


def test_a_frozen_parent_is_said_to_hold_its_descendants_up() -> None:
    found, plan, _ = explained(FROZEN | CANN_CHANGE, OPENMIND)
    assert found.fate is Fate.STOPPED
    text = as_explanation(found, plan)
    assert PYTORCH in text
    assert "frozen" in text


def test_a_stricter_policy_is_named() -> None:
    lax = {"publisher.yml": f"{FILES['publisher.yml']}policy: {{tests: {{linux/amd64: untested}}}}\n"}
    found, _, _ = explained({"publisher.yml": FILES["publisher.yml"]}, MINDSPORE, before=lax)
    assert found.fate is Fate.TESTED
    assert "policy.tests" in found.why


def test_an_explanation_as_json() -> None:
    found, _, _ = explained(CANN_CHANGE, "cann:latest")
    plain = json.loads(explanation_as_json(found))
    assert (plain["schema_version"], plain["asked"], plain["target"], plain["fate"]) == (
        1, "cann:latest", CANN, "built",
    )  # fmt: skip
    assert plain["chain"][0]["causes"] == [
        {
            "reason": {"code": "dockerfile-changed", "cause": "cann/ubuntu/Dockerfile"},
            "file": "cann/ubuntu/Dockerfile",
            "detail": "",
        }
    ]


def test_a_diamond_is_told_once() -> None:
    both = {
        "openmind/Dockerfile": f"ARG BASE\nFROM docker.io/ascendai/{MINDSPORE} AS one\n"
        "FROM $BASE\nCOPY --from=one /opt /opt\n"
    }
    found, _, _ = explained(CANN_CHANGE, OPENMIND, before=both)
    assert sorted(link.target for link in found.chain) == sorted([OPENMIND, PYTORCH, MINDSPORE, CANN])


def test_a_long_list_of_files_is_counted() -> None:
    many = {f"cann/ubuntu/docs/{n}.md": "x" for n in range(50)}
    text = as_explanation(*explained(many, CANN)[:2])
    assert "… and 30 more" in text
    assert len(text.splitlines()) < 30


def test_hostile_names_do_not_speak_to_the_terminal() -> None:
    text = as_explanation(*explained({"cann/ubuntu/\x1b[31m\n::error::.md": "x"}, CANN)[:2])
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("::") for line in text.splitlines())


def test_every_target_has_an_answer() -> None:
    for case in CASES:
        _, _, head = explained(*CASES[case])
        for target in map(TargetId, head.entries):
            text = as_explanation(*explained(CASES[case][0], target)[:2])
            assert text.startswith(f"{target} is "), text
