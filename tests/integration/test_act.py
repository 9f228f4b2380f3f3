"""The workflows run by act, with publisher's own actions and stand-ins for everything that GitHub brings.

act shows the wiring: conditions, outputs, artifacts, environment, exit codes.  It cannot judge permissions,
concurrency or OIDC, so the catalog signs with a key here.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from publisher.plan.markdown import MARKER
from tests.demo.repository import PASSWORD
from tests.integration.small import SmallCatalog, small_catalog
from tests.stack import Stack, tool_folder

pytestmark = pytest.mark.soak

ROOT = Path(__file__).parents[2]
SOCKET = "/run/publisher/buildkitd.sock"
TIMEOUT = 900.0
COPY_IN = 'if [ -e "$WHAT" ]; then mkdir -p "$KEPT/$NAME" && cp -r "$WHAT" "$KEPT/$NAME/"; fi'
COPY_OUT = 'cp -r "$KEPT/$NAME/." .'
FOREIGN = {
    "actions/cache": {"restore": "true", "save": "true"},
    "actions/upload-artifact": {"": COPY_IN},
    "actions/download-artifact": {"": COPY_OUT},
}
"""What stands in for the foreign actions; act itself is the stand-in for checkout."""
ACTION = """\
name: stand-in
inputs: {{name: {{default: ""}}, path: {{default: ""}}}}
runs:
  using: composite
  steps:
    - shell: bash
      env: {{NAME: "${{{{ inputs.name }}}}", WHAT: "${{{{ inputs.path }}}}"}}
      run: {script}
"""
GH = """\
#!{python}
import json, pathlib, sys
body = pathlib.Path("body.md")
with open({log!r}, "a") as log:
    log.write(json.dumps([*sys.argv[1:], body.read_text() if body.exists() else ""]) + "\\n")
"""
SUDO = """\
#!{python}
# Lets only BuildKit start, as a socket that answers nothing: the catalog names the stack's own.
import os, pathlib, socket, sys, time
if "buildkitd" in sys.argv:
    path = sys.argv[sys.argv.index("--addr") + 1].removeprefix("unix://")
    pathlib.Path(path).parent.mkdir(exist_ok=True)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(path)
        time.sleep(20)
    os.unlink(path)
"""


@dataclass
class Forge:
    """A repository with publisher and a catalog in it, and what a runner would have around it."""

    catalog: SmallCatalog
    home: Path
    environment: dict[str, str] = field(default_factory=dict)

    def act(self, event: str, *words: str, **document: object) -> subprocess.CompletedProcess[str]:
        """Run the workflows of an event."""
        described = self.home / "event.json"
        described.write_text(json.dumps(document))
        given = {"KEPT": str(self.home / "kept"), "DOCKER_HOST": self.catalog.stack.endpoint("docker"),
                 "XDG_STATE_HOME": str(self.home / "state"),
                 "PUBLISHER_TOOLS": str(tool_folder().parent), **self.environment}  # fmt: skip
        argv = ["act", event, "--platform", "ubuntu-24.04=-self-hosted", "--eventpath", str(described),
                "--no-cache-server", *words]  # fmt: skip
        argv += [word for name, value in given.items() for word in ("--env", f"{name}={value}")]
        argv += [
            word for pin, folder in self.stand_ins() for word in ("--local-repository", f"{pin}={folder}")
        ]
        surroundings = {**os.environ, "PATH": f"{self.home / 'bin'}:{os.environ['PATH']}",
                        "XDG_CONFIG_HOME": str(self.home / "config"),
                        "XDG_CACHE_HOME": str(self.home / "cache")}  # fmt: skip
        return subprocess.run(argv, cwd=self.catalog.repository, env=surroundings, capture_output=True,
                              text=True, timeout=TIMEOUT, check=False)  # fmt: skip

    def stand_ins(self) -> list[tuple[str, Path]]:
        """Make the foreign actions that the files name, at the commits that they name."""
        texts = [path.read_text() for path in self.catalog.repository.glob(".github/workflows/*.yml")]
        texts += [path.read_text() for path in self.catalog.repository.glob("workflows/*/action.yml")]
        named = set(re.findall(r"uses: ([\w-]+/[\w-]+)(?:/[\w-]+)?@(\w+)", "\n".join(texts)))
        made = []
        for name, commit in sorted(named - {pin for pin in named if pin[0] == "actions/checkout"}):
            folder = self.home / "actions" / name
            for below, script in FOREIGN[name].items():
                (folder / below).mkdir(parents=True, exist_ok=True)
                (folder / below / "action.yml").write_text(ACTION.format(script=json.dumps(script)))
            made.append((f"{name}@{commit}", folder))
        return made

    def program(self, name: str, text: str) -> None:
        """Put a program before the machine's own."""
        path = self.home / "bin" / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text.format(python=sys.executable, log=str(self.home / "calls")))
        path.chmod(0o755)


@pytest.fixture
def forge(stack: Stack, tmp_path: Path) -> Forge:
    catalog = small_catalog(stack, tmp_path)
    for name in (".github", "workflows", "publisher", "pyproject.toml"):
        source, target = ROOT / name, catalog.repository / name
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    settings = (catalog.repository / "publisher.yml").read_text()
    signing = "private: keys/cosign.key, public: keys/cosign.pub"
    assert signing in settings
    catalog.write("publisher.yml", settings.replace(signing, f"{signing}, password_env: HUB_TOKEN"))
    catalog.write(".gitignore", "/releases/\n*.egg-info/\n")
    catalog.commit("Let the workflows publish it")
    made = Forge(catalog, tmp_path)
    (tmp_path / "config" / "act").mkdir(parents=True)
    (tmp_path / "config" / "act" / "actrc").touch()
    made.program("gh", GH)
    made.program("sudo", SUDO)
    return made


def pull_request(forge: Forge, head: str) -> subprocess.CompletedProcess[str]:
    request = {"number": 7, "head": {"repo": {"full_name": head}}}
    return forge.act("pull_request", "--job", "comment", pull_request=request)


def remote(forge: Forge) -> str:
    """Say what act takes for the repository's name: its remote."""
    from tests.demo.repository import git

    git(forge.catalog.repository, "remote", "add", "origin", "https://github.com/ascend/images.git")
    return "ascend/images"


def calls(forge: Forge) -> list[list[str]]:
    """Give what was asked of GitHub for the comment; act itself asks gh for a token, the plan for records."""
    log = forge.home / "calls"
    lines = log.read_text().splitlines() if log.exists() else []
    return [call for call in map(json.loads, lines) if call[0] == "api" and "/releases?" not in call[1]]


def test_a_pull_request_gets_its_plan_as_a_comment(forge: Forge) -> None:
    ours = remote(forge)
    forge.catalog.write("meta/leaf/leaf.txt", "leaf, second edition")
    forge.catalog.commit("Change the leaf")
    done = pull_request(forge, ours)
    assert done.returncode == 0, done.stdout + done.stderr
    listing, post = calls(forge)
    assert "--paginate" in listing
    assert post[:5] == ["api", "--silent", "--method", "POST", "repos/ascend/images/issues/7/comments"]
    assert post[-1].startswith(f"{MARKER}\n")
    assert "`leaf:v1`" in post[-1]
    assert "`middle:v1`" not in post[-1]


def test_a_plan_with_errors_is_shown_and_fails(forge: Forge) -> None:
    ours = remote(forge)
    forge.catalog.write("meta/leaf/meta.yml", "v1: {path: Dockerfile, nonsense: 1}\n")
    forge.catalog.commit("Break the leaf")
    done = pull_request(forge, ours)
    assert done.returncode != 0
    assert "nonsense" in calls(forge)[-1][-1]


def test_a_fork_gets_no_comment(forge: Forge) -> None:
    remote(forge)
    forge.catalog.commit("Change nothing")
    done = pull_request(forge, "somebody/images")
    assert done.returncode == 0, done.stdout + done.stderr
    assert calls(forge) == []


def test_a_push_without_a_catalog_says_so_and_succeeds(forge: Forge) -> None:
    (forge.catalog.repository / "publisher.yml").unlink()
    forge.catalog.commit("Take the catalog away")
    done = forge.act("push", "--workflows", ".github/workflows/publish.yml", ref="refs/heads/main")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "There is no publisher.yml" in done.stdout
    assert "Install what is missing" not in done.stdout
    assert not (forge.home / "kept").exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="stands in for BuildKit below /run")
def test_the_first_release_is_published_and_its_run_kept(forge: Forge) -> None:
    secrets = ["--secret", f"HUB_TOKEN={PASSWORD}"]
    workflow = ["--workflows", ".github/workflows/publish.yml"]
    done = forge.act(
        "workflow_dispatch", *workflow, *secrets, "--input", "base=empty", ref="refs/heads/main",
        inputs={"base": "empty"},
    )  # fmt: skip
    assert done.returncode == 0, done.stdout + done.stderr
    assert PASSWORD not in "".join(path.read_text(errors="replace") for path in kept(forge))
    tags = forge.catalog.all_tags()
    assert all(set(found) == {"v1", "latest"} for found in tags.values()), tags
    again = forge.act("push", *workflow, *secrets, ref="refs/heads/main")
    assert again.returncode == 0, again.stdout + again.stderr
    assert forge.catalog.all_tags() == tags


def kept(forge: Forge) -> list[Path]:
    files = [path for path in (forge.home / "kept").rglob("*") if path.is_file()]
    assert files
    return files
