"""Catalogs of a few lines: two platforms, one registry, images in folders of their own."""

from __future__ import annotations

from collections.abc import Mapping

from publisher.catalog.target import TargetId
from publisher.plan.plan import Plan
from publisher.plan.planner import make_plan
from publisher.plan.snapshot import Snapshot, load_snapshot
from tests.fakes.files import MemoryFiles

Content = Mapping[str, str | None]

SETTINGS = """\
version: 1
source: https://github.com/example/images
catalog: {references: [hub.test/us], platforms: [linux/amd64, linux/arm64]}
staging: {prefix: staging.test/us}
registries:
  hub: {prefix: hub.test/us}
routes:
  - {images: ["*"], to: [hub]}
"""


def locked(*names: str, date: str = "2024-05-01", digit: str = "a") -> str:
    """Give a lock with these references, spelled out, for both platforms."""
    rows = [
        f'  "{name}": {{source: "{name.rpartition(":")[0]}", date: "{date}T00:00:00Z", digests: '
        f'{{"linux/amd64": "sha256:{digit * 64}", "linux/arm64": "sha256:{"e" * 64}"}}}}\n'
        for name in names
    ]
    return "version: 1\nbases:\n" + "".join(rows)


DEBIAN = "docker.io/library/debian:12"
COMMON: Mapping[str, str] = {"publisher.yml": SETTINGS, "publisher.lock": locked(DEBIAN)}
BASE, HEAD = "1" * 40, "2" * 40


def state(
    content: Content,
    modes: Mapping[str, str] | None = None,
    commit: str = HEAD,
    last: Snapshot | None = None,
) -> Snapshot:
    """Load a catalog; None stands for a file that is not there."""
    files = {path: text for path, text in {**COMMON, **content}.items() if text is not None}
    return load_snapshot(MemoryFiles(files, modes), commit, last=last)


def change(
    before: Content,
    changes: Content,
    *,
    modes: Mapping[str, str] | None = None,
    new_modes: Mapping[str, str] | None = None,
    left: Mapping[TargetId, str] | None = None,
) -> Plan:
    """Plan from one catalog to the same with some files replaced, added or (None) taken away."""
    base = state(before, modes, BASE)
    head = state({**before, **changes}, modes if new_modes is None else new_modes, last=base)
    return make_plan(base, head, left=left)


def work(made: Plan) -> dict[str, list[str]]:
    """Give every target with work and what it is, in words; parts of an empty plan are absent."""
    found: dict[str, list[str]] = {}
    for build in made.builds:
        found.setdefault(build.target, []).extend(f"{r.code} {r.cause}" for r in build.reasons)
    for copy in made.copies:
        found.setdefault(copy.target, []).append(f"copy of {copy.same_as}")
    for test in made.tests:
        found.setdefault(test.target, []).append("test")
    for gone in made.retired:
        found.setdefault(f"{gone.image}:{gone.tag}", []).append("retired")
    return found


def tags(made: Plan) -> set[str]:
    """Give the tags that move."""
    return {f"{move.image}:{move.tag}" for move in made.moves}


ONE = "1: {path: Dockerfile}\n"
COPYING = "FROM debian:12\nCOPY run.sh /\n"
APP: Content = {
    "app/meta.yml": ONE,
    "app/Dockerfile": COPYING,
    "app/run.sh": "echo 1\n",
    "app/other.sh": "echo other\n",
    "app/README.md": "# App\n",
    "app/logo.png": "png",
    "app/docs/use.txt": "how\n",
}
EVERYTHING: Content = {**APP, "app/Dockerfile": "FROM debian:12\nCOPY . /\n"}
