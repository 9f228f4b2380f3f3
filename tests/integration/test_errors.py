"""Faults in the catalog and in images: each stops its own targets and says where and what to do."""

from __future__ import annotations

import json
import os
import shutil
import stat
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.demo.repository import git
from tests.integration.expectations import expect_failure, expect_published, messages, staged
from tests.integration.small import LAYERS, REGISTRIES, SmallCatalog, small_catalog
from tests.stack import Stack

BROKEN = {
    "yaml": ("v1:\n  path: Dockerfile\n wrong: x\n", "3:2"),
    "twice": ("v1:\n  path: Dockerfile\nv1:\n  path: Dockerfile\n", "3:1"),
    "unknown": ("v1:\n  path: Dockerfile\n  colour: red\n", "3:3"),
    "missing": ("v1:\n  path: nowhere/Dockerfile\n", "1:1"),
    "escape": ("v1:\n  path: ../../../x\n", "2:9"),
    "orphan": ("v1:\n  path: Dockerfile\n  base: nobody:v1\n", "1:1"),
    "cycle-a": ("v1:\n  path: Dockerfile\n  base: cycle-b:v1\n", "1:1"),
    "cycle-b": ("v1:\n  path: Dockerfile\n  base: cycle-a:v1\n", "1:1"),
}
"""A `meta.yml` for each fault, and where in it the fault is."""


@pytest.fixture(scope="module")
def released(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> SmallCatalog:
    """The chain of three, released."""
    catalog = small_catalog(stack, tmp_path_factory.mktemp("errors"))
    first = catalog.run("run", "--base", "empty")
    assert first.code == 0, first.text
    return catalog


@pytest.fixture
def world(released: SmallCatalog) -> Iterator[SmallCatalog]:
    """The same; afterwards the catalog has its three healthy images again, in whatever edition."""
    yield released
    for folder in (released.repository / "meta").iterdir():
        if folder.name not in LAYERS:
            shutil.rmtree(folder)
    first = git(released.repository, "rev-list", "--max-parents=0", "HEAD")
    git(released.repository, "checkout", first, "--", "publisher.yml", "meta/*.yml", "meta/*/Dockerfile")
    released.commit("Restore the catalog")


def test_faults_in_the_catalog_stop_what_they_touch_and_nothing_else(world: SmallCatalog) -> None:
    for name, (text, _) in BROKEN.items():
        world.write(f"meta/{name}/meta.yml", text)
        world.write(
            f"meta/{name}/Dockerfile", "ARG BASE\nFROM ${BASE}\n" if "base:" in text else "FROM scratch\n"
        )
    whole = (world.repository / "meta/middle/meta.yml").read_text()
    world.write("meta/middle/meta.yml", whole + "  colour: red\n")
    world.write("meta/base/base.txt", "base, the edition beside broken ones\n")
    world.commit("Break a lot")
    before = world.all_tags()

    ran = world.run("run")

    message = expect_failure(ran, 2, "mend the catalog")
    for name, (_, place) in BROKEN.items():
        assert f"meta/{name}/meta.yml:{place}: error: " in ran.out, (name, ran.out)
        assert f"meta/{name}/meta.yml:{place}: " in message, (name, message)
    assert "meta/middle/meta.yml:6:3: " in message
    expect_published(world, "base")
    for where, tags in world.all_tags().items():
        assert (tags != before[where]) == (where[1] == "base"), where

    published = world.all_tags()
    again = world.run("run")  # nothing was mended: still red, and nothing more is done
    expect_failure(again, 2, "meta/middle/meta.yml:6:3: ")
    assert world.all_tags() == published

    for name in BROKEN:
        shutil.rmtree(world.repository / "meta" / name)
    world.write("meta/middle/meta.yml", whole)
    world.commit("Mend it")
    mended = world.run("run")
    assert mended.code == 0, mended.text
    expect_published(world, "base", "middle", "leaf")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (None, "publisher.yml"),
        ("version: 1\nversion: 2\n", "publisher.yml:2:1"),
        ("version: 1\nregistries: [\n", "publisher.yml:3:1"),
        ("version: 1\nshape: round\n", "publisher.yml:2:1"),
    ],
    ids=["missing", "key twice", "YAML", "unknown key"],
)
def test_settings_that_cannot_be_read(world: SmallCatalog, text: str | None, place: str) -> None:
    before = world.all_tags()
    if text is None:
        (world.repository / "publisher.yml").unlink()
    else:
        world.write("publisher.yml", text)
    world.commit("Break the settings")
    for verb in ("run", "plan"):
        expect_failure(world.run(verb), 2, place)
    assert world.all_tags() == before


def test_a_base_that_is_not_locked_is_planned_but_not_built(world: SmallCatalog) -> None:
    world.write("meta/foreign/meta.yml", "v1:\n  path: Dockerfile\n")
    world.write("meta/foreign/Dockerfile", "FROM docker.io/library/unheard-of:1\n")
    world.commit("Build on something foreign")
    before = world.all_tags()
    assert world.run("plan").code == 0

    ran = world.run("run")

    expect_failure(ran, 4, "docker.io/library/unheard-of:1", "not locked", "publisher.lock", "foreign:v1")
    assert world.all_tags() == before
    shutil.rmtree(world.repository / "meta/foreign")
    world.commit("Leave it")
    assert world.run("run").code == 0


def test_a_failing_test_blocks_its_descendants_and_nobody_else(world: SmallCatalog) -> None:
    whole = (world.repository / "meta/middle/smoke.yml").read_text()
    world.write("meta/middle/smoke.yml", whole.replace("edition", "what is not there"))
    world.write("meta/middle/middle.txt", "middle, an edition that fails\n")
    world.write(
        "meta/side/meta.yml", "v1:\n  path: Dockerfile\n  base: base:v1\n  latest: true\n  smoke: smoke.yml\n"
    )
    world.write("meta/side/Dockerfile", "ARG BASE\nFROM ${BASE}\nCOPY side.txt /\n")
    world.write("meta/side/side.txt", "side, first edition\n")
    world.write("meta/side/smoke.yml", "version: 1\nfiles: [{path: /side.txt, contains: edition}]\n")
    world.commit("Fail a test")
    before = world.all_tags()

    ran = world.run("run")

    text = expect_failure(ran, 5, "smoke test failed", "middle:v1", "/middle.txt", "publisher try middle:v1")
    assert "FAILED" in Path(text.rpartition("the whole log: ")[2].strip()).read_text()
    assert "leaf:v1" in ran.out
    assert "middle:v1 failed in the step test" in ran.out
    assert world.all_tags() == before
    assert all(world.tags(registry, "side").keys() == {"v1", "latest"} for registry in REGISTRIES)

    world.write("meta/middle/smoke.yml", whole)
    world.commit("Mend the test")
    mended = world.run("run")
    assert mended.code == 0, mended.text
    expect_published(world, "base", "middle", "leaf", "side")


FORGING_BUILDX = """\
#!{python}
import json, subprocess, sys
code = subprocess.call([{real!r}, *sys.argv[1:]])
if code == 0 and "--metadata-file" in sys.argv:
    path = sys.argv[sys.argv.index("--metadata-file") + 1]
    text = open(path).read()
    for used in {digests!r}:
        text = text.replace(used, used[::-1])
    open(path, "w").write(text)
sys.exit(code)
"""


def test_materials_that_differ_from_the_plan_are_refused(world: SmallCatalog, tmp_path: Path) -> None:
    parent = staged(world, world.build_ids()["middle:v1"]["linux/amd64"])
    assert parent
    digest = parent.removeprefix("sha256:")
    stub = tmp_path / "buildx"
    real = shutil.which("buildx")
    stub.write_text(FORGING_BUILDX.format(python=sys.executable, real=real, digests=[digest]))
    stub.chmod(stub.stat().st_mode | stat.S_IXUSR)
    world.write("meta/leaf/leaf.txt", "leaf, an edition on other materials\n")
    world.commit("Build on something else")
    before = world.all_tags()

    ran = world.run("run", PATH=f"{tmp_path}{os.pathsep}{os.environ['PATH']}")

    expect_failure(ran, 4, "leaf:v1", digest, digest[::-1])
    assert staged(world, world.build_ids()["leaf:v1"]["linux/amd64"]) is None
    assert world.all_tags() == before
    mended = world.run("run")
    assert mended.code == 0, mended.text
    expect_published(world, "leaf")


def test_text_from_the_catalog_cannot_command_the_terminal_or_ci(world: SmallCatalog) -> None:
    evil = "\x1b[31m::error file=x::boo ##[error]boo"
    world.write(
        "meta/evil/meta.yml", "v1:\n  path: Dockerfile\n" + json.dumps(f"v{evil}") + ": {path: Dockerfile}\n"
    )
    world.write(
        "meta/evil/Dockerfile", f"FROM scratch\n# {evil}\nCOPY missing.txt /\n# {evil}\n::error file=x::boo\n"
    )
    world.write("meta/shouting/meta.yml", "v1:\n  path: Dockerfile\n")
    world.write("meta/shouting/Dockerfile", f"FROM scratch\n# {evil}\nCOPY missing.txt /\n# {evil}\n")
    world.commit(f"{evil}\n\n::error file=x::boo\n")

    ran = world.run("run", "--verbose", GITHUB_ACTIONS="true")

    assert ran.code == 2, ran.text
    assert "\x1b" not in ran.text
    assert "##[" not in ran.text
    commands = [line.strip() for line in ran.text.splitlines() if line.strip().startswith("::")]
    assert commands, ran.text
    assert not [line for line in commands if "file=x" in line.partition("::boo")[0].split("::")[1]], commands
    for notes in (world.repository / "releases").glob("*/notes.md"):
        assert "\x1b" not in notes.read_text()
    for folder in ("evil", "shouting"):
        shutil.rmtree(world.repository / "meta" / folder)
    world.commit("Be quiet")
    assert world.run("run").code == 0
    assert not messages(world.run("run"))
