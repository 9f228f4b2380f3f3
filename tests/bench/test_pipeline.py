"""`publisher run` of the demo's first merge against a plain shell script with the same tool calls."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path

import pytest

from publisher.oci.platform import Platform
from tests.bench.timing import Timed, seconds_of
from tests.demo.repository import MERGES, PASSWORD, Addresses, commit, create
from tests.demo.upstream import push_debian
from tests.stack import Stack, tool_folder

ROUNDS = 3
AMD64 = Platform("linux/amd64")
SCRIPT = Path(__file__).parent / "plain_pipeline.sh"
REPEATS = 7


def test_against_a_plain_script(stack: Stack, tmp_path: Path) -> None:
    ours, theirs, again = [], [], []
    for number in range(ROUNDS):
        catalog, addresses, base = make_catalog(stack, tmp_path / f"ours-{number}")
        forget_builds(stack, catalog)
        ours.append(seconds_of([*publisher(catalog), "--base", "empty"], environment(stack, tmp_path)))
        again += [seconds_of(publisher(catalog), environment(stack, tmp_path)) for _ in range(REPEATS)]
        catalog, addresses, base = make_catalog(stack, tmp_path / f"plain-{number}")
        forget_builds(stack, catalog)
        theirs.append(plain(stack, catalog, addresses, base, tmp_path / f"work-{number}"))
    mine, plainly = Timed("publisher run", tuple(ours)), Timed("plain script", tuple(theirs))
    print(f"\n{mine}\n{plainly}\nratio of medians: {mine.median / plainly.median:.3f}")
    print(Timed("publisher run, nothing to do", tuple(again)))


def test_start_up(stack: Stack, tmp_path: Path) -> None:
    argv = [str(Path(sys.executable).parent / "publisher"), "--help"]
    print(f"\n{Timed('publisher --help', tuple(seconds_of(argv, os.environ) for _ in range(15)))}")


def publisher(catalog: Path) -> list[str]:
    """Give the command line of a run."""
    return [str(Path(sys.executable).parent / "publisher"), "run", "--repo", str(catalog)]


def environment(stack: Stack, folder: Path) -> dict[str, str]:
    """Give the environment of a run."""
    return {
        **os.environ, "COSIGN_PASSWORD": PASSWORD, "DOCKER_HOST": stack.endpoint("docker"),
        "XDG_STATE_HOME": str(folder / "state"),
    }  # fmt: skip


def make_catalog(stack: Stack, folder: Path) -> tuple[Path, Addresses, str]:
    """Make the demo's catalog with prefixes of its own; give it, the prefixes' hosts and the locked base."""
    folder.mkdir()
    cache = tool_folder().parent / "root-file-systems"
    index, locked = push_debian(stack.url("upstream"), (AMD64,), cache, print)
    name = f"bench{uuid.uuid4().hex[:8]}"
    names = ("staging", "hub", "quay", "modelers")
    hosts = {item: f"{stack.url(item)}/{name}" for item in names}
    addresses = Addresses(**hosts, upstream=stack.url("upstream"), buildkit=stack.endpoint("buildkit"))
    catalog = create(folder, addresses, (AMD64,), locked, index)
    commit(catalog, MERGES[0])
    return catalog, addresses, f"{stack.url('upstream')}/library/debian@{locked[AMD64]}"


def forget_builds(stack: Stack, catalog: Path) -> None:
    """Let both start with a cold BuildKit and a docker engine without images."""
    address = ["--addr", stack.endpoint("buildkit")]
    subprocess.run(["buildctl", *address, "prune", "--all"], check=True, capture_output=True)
    docker = {**os.environ, "DOCKER_HOST": stack.endpoint("docker")}
    subprocess.run(
        ["docker", "image", "prune", "--all", "--force"], env=docker, check=True, capture_output=True
    )


def plain(stack: Stack, catalog: Path, addresses: Addresses, base: str, work: Path) -> float:
    """Time the script."""
    work.mkdir()
    variables = {
        "CATALOG": str(catalog), "WORK": str(work), "UPSTREAM_BASE": base, "BUILDKIT": addresses.buildkit,
        "STAGING": f"{addresses.staging}/staging", "HUB": f"{addresses.hub}/ascendai",
        "QUAY": f"{addresses.quay}/ascend", "MODELERS": f"{addresses.modelers}/base_image",
        "KEY": str(catalog / "keys/cosign.key"), "PUB": str(catalog / "keys/cosign.pub"),
    }  # fmt: skip
    return seconds_of(["bash", str(SCRIPT)], {**environment(stack, work), **variables})


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-s"]))
