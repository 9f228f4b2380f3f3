"""The scripts of workflows and composite actions, run with stand-ins for the programs that they call."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from publisher.cli.main import choose
from publisher.plan.markdown import MARKER, MOST_BYTES
from publisher.steps.release import RECORD_ASSET
from tests.unit.workflows.definitions import ROOT, Desk, action, step_of, workflow

LOOK = step_of(action("catalog")["runs"], "Look for publisher.yml")
NAME_CACHE = step_of(action("setup")["runs"], "Name the cache after what pins the tools")
INSTALL = step_of(action("setup")["runs"], "Install what is missing")
LINT = step_of(action("plan")["runs"], "Show every problem beside its line")
RECORDS = step_of(action("plan")["runs"], "Fetch the records of earlier releases")
PLAN = step_of(action("plan")["runs"], "Plan")
PUBLISH = step_of(action("publish")["runs"], "Run the pipeline")
COMMENT = step_of(workflow("check")["jobs"]["comment"], "Comment, or update the comment that is there")


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


@pytest.mark.parametrize("there", [True, False])
def test_a_missing_catalog_is_noticed_and_no_failure(desk: Desk, there: bool) -> None:
    if there:
        (desk.work / "publisher.yml").touch()
    done = desk.run(LOOK)
    assert done.returncode == 0
    assert desk.outputs() == {"found": str(there).lower()}
    assert done.stdout.startswith("::notice title=No catalog::") is not there


@pytest.mark.parametrize(("base", "options"), [("", []), ("empty", ["--base", "empty"])])
def test_publishing_is_the_verb_that_people_type(desk: Desk, base: str, options: list[str]) -> None:
    desk.stub("publisher")
    assert desk.run(PUBLISH, BASE=base, RUN_DIRECTORY="/t/run").returncode == 0
    [[_, *typed]] = desk.calls()
    assert typed == ["run", "--run-dir", "/t/run", *options]
    chosen = choose(typed).options
    assert (chosen.base, chosen.run_directory, chosen.dry_run) == (base or None, Path("/t/run"), False)


def test_a_hostile_base_stays_one_word(desk: Desk) -> None:
    desk.stub("publisher")
    desk.run(PUBLISH, BASE='$(touch x) "; touch y #', RUN_DIRECTORY="/t/run")
    assert desk.calls()[0][-2:] == ["--base", '$(touch x) "; touch y #']
    assert list(desk.work.iterdir()) == []


@pytest.mark.parametrize("code", [4, 5, 7])
def test_publishing_ends_with_the_verb_s_exit_code(desk: Desk, code: int) -> None:
    desk.stub("publisher", f"sys.exit({code})")
    assert desk.run(PUBLISH, BASE="", RUN_DIRECTORY="/t/run").returncode == code


@pytest.mark.parametrize(("code", "ends"), [(0, 0), (2, 0), (1, 1), (127, 1)])
def test_a_problem_somewhere_in_the_catalog_is_shown_and_no_verdict(desk: Desk, code: int, ends: int) -> None:
    desk.stub("publisher", f"sys.exit({code})")
    assert desk.run(LINT).returncode == ends
    [[_, *typed]] = desk.calls()
    assert choose(typed).options.format == "github"


@pytest.mark.parametrize("code", [0, 2])
def test_the_plan_becomes_summary_and_comment_and_its_exit_code_the_verdict(desk: Desk, code: int) -> None:
    desk.stub("publisher", f"print('### Plan'); sys.exit({code})")
    assert desk.run(PLAN, BASE="HEAD^1").returncode == code
    [[_, *typed]] = desk.calls()
    chosen = choose(typed).options
    assert (chosen.offline, chosen.base, chosen.format) == (True, "HEAD^1", "markdown")
    assert chosen.records == desk.home / "temp" / "records"
    comment = Path(desk.outputs()["comment"])
    assert comment.read_text() == (desk.home / "summary").read_text() == "### Plan\n"


def test_records_of_releases_lie_where_the_plan_looks_for_them(desk: Desk) -> None:
    desk.stub("gh", "print('11\\n12' if '--jq' in sys.argv else '{}'); sys.exit('assets/12' in sys.argv[-1])")
    assert desk.run(RECORDS, RELEASES="30").returncode == 0
    listing, *fetched = desk.calls()
    assert listing[:3] == ["gh", "api", "repos/ascend/images/releases?per_page=30"]
    assert f'"{RECORD_ASSET}"' in listing[-1]
    assert [call[-1] for call in fetched] == [f"repos/ascend/images/releases/assets/{n}" for n in (11, 12)]
    assert [path.name for path in (desk.home / "temp" / "records").glob("*.json")] == ["11.json"]


def test_releases_that_cannot_be_listed_leave_the_cost_unknown(desk: Desk) -> None:
    desk.stub("gh", "sys.exit(1)")
    assert desk.run(RECORDS, RELEASES="30").returncode == 0
    assert list((desk.home / "temp" / "records").iterdir()) == []


def test_without_a_plan_there_is_no_comment(desk: Desk) -> None:
    desk.stub("publisher", "sys.exit(3)")
    assert desk.run(PLAN, BASE="HEAD^1").returncode == 3
    assert desk.outputs() == {}


def test_the_first_plan_of_a_pull_request_is_a_new_comment(desk: Desk) -> None:
    assert comment(desk, found="") == [
        ["gh", "api", "--silent", "--method", "POST", "repos/ascend/images/issues/7/comments",
         "--field", "body=@body.md"],
    ]  # fmt: skip
    assert (desk.work / "body.md").read_text() == f"{MARKER}\n### Plan\n"


def test_a_later_plan_takes_the_place_of_the_first(desk: Desk) -> None:
    assert comment(desk, found="11\n12\n") == [
        ["gh", "api", "--silent", "--method", "PATCH", "repos/ascend/images/issues/comments/11",
         "--field", "body=@body.md"],
    ]  # fmt: skip


def test_a_refused_listing_posts_nothing(desk: Desk) -> None:
    (desk.work / "plan.md").write_text(f"{MARKER}\n")
    desk.stub("gh", "sys.exit(1)")
    assert desk.run(COMMENT, PULL="7", MARKER=COMMENT["env"]["MARKER"]).returncode == 1
    assert len(desk.calls()) == 1


def test_a_long_plan_is_cut_at_the_end_of_a_line(desk: Desk) -> None:
    comment(desk, found="", plan=f"{MARKER}\n" + "一二三四五六七八九\n" * 9000)
    body = (desk.work / "body.md").read_text()
    assert 15_000 < len(body) <= 65_536
    assert body.endswith("\n一二三四五六七八九\n")


def test_what_publisher_writes_is_never_cut() -> None:
    assert f"size > {MOST_BYTES})" in COMMENT["run"]


def comment(desk: Desk, *, found: str, plan: str = f"{MARKER}\n### Plan\n") -> list[list[str]]:
    """Run the step; give the calls after the one that lists comments."""
    (desk.work / "plan.md").write_text(plan)
    desk.stub("gh", f"if '--jq' in sys.argv: print({found!r}, end='')")
    done = desk.run(COMMENT, PULL="7", MARKER=COMMENT["env"]["MARKER"])
    assert done.returncode == 0, done.stderr
    listing, *rest = desk.calls()
    assert listing[:4] == ["gh", "api", "--paginate", "repos/ascend/images/issues/7/comments?per_page=100"]
    return rest


def test_our_comment_is_known_by_the_plan_s_first_line_and_its_author() -> None:
    assert COMMENT["env"]["MARKER"] == MARKER
    assert '.user.login == "github-actions[bot]"' in COMMENT["run"]
    assert ".body | startswith(env.MARKER)" in COMMENT["run"]


@pytest.mark.parametrize(
    ("purpose", "words"),
    [
        ("plan", ["--only"]),
        ("publish", ["--only", "buildkitd", "buildx", "cosign", "syft"]),
        ("test", ["--set", "test"]),
    ],
)
def test_setup_calls_the_installer_that_make_calls(desk: Desk, purpose: str, words: list[str]) -> None:
    desk.stub("python3", "print('/tools/bin')")
    desk.stub("sudo", "import subprocess; sys.exit(subprocess.run(sys.argv[1:]).returncode)")
    folder = ROOT / "workflows" / "setup"
    assert desk.run(INSTALL, PURPOSE=purpose, GITHUB_ACTION_PATH=str(folder)).returncode == 0
    installs, where = [call[1:] for call in desk.calls() if call[0] == "python3"]
    assert Path(installs[0]).resolve() == ROOT / "workflows" / "tools" / "install.py"
    assert installs[-len(words) :] == words
    assert where[1:] == ["--bin"]
    environment = str(desk.home / "temp" / "publisher-python")
    assert (environment in installs) is (purpose != "test")
    assert (desk.home / "path").read_text().splitlines() == ["/tools/bin", f"{environment}/bin"]


def test_setup_installs_tools_that_are_pinned() -> None:
    pins = json.loads((ROOT / "workflows" / "tools" / "tools.json").read_text())
    assert {"buildkitd", "buildx", "cosign", "syft"} <= {tool["name"] for tool in pins["tools"]}


def test_setup_refuses_an_unknown_purpose(desk: Desk) -> None:
    desk.stub("python3")
    assert desk.run(INSTALL, PURPOSE="deploy", GITHUB_ACTION_PATH="/nowhere").returncode == 2
    assert desk.calls() == []


def test_the_cache_changes_with_whatever_pins_a_tool(desk: Desk) -> None:
    tools = desk.home / "tools"
    (desk.home / "setup").mkdir()
    for name in ("tools.json", "python.lock", "a/go.mod", "a/go.sum", "a/main.go"):
        (tools / name).parent.mkdir(exist_ok=True, parents=True)
        (tools / name).write_text(name)
    keys = [cache_key(desk)]
    for path in sorted(path for path in tools.rglob("*") if path.is_file()):
        path.write_text("changed")
        keys.append(cache_key(desk))
    assert len(set(keys)) == 6
    assert all(key.startswith("publisher-tools-publish-Linux-X64-") for key in keys)


def cache_key(desk: Desk) -> str:
    assert (
        desk.run(NAME_CACHE, PURPOSE="publish", GITHUB_ACTION_PATH=str(desk.home / "setup")).returncode == 0
    )
    return desk.outputs()["key"]
