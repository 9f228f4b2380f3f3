"""Workflows and composite actions as the tests see them, and their scripts run as a runner runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[3]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))
ACTIONS = sorted((ROOT / "workflows").glob("*/action.yml"))
STUB = """\
#!{python}
import json, os, pathlib, sys
with open({log!r}, "a") as log:
    log.write(json.dumps([{name!r}, *sys.argv[1:]]) + "\\n")
{body}
"""


def read(path: Path) -> Any:
    """Read a file with every scalar as text: to YAML 1.1 `on` is a truth value."""
    return yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.BaseLoader)


def workflow(name: str) -> Any:
    """Read a workflow."""
    return read(ROOT / ".github" / "workflows" / f"{name}.yml")


def action(name: str) -> Any:
    """Read a composite action."""
    return read(ROOT / "workflows" / name / "action.yml")


def jobs() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every job of every workflow as `workflow/job`."""
    for path in WORKFLOWS:
        for name, job in read(path)["jobs"].items():
            yield f"{path.stem}/{name}", job


def steps() -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Give every step there is, with the name of what holds it."""
    for name, job in jobs():
        yield from ((name, step) for step in job["steps"])
    for path in ACTIONS:
        yield from ((path.parent.name, step) for step in read(path)["runs"]["steps"])


def step_of(holder: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    """Find a step by its name."""
    [found] = [step for step in holder["steps"] if step.get("name") == name]
    return found  # type: ignore[no-any-return]


@dataclass
class Desk:
    """A folder to run a step's script in, with programs that only say how they were called."""

    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for name in ("bin", "work", "temp"):
            (self.home / name).mkdir()
        for name in ("output", "summary", "path"):
            (self.home / name).touch()

    @property
    def work(self) -> Path:
        """Give the folder that the repository would be checked out in."""
        return self.home / "work"

    def stub(self, name: str, body: str = "") -> None:
        """Put a program on PATH that keeps its arguments and then does what `body` (Python) says."""
        program = self.home / "bin" / name
        text = STUB.format(python=sys.executable, log=str(self.home / "calls"), name=name, body=body)
        program.write_text(text)
        program.chmod(0o755)

    def calls(self) -> list[list[str]]:
        """Give the command lines of the stubs, in order."""
        log = self.home / "calls"
        return [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []

    def outputs(self) -> dict[str, str]:
        """Give what the step set."""
        pairs = (line.partition("=") for line in (self.home / "output").read_text().splitlines())
        return {name: value for name, _, value in pairs}

    def run(self, step: Mapping[str, Any], **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a step's script as GitHub does: https://docs.github.com/actions/reference/workflow-syntax#defaultsrunshell."""
        script = self.home / "script.sh"
        script.write_text(step["run"])
        given = {
            "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
            "HOME": str(self.home),
            "RUNNER_TEMP": str(self.home / "temp"),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "GITHUB_OUTPUT": str(self.home / "output"),
            "GITHUB_STEP_SUMMARY": str(self.home / "summary"),
            "GITHUB_PATH": str(self.home / "path"),
            "GITHUB_REPOSITORY": "ascend/images",
            **environment,
        }
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", str(script)],
            cwd=self.work, env=given, capture_output=True, text=True, timeout=60, check=False,
        )  # fmt: skip
