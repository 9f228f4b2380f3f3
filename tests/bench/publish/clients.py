"""Whole command lines: ours, and those of other programs for the same job."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.bench.publish.world import PREFIXES, World, copy_list
from tests.stack.tool_folder import tool_folder


@dataclass(frozen=True, slots=True)
class Command:
    """A program to run to its end, with what it needs to see."""

    argv: tuple[str, ...]
    environment: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be copied, from which staging registry to which destinations; files go to `folder`."""

    world: World
    source: str
    addresses: Mapping[str, str]
    folder: Path

    @property
    def copies(self) -> list[tuple[str, str]]:
        """Give each copy as source and target."""
        return list(self.world.copies(self.source, self.addresses))


def ours(job: Job, program: Sequence[str] = ()) -> Command:
    """Give `publisher copy` of the whole list; `program` stands for `publisher`, to profile it."""
    listed = copy_list(iter(job.copies), job.folder / "copies.json")
    usual = (str(Path(sys.executable).parent / "publisher"),)
    argv = (*(program or usual), "copy", "--list", str(listed), "--verify", "none", "--format", "json")
    return Command(argv, _environment(job))


def regctl(job: Job, at_once: int) -> Command:
    """Give one `regctl image copy` for each copy, some at a time."""
    hosts = {host: {"hostname": host, "tls": "disabled"} for host in (job.source, *job.addresses.values())}
    config = job.folder / "regctl.json"
    config.write_text(json.dumps({"hosts": hosts}))
    options = ("image", "copy", "--referrers", "--digest-tags")
    argv = _several([str(tool_folder() / "regctl"), *options], job.copies, at_once, job.folder / "regctl")
    return Command(argv, {**_environment(job), "REGCTL_CONFIG": str(config)})


def curl(job: Job, at_once: int) -> Command:
    """Give a POST and a PUT for each unique layer at each registry, some at a time."""
    script = job.folder / "curl.sh"
    script.write_text(_CURL)
    rows = [
        (f"http://{address}/v2/{PREFIXES[name]}/layers", digest, str(job.world.store.path(digest)))
        for name, address in job.addresses.items()
        for digest in job.world.layers(name)
    ]
    return Command(_several(["sh", str(script)], rows, at_once, job.folder / "curl"), _environment(job))


_CURL = """place=$(curl -sSf -X POST -o /dev/null -w '%header{location}' "$1/blobs/uploads/")
case "$place" in /*) place="${1%%/v2/*}$place";; esac
case "$place" in *\\?*) place="$place&digest=$2";; *) place="$place?digest=$2";; esac
exec curl -sSf -H 'Content-Type: application/octet-stream' -H 'Expect:' -T "$3" "$place"
"""


def _several(argv: Sequence[str], rows: Sequence[Sequence[str]], at_once: int, path: Path) -> tuple[str, ...]:
    """Let xargs run a program once a row."""
    path.write_text("".join(f"{' '.join(row)}\n" for row in rows))
    return ("xargs", "-a", str(path), "-P", str(at_once), "-L", "1", *argv)


def _environment(job: Job) -> dict[str, str]:
    docker = job.folder / "docker"
    docker.mkdir(exist_ok=True)
    return {**os.environ, "DOCKER_CONFIG": str(docker)}
