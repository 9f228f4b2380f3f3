"""The planner on a catalog of the openEuler image repository's shape, beside `buildx bake --print`.

bake prints the same 1,638 targets from one file; it reads no Dockerfile.
"""

from __future__ import annotations

import json
import os
import posixpath
import shutil
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench.timing import Measured, in_turn, measure
from tests.corpus.repository import History, write_repository
from tests.corpus.shape import Row, rows
from tests.stack import tool_folder

ROUNDS = 9
MEMORY = 1.5e9
"""Bytes that a plan of sixty times the catalog may take."""
ARCHITECTURES = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
PUBLISHER = str(Path(sys.executable).parent / "publisher")


def test_one_changed_dockerfile_and_lint(tmp_path: Path) -> None:
    history = write_repository(tmp_path / "catalog")
    bake = write_bake(tmp_path)
    empty, warm = tmp_path / "empty", tmp_path / "warm"
    plan(history, warm)

    def cold() -> float:
        shutil.rmtree(empty, ignore_errors=True)
        return plan(history, empty).seconds

    found = in_turn(
        ROUNDS,
        {
            "bake": lambda: measure(bake, os.environ, tmp_path).seconds,
            "cold": cold,
            "warm": lambda: plan(history, warm).seconds,
            "many": lambda: plan(history, warm, history.one_changed, history.parent_changed).seconds,
            "lint": lambda: lint(history).seconds,
        },
    )
    bar = found["bake"].median
    for one in found.values():
        print(f"\n{one}, {one.median / bar:.2f} of bake", end="")
    print()
    assert found["cold"].median <= 0.8 * bar
    assert found["warm"].median <= 0.4 * bar
    assert found["lint"].median <= bar


def test_sixty_times_as_much(tmp_path: Path) -> None:
    taken: dict[int, Measured] = {}
    for scale in (10, 60):
        history = write_repository(tmp_path / f"times-{scale}", scale)
        taken[scale] = plan(history, tmp_path / "cache")
        tags = scale * len(rows())
        print(f"\n{tags} tags: {taken[scale].seconds:.1f} s, {taken[scale].peak / 1e6:.0f} MB", end="")
    growth = taken[60].seconds / taken[10].seconds
    print(f"\nsix times the tags: {growth:.1f} times the time")
    assert growth < 9
    assert taken[60].peak < MEMORY


def plan(history: History, cache: Path, base: str = "", head: str = "") -> Measured:
    """Measure one plan, by default of the commit that changes one Dockerfile."""
    revisions = ["--base", base or history.first, "--head", head or history.one_changed]
    argv = [PUBLISHER, "plan", "--offline", "--repo", str(history.folder), *revisions, "--format", "json"]
    return measure(argv, {**os.environ, "XDG_CACHE_HOME": str(cache)})


def lint(history: History) -> Measured:
    """Measure lint, which finds the errors that the real repository has."""
    argv = [PUBLISHER, "lint", "--repo", str(history.folder), "--head", history.first, "--format", "json"]
    return measure(argv, os.environ, expected=(0, 2))


def write_bake(folder: Path) -> list[str]:
    """Write every target into one `docker-bake.json`; give the command that prints them."""
    targets = dict(_targets())
    assert len(targets) == len(rows())
    file = folder / "docker-bake.json"
    file.write_text(json.dumps({"group": {"default": {"targets": sorted(targets)}}, "target": targets}))
    return [str(tool_folder() / "buildx"), "bake", "--file", file.name, "--print"]


def _targets() -> Iterator[tuple[str, object]]:
    for row in rows():
        yield "".join(char if char.isalnum() else "_" for char in f"{row.name}-{row.tag}"), _target(row)


def _target(row: Row) -> object:
    path = row.dockerfile or posixpath.join(row.folder, row.path.lstrip("/"))
    tag = row.tag.replace("/", "-").replace("+", "-")
    return {
        "context": posixpath.dirname(path),
        "dockerfile": posixpath.basename(path),
        "tags": [f"docker.io/openeuler/{row.name}:{tag}"],
        "platforms": [ARCHITECTURES[row.arch]] if row.arch else ["linux/amd64", "linux/arm64"],
    }


if __name__ == "__main__":
    sys.exit(pytest.main([__file__, "-s"]))
