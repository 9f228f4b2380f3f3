"""Plans of the five layers as golden files, and texts that hostile names cannot break."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from publisher.catalog.problem import Problem, Severity
from publisher.catalog.target import TargetId
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.plan import Plan, PlannedBuild, Reason, ReasonCode
from publisher.plan.render import MARKER, as_json, as_markdown, as_table
from tests.unit.plan.five_layers import (
    CANN,
    FILES,
    LOCK,
    MINDSPORE,
    PYTHON,
    Content,
    first_plan,
    plan,
    replaced,
)

GOLDEN = Path(__file__).parents[2] / "golden" / "plan"
CANN_CHANGE = replaced("cann/ubuntu/Dockerfile", "RUN sh", "RUN sh -e")
CHANGES: Mapping[str, Content] = {
    "cann": CANN_CHANGE,
    "readme-only": {"README.md": "other", "cann/ubuntu/README.md": "other"},
    "retest": replaced("mindspore/smoke.yml", "import mindspore", "import mindspore as ms"),
    "alias-added": replaced("pytorch/meta.yml", "[pytorch", "[oe, pytorch"),
    "registry-added": {
        "publisher.yml": FILES["publisher.yml"]
        .replace("routes:", "  extra: {prefix: extra.example/x}\nroutes:")
        .replace("[hub, quay, modelers]", "[hub, quay, modelers, extra]")
    },
    "retired": {"mindspore/meta.yml": None},
    "generation": {
        "publisher.lock": LOCK
        + f'generations:\n  "{PYTHON}": {{number: 1, date: "2024-06-01T00:00:00Z", reason: updates}}\n'
    },
    "base-refreshed": replaced("publisher.lock", "a" * 64, "c" * 64),
    "broken": {"pytorch/Dockerfile": None, **CANN_CHANGE},
    "copy": {"torch/meta.yml": FILES["pytorch/meta.yml"], "torch/Dockerfile": FILES["pytorch/Dockerfile"]},
}


def golden(name: str, text: str) -> None:
    """Compare with a golden file; UPDATE_GOLDEN=1 writes it, to be reviewed."""
    path = GOLDEN / name
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text)
    assert text == path.read_text()


@pytest.mark.parametrize("name", CHANGES)
def test_table(name: str) -> None:
    golden(f"{name}.txt", as_table(plan(CHANGES[name]), 140))


@pytest.mark.parametrize("name", ["cann", "broken", "readme-only"])
def test_markdown(name: str) -> None:
    golden(f"{name}.md", as_markdown(plan(CHANGES[name])))


@pytest.mark.parametrize("name", ["cann", "retest", "broken"])
def test_json(name: str) -> None:
    golden(f"{name}.json", as_json(plan(CHANGES[name])))


def test_the_first_plan() -> None:
    golden("first.json", as_json(first_plan()))
    golden("first.txt", as_table(first_plan(), 140))
    golden("first-narrow.txt", as_table(first_plan(), 80))


def test_what_was_left() -> None:
    golden("left.txt", as_table(plan(CHANGES["readme-only"], left={MINDSPORE: "test: exit code 1"}), 140))


def test_the_document_has_the_promised_form() -> None:
    document = json.loads(as_json(plan(CANN_CHANGE)))
    assert list(document)[:9] == [
        "schema_version", "base", "head", "builds", "copies", "tests", "moves", "retired", "problems",
    ]  # fmt: skip
    assert list(document["builds"][0]) == [
        "image", "tag", "platforms", "dockerfile", "wave", "parents", "build_ids", "reasons",
    ]  # fmt: skip
    assert document["builds"][0]["parents"] == [PYTHON]
    assert {"registry", "image", "tag", "expected"} <= set(document["moves"][0])
    assert document["moves"][0]["expected"] is None


def test_errors_are_counted_where_nothing_else_is_to_do() -> None:
    made = Plan("", "", problems=(Problem("P005", Severity.ERROR, "a/meta.yml", 1, 1, "m", "f"),))
    assert "### Plan: 1 error, nothing to do\n" in as_markdown(made)
    assert ": 1 error, nothing to do\n" in as_table(made)
    warned = Plan("", "", problems=(Problem("P014", Severity.WARNING, "a/meta.yml", 1, 1, "m", "f"),))
    assert "### Plan: nothing to do\n" in as_markdown(warned)


HOSTILE = "a`b``|c\x1b[31m</details>\n@team <img src=x> ::error::"


def hostile_plan() -> Plan:
    amd64 = Platform("linux/amd64")
    reasons = (Reason(ReasonCode.CONTEXT_CHANGED, HOSTILE),)
    ids = {amd64: BuildId.of(b"")}
    build = PlannedBuild(CANN.image, CANN.tag, (amd64,), HOSTILE, 0, (), ids, reasons)
    problem = Problem("P005", Severity.ERROR, HOSTILE, 1, 1, HOSTILE, HOSTILE)
    return Plan(HOSTILE, HOSTILE, builds=(build,), problems=(problem,))


def test_hostile_names_stay_inside_their_code_spans() -> None:
    text = as_markdown(hostile_plan())
    assert text.startswith(f"{MARKER}\n")
    assert "\x1b" not in text
    for line in text.splitlines():
        if "</details>" in line and line != "</details>":
            assert "```a`b``|c\\x1b[31m</details>\\n@team" in line


def test_hostile_names_do_not_speak_to_the_terminal() -> None:
    text = as_table(hostile_plan(), 200)
    assert all(line.isprintable() for line in text.splitlines())
    assert not any(line.startswith("::") for line in text.splitlines())


def test_a_deep_tree_does_not_recurse() -> None:
    amd64 = Platform("linux/amd64")
    ids = {amd64: BuildId.of(b"")}
    builds = tuple(
        PlannedBuild(
            "a", f"t{n}", (amd64,), "Dockerfile", n, (TargetId(f"a:t{n - 1}"),) if n else (), ids, ()
        )
        for n in range(1500)
    )
    assert len(as_table(Plan("", "", builds=builds), 100).splitlines()) >= 1500
