"""`publisher plan --offline` as a process, on a small openEuler repository with a real history."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

TOP: Mapping[str, str] = {
    "README.md": "# openEuler images\n",
    "python/meta.yml": "3.11-oe2403lts:\n  path: python/3.11/24.03-lts/Dockerfile\n",
    "python/3.11/24.03-lts/Dockerfile": "FROM openeuler/openeuler:24.03-lts\nCOPY run.sh /\nRUN /run.sh\n",
    "python/3.11/24.03-lts/run.sh": "echo run\n",
    "python/.DS_Store": "\0\0\0\1Bud1",
    "node/meta.yml": "20-oe2403lts: [20/24.03-lts/Dockerfile]",
    "node/20/24.03-lts/Dockerfile": "FROM openeuler/openeuler:24.03-lts\r\n"
    "RUN <<EOF\r\ndnf install node\r\nEOF\r\n",
    "comps-base/meta.yml": "1.2-oe2403lts:\r\n  path: comps-base/1.2/24.03-lts/Dockerfile\r\n",
    "comps-base/1.2/24.03-lts/Dockerfile": "FROM openeuler/python:3.11-oe2403lts\nRUN pip install comps\n",
    "agent/meta.yml": "1.2-oe2403lts:\n  path: 1.2/24.03-lts/Dockerfile\n  arch: x86_64\n",
    "agent/1.2/24.03-lts/Dockerfile": """\
ARG REPO=openeuler
ARG V=1.2
ARG TAG=${V}-oe2403lts
FROM openeuler/node:20-oe2403lts AS builder
RUN npm build
FROM $REPO/comps-base:$TAG
COPY --from=builder /dist /dist""",
    "broken/meta.yml": "1-oe2403lts: 1/24.03-lts/Dockerfile\n2-oe2403lts: 2/24.03-lts/Dockerfile\n"
    "1.0+x-oe2403lts:\n  path: x/Dockerfile\n",
    "broken/1/24.03-lts/Dockerfile": "FROM openeuler/npmjs:latest\n",
}
PLACES = {
    "python": "Cloud/python", "node": "Cloud/node", "comps-base": "AI/opea/comps-base",
    "agent": "AI/opea/agent", "broken": "Others/broken",
}  # fmt: skip
LIST = "images:\n  comps-base: opea/comps-base\n  agent: opea/agent\n"
PYTHON, NODE, COMPS = "python:3.11-oe2403lts", "node:20-oe2403lts", "comps-base:1.2-oe2403lts"
AGENT = "agent:1.2-oe2403lts"


@dataclass
class Repository:
    """A repository and the environment that its programs get."""

    top: Path
    commits: list[str] = field(default_factory=list)

    @property
    def _environment(self) -> dict[str, str]:
        person = {
            f"GIT_{who}_{what}": value
            for who in ("AUTHOR", "COMMITTER")
            for what, value in (
                ("NAME", "Ada L"),
                ("EMAIL", "ada@example.org"),
                ("DATE", "2026-01-31T12:00:00Z"),
            )
        }
        root = str(Path(__file__).parents[2])
        return {"PATH": os.environ["PATH"], "HOME": str(self.top.parent), "PYTHONPATH": root, **person}

    def git(self, *arguments: str) -> str:
        done = subprocess.run(
            ["git", *arguments],
            cwd=self.top,
            env=self._environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, path: str, text: str) -> None:
        place = self.top / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(text.encode())
        place.chmod(0o755 if path.endswith(".sh") else 0o644)

    def commit(self, changes: Mapping[str, str] | None = None) -> str:
        for path, text in (changes or {}).items():
            self.write(path, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", f"commit {len(self.commits)}")
        self.commits.append(self.git("rev-parse", "HEAD"))
        return self.commits[-1]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "publisher", *arguments, "--repo", str(self.top)],
            cwd=self.top.parent, env=self._environment, check=False, capture_output=True, text=True,
        )  # fmt: skip

    def plan(self, base: str, head: str = "HEAD", code: int = 0) -> dict[str, Any]:
        done = self.run("plan", "--offline", "--base", base, "--head", head, "--format", "json")
        assert done.returncode == code, done.stderr
        found: dict[str, Any] = json.loads(done.stdout)
        return found


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Two commits: image folders at the top, then the same folders below categories."""
    made = Repository(tmp_path / "images")
    made.top.mkdir()
    made.git("init", "--quiet", "--initial-branch=master")
    made.commit(TOP)
    for folder, place in PLACES.items():
        (made.top / place).parent.mkdir(parents=True, exist_ok=True)
        made.git("mv", folder, place)
    made.commit({"AI/image-list.yml": LIST})
    return made


def builds(plan: dict[str, Any]) -> list[str]:
    return [f"{build['image']}:{build['tag']}" for build in plan["builds"]]


def found(plan: dict[str, Any], severity: str) -> set[tuple[str, str, int]]:
    return {(p["rule"], p["file"], p["line"]) for p in plan["problems"] if p["severity"] == severity}


def test_everything_at_first_and_what_is_wrong_is_named(repository: Repository) -> None:
    made = repository.plan("empty", repository.commits[0], code=2)
    assert builds(made) == [NODE, PYTHON, COMPS, AGENT]
    assert [build["wave"] for build in made["builds"]] == [0, 0, 1, 2]
    assert [build["platforms"] for build in made["builds"]] == [["linux/amd64", "linux/arm64"]] * 3 + [
        ["linux/amd64"]
    ]
    assert made["builds"][3]["parents"] == [COMPS, NODE]
    assert made["moves"] == made["copies"] == []
    assert found(made, "error") == {
        ("P005", "broken/meta.yml", 2), ("P011", "broken/1/24.03-lts/Dockerfile", 1),
        ("M008", "broken/meta.yml", 3), ("M011", "broken/meta.yml", 4),
    }  # fmt: skip
    assert found(made, "warning") == {("P021", "publisher.lock", 0)}


def test_moving_every_folder_builds_nothing(repository: Repository) -> None:
    before, after = repository.commits
    for made in (repository.plan(before, after), repository.plan(after, before)):
        assert not any(made[kind] for kind in ("builds", "copies", "tests", "moves", "retired"))
        assert found(made, "error") == set()
        assert {rule for rule, _, _ in found(made, "warning")} == {"M008", "M011", "P005", "P011", "P021"}


def test_a_change_over_the_move_is_what_changed(repository: Repository) -> None:
    repository.commit({"Cloud/python/README.md": "# Python\n"})
    repository.commit(
        {"Cloud/node/20/24.03-lts/Dockerfile": "FROM openeuler/openeuler:24.03-lts\nRUN other\n"}
    )
    made = repository.plan(repository.commits[0])
    assert builds(made) == [NODE, AGENT]
    causes = [{reason["cause"] for reason in build["reasons"]} for build in made["builds"]]
    assert causes == [{"Cloud/node/20/24.03-lts/Dockerfile"}, {NODE}]
    alone = repository.plan(repository.commits[2])
    for build in (*made["builds"], *alone["builds"]):
        del build["reasons"]  # over the move they name the new path
    assert made == {**alone, "base": repository.commits[0]}


def test_a_lost_executable_bit_is_a_change(repository: Repository) -> None:
    (repository.top / "Cloud/python/3.11/24.03-lts/run.sh").chmod(0o644)
    repository.git("add", "--all")
    repository.git("commit", "--quiet", "--message", "mode")
    assert builds(repository.plan(repository.commits[-1])) == [PYTHON, COMPS, AGENT]


def test_new_tags_names_and_paths(repository: Repository) -> None:
    meta = (repository.top / "Cloud/python/meta.yml").read_text()
    repository.commit({
        "Cloud/python/meta.yml": f"{meta}3.11-latest:\n  path: /Cloud/python/3.11/24.03-lts/Dockerfile\n",
        "AI/image-list.yml": LIST.replace("agent:", "opea-agent:"),
        "Cloud/node/meta.yml": "20-oe2403lts: 20/sp1/Dockerfile\n",
        "Cloud/node/20/sp1/Dockerfile": "FROM openeuler/openeuler:24.03-lts-sp1\n",
    })  # fmt: skip
    made = repository.plan("HEAD~1")
    assert builds(made) == [NODE, "opea-agent:1.2-oe2403lts"]
    assert made["copies"] == [{"image": "python", "tag": "3.11-latest", "same_as": PYTHON}]
    assert made["retired"] == [{"image": "agent", "tag": "1.2-oe2403lts"}]


def test_an_unreadable_file_is_an_error_and_never_a_deletion(repository: Repository) -> None:
    broken = repository.commit(
        {"Cloud/node/meta.yml": "20-oe2403lts: [\n", "AI/image-list.yml": "images: [\n"}
    )
    made = repository.plan("HEAD~1", code=2)
    assert not any(made[kind] for kind in ("builds", "copies", "tests", "moves", "retired"))
    assert found(made, "error") == {("M001", "Cloud/node/meta.yml", 2), ("M001", "AI/image-list.yml", 2)}
    repository.commit({"Cloud/node/meta.yml": TOP["node/meta.yml"], "AI/image-list.yml": LIST})
    assert not builds(repository.plan(f"{broken}~1")), "many commits are as their end points"
    repaired = repository.plan(broken)
    assert not any(repaired[kind] for kind in ("builds", "copies", "tests", "moves", "retired"))


def test_settings_may_come_later(repository: Repository) -> None:
    repository.commit({
        "publisher.yml": "version: 1\nsource: https://gitee.com/openeuler/openeuler-docker-images\n"
        "catalog: {layout: openeuler}\nstaging: {prefix: localhost:1/staging}\n"
        "registries: {hub: {prefix: docker.io/openeuler}}\nroutes: [{images: ['*'], to: [hub]}]\n"
    })  # fmt: skip
    made = repository.plan(repository.commits[0])
    assert not any(made[kind] for kind in ("builds", "copies", "tests", "retired"))
    assert {move["image"] for move in made["moves"]} == {"python", "node", "comps-base", "agent"}


@pytest.mark.parametrize(
    "words", [("plan", "--base", "HEAD~1"), ("run", "--base", "HEAD~1"), ("try", AGENT), ("republish", AGENT)]
)
def test_verbs_that_need_registries_say_what_to_write(repository: Repository, words: tuple[str, ...]) -> None:
    done = repository.run(*words)
    assert done.returncode == 2
    if words[0] != "republish":  # a verb that this version may not have
        assert "layout: openeuler" in done.stderr
    assert "Traceback" not in done.stderr
    assert "bug" not in done.stderr


def test_a_repository_that_is_no_catalog_says_so(tmp_path: Path) -> None:
    made = Repository(tmp_path / "other")
    made.top.mkdir()
    made.git("init", "--quiet")
    made.commit({"README.md": "x\n"})
    done = made.run("plan", "--offline", "--base", "empty")
    assert done.returncode == 2
    assert "there is no publisher.yml" in done.stderr
