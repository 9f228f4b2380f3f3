"""What every workflow and composite action must be like."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest

from tests.unit.workflows.definitions import ACTIONS, ROOT, WORKFLOWS, action, jobs, read, steps, workflow

FILES = [*WORKFLOWS, *ACTIONS]
PINNED = re.compile(r"uses: +[\w-]+/[\w./-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+")
PERMISSIONS = {
    "check/test": {"contents": "read"},
    "check/plan": {"contents": "read"},
    "check/comment": {"pull-requests": "write"},
    "publish/publish": {"contents": "write", "packages": "write", "id-token": "write"},
}
"""Every permission of every job; one more is a change to think about here."""
SECRETS = {"HUB_USER", "HUB_TOKEN", "QUAY_USER", "QUAY_TOKEN", "MODELERS_USER", "MODELERS_TOKEN"}


def uses_lines(path: Path) -> list[str]:
    lines = (line.strip().removeprefix("- ") for line in path.read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line.startswith("uses:")]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_foreign_actions_are_pinned_by_commit_with_their_version(path: Path) -> None:
    for line in uses_lines(path):
        local = re.fullmatch(r"uses: \./([\w/-]+)", line)
        assert (ROOT / local[1] / "action.yml").is_file() if local else PINNED.fullmatch(line), line


def test_one_version_of_a_foreign_action_is_in_use() -> None:
    commits = defaultdict(set)
    for line in (line for path in FILES for line in uses_lines(path) if "@" in line):
        name, _, pin = line.removeprefix("uses: ").partition("@")
        commits["/".join(name.split("/")[:2])].add(pin)
    assert set(commits) == {
        "actions/cache",
        "actions/checkout",
        "actions/download-artifact",
        "actions/upload-artifact",
    }
    assert all(len(pins) == 1 for pins in commits.values()), commits


def test_no_script_contains_an_expression() -> None:
    """What an expression gives becomes part of the program; through `env` it stays a value."""
    scripts = [(holder, step["run"]) for holder, step in steps() if "run" in step]
    assert len(scripts) > 5
    assert [holder for holder, script in scripts if "${{" in script] == []


def test_permissions_are_none_unless_a_job_says_so() -> None:
    for path in WORKFLOWS:
        assert read(path)["permissions"] == {}, path
    assert {name: job["permissions"] for name, job in jobs()} == PERMISSIONS


def test_every_job_is_bounded_and_runs_on_a_named_system() -> None:
    for name, job in jobs():
        assert 0 < int(job["timeout-minutes"]) <= 350, name
        assert re.fullmatch(r"ubuntu-\d\d\.04", job["runs-on"]), name


def test_no_checkout_leaves_a_token_behind() -> None:
    checkouts = [step for _, step in steps() if step.get("uses", "").startswith("actions/checkout@")]
    assert len(checkouts) == 3
    assert all(step["with"]["persist-credentials"] == "false" for step in checkouts)


def test_nothing_of_a_pull_request_runs_where_the_token_may_write() -> None:
    assert set(workflow("check")["on"]) == {"pull_request"}
    comment = workflow("check")["jobs"]["comment"]
    used = [step["uses"] for step in comment["steps"] if "uses" in step]
    assert [name.partition("@")[0] for name in used] == ["actions/download-artifact"]
    assert "github.event.pull_request.head.repo.full_name == github.repository" in comment["if"]


def test_one_publisher_at_a_time_on_main_alone() -> None:
    publish = workflow("publish")
    assert publish["concurrency"] == {"group": "publish", "cancel-in-progress": "false"}
    assert publish["on"]["push"] == {"branches": ["main"]}
    assert set(publish["on"]) == {"push", "workflow_dispatch"}
    assert publish["jobs"]["publish"]["if"] == "github.ref == 'refs/heads/main'"


def test_only_the_publishing_step_sees_secrets() -> None:
    for holder, step in steps():
        named = set(re.findall(r"secrets\.(\w+)", str(step)))
        publishes = step.get("uses") == "./workflows/publish"
        assert named == (SECRETS if publishes else set()), holder
    [step] = [step for _, step in steps() if step.get("uses") == "./workflows/publish"]
    assert step["env"] == {
        "GITHUB_TOKEN": "${{ github.token }}",
        **{name: f"${{{{ secrets.{name} }}}}" for name in SECRETS},
    }


def test_what_a_run_leaves_is_kept_whatever_happened() -> None:
    *_, publish, upload = workflow("publish")["jobs"]["publish"]["steps"]
    assert "always()" in upload["if"]
    assert upload["with"]["path"] == publish["with"]["run-directory"]


def test_the_whole_history_is_there_to_publish_from() -> None:
    checkout = workflow("publish")["jobs"]["publish"]["steps"][0]
    assert checkout["with"]["fetch-depth"] == "0"


@pytest.mark.parametrize("name", ["plan", "publish"])
def test_without_a_catalog_nothing_is_installed_or_run(name: str) -> None:
    job = workflow("check" if name == "plan" else "publish")["jobs"][name]
    checkout, catalog, *rest = job["steps"]
    assert checkout["uses"].startswith("actions/checkout@")
    assert (catalog["uses"], catalog["id"]) == ("./workflows/catalog", "catalog")
    for step in rest:
        after_the_plan = "steps.plan.outputs.comment != ''" in step["if"]  # empty when there was none
        assert after_the_plan or "steps.catalog.outputs.found == 'true'" in step["if"], step


def test_tools_are_kept_before_anything_of_a_catalog_runs() -> None:
    """A build or a test that could change a kept tool would be in every later run."""
    steps = action("setup")["runs"]["steps"]
    saves = [position(steps, "actions/cache/save@"), position(steps, "actions/cache/restore@")]
    assert saves[0] > saves[1]
    assert not any("secrets." in str(step) or "publisher run" in str(step) for step in steps)
    assert steps[saves[0]]["with"]["key"] == steps[saves[1]]["with"]["key"]


def position(steps: list[Any], prefix: str) -> int:
    [found] = [number for number, step in enumerate(steps) if step.get("uses", "").startswith(prefix)]
    return found


def test_updates_are_proposed_for_every_pin() -> None:
    [update] = read(ROOT / ".github" / "dependabot.yml")["updates"]
    assert update["package-ecosystem"] == "github-actions"
    assert update["directories"] == ["/", "/workflows/*"]
