"""Tools that are missing, daemons that are dead, builds that fail: clear words, and nothing half-done."""

from __future__ import annotations

import re
import shutil
import struct
from pathlib import Path

import pytest

from tests.integration.expectations import expect_failure, staged
from tests.integration.gated import IMAGE, Gated

TOOLS = ("git", "cosign", "syft", "buildx", "sh")


def path_without(folder: Path, missing: str, *, more: tuple[str, ...] = ()) -> str:
    """Make a PATH of one folder that has every tool but one."""
    for name in (*TOOLS, *more):
        found = shutil.which(name)
        assert found, name
        if name != missing:
            (folder / name).symlink_to(found)
    return str(folder)


@pytest.mark.parametrize("tool", ["git", "cosign", "syft", "buildx"])
def test_a_missing_tool(gated: Gated, tmp_path: Path, tool: str) -> None:
    gated.new_edition(f"without {tool}")
    before = gated.catalog.all_tags()
    ran = gated.catalog.run("run", PATH=path_without(tmp_path, tool))
    expect_failure(ran, 2, f"there is no program `{tool}`", "make setup")
    assert gated.catalog.all_tags() == before


def test_docker_without_its_buildx_plugin(gated: Gated, tmp_path: Path) -> None:
    gated.new_edition("docker without buildx")
    before = gated.catalog.all_tags()
    ran = gated.catalog.run(
        "run", PATH=path_without(tmp_path, "buildx", more=("docker",)), HOME=str(tmp_path)
    )
    expect_failure(ran, 2, "buildx", "make setup")
    assert gated.catalog.all_tags() == before


@pytest.mark.parametrize("endpoint", ["unix:///nowhere/docker.sock", "tcp://127.0.0.1:9"])
def test_a_dead_docker_engine(gated: Gated, endpoint: str) -> None:
    gated.new_edition(f"no engine at {endpoint}")
    before = gated.catalog.all_tags()
    expect_failure(gated.catalog.run("run", DOCKER_HOST=endpoint), 5, "no docker engine answers", endpoint)
    assert gated.catalog.all_tags() == before


def test_a_buildkit_that_is_not_there_and_then_is(gated: Gated) -> None:
    settings = (gated.catalog.repository / "publisher.yml").read_text()
    for endpoint in ("unix:///nowhere/buildkit.sock", "tcp://127.0.0.1:9"):
        gated.catalog.write(
            "publisher.yml", re.sub(r'endpoint: "[^"]*"', f'endpoint: "{endpoint}"', settings)
        )
        gated.new_edition(f"no BuildKit at {endpoint}")
        before = gated.catalog.all_tags()
        expect_failure(
            gated.catalog.run("run"), 4, "no BuildKit answers", endpoint, "builders", f"{IMAGE}:v1"
        )
        assert gated.catalog.all_tags() == before
    gated.catalog.write("publisher.yml", settings)
    gated.catalog.commit("BuildKit is back")
    gated.converges()


def test_a_file_that_is_not_there_to_copy(gated: Gated) -> None:
    _fails(gated, "FROM scratch\nCOPY nothing.txt /\n", "nothing.txt", "Dockerfile")


def test_a_command_that_fails(gated: Gated) -> None:
    program = gated.catalog.repository / f"meta/{IMAGE}/fails"
    program.write_bytes(program_that_exits(3))
    program.chmod(0o755)
    _fails(gated, 'FROM scratch\nCOPY fails /\nRUN ["/fails"]\n', "exit code: 3", "/fails")
    program.unlink()


def _fails(gated: Gated, dockerfile: str, *words: str) -> None:
    """Require that a build fails with these words, and that the mended one converges."""
    path = f"meta/{IMAGE}/Dockerfile"
    whole = (gated.catalog.repository / path).read_text()
    gated.catalog.write(path, dockerfile)
    gated.new_edition("a build that fails")
    before = gated.catalog.all_tags()
    try:
        message = expect_failure(gated.catalog.run("run"), 4, f"publisher try {IMAGE}:v1", *words)
        assert words[0] in Path(message.rpartition("the whole log: ")[2].strip()).read_text()
        assert staged(gated.catalog, gated.catalog.build_ids()[f"{IMAGE}:v1"]["linux/amd64"]) is None
        assert gated.catalog.all_tags() == before
    finally:
        gated.catalog.write(path, whole)
        gated.new_edition("the build is mended")
    gated.converges()


def program_that_exits(code: int) -> bytes:
    """Give the smallest Linux program for amd64: it exits (System V ABI, ELF-64 object file format)."""
    text = b"\xb8" + struct.pack("<I", 60) + b"\xbf" + struct.pack("<I", code) + b"\x0f\x05"
    size = 64 + 56 + len(text)
    head = b"\x7fELF\x02\x01\x01" + bytes(9)
    head += struct.pack("<HHIQQQIHHHHHH", 2, 0x3E, 1, 0x400000 + 120, 64, 0, 0, 64, 56, 1, 0, 0, 0)
    return head + struct.pack("<IIQQQQQQ", 1, 5, 0, 0x400000, 0x400000, size, size, 0x1000) + text


def test_after_all_of_it_one_run_converges(gated: Gated) -> None:
    gated.new_edition("all is well")
    gated.converges()
