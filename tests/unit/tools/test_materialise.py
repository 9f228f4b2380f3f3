"""Build contexts on the disk."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from publisher.catalog.target import TargetId
from publisher.errors import BuildError
from publisher.oci.build_id import BuildId
from publisher.oci.platform import Platform
from publisher.plan.inputs import BuildInputs, ContextFile
from publisher.tools import materialise as module
from publisher.tools.materialise import materialise
from tests.fakes.files import EXECUTABLE, LINK, REGULAR, MemoryFiles, git_oid

EPOCH = 315532800
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 5\n"


def prepared(content: dict[str, str], modes: dict[str, str] | None = None) -> tuple[MemoryFiles, BuildInputs]:
    files = MemoryFiles(
        {"Dockerfile": "FROM scratch\n", **{f"img/{path}": text for path, text in content.items()}}
    )
    listed = [
        ContextFile(path, (modes or {}).get(path, REGULAR), git_oid(text.encode()))
        for path, text in content.items()
    ]
    inputs = BuildInputs(
        target=TargetId("cann:1"),
        platform=Platform("linux/amd64"),
        build_platform=Platform("linux/amd64"),
        dockerfile="Dockerfile",
        dockerfile_oid=git_oid(b"FROM scratch\n"),
        context="img",
        files=tuple(sorted(listed)),
        args={},
        stage=None,
        parents=(),
        bases=(),
        frontend=None,
        format="oci",
        epoch=EPOCH,
        generation=0,
        build_id=BuildId.of(b"x"),
    )
    return files, inputs


def about(path: Path) -> tuple[str, int]:
    status = path.lstat()
    return oct(status.st_mode & 0o7777), int(status.st_mtime)


@pytest.mark.parametrize("mask", [0o000, 0o077])
def test_modes_and_times_are_fixed(tmp_path: Path, mask: int) -> None:
    files, inputs = prepared({"a": "1", "bin/run": "2"}, {"bin/run": EXECUTABLE})
    before = os.umask(mask)
    try:
        dockerfile, context = materialise(files, inputs, tmp_path / "build")
    finally:
        os.umask(before)
    assert dockerfile.read_text() == "FROM scratch\n"
    assert context not in dockerfile.parents
    assert about(context / "a") == ("0o644", EPOCH)
    assert about(context / "bin/run") == ("0o755", EPOCH)
    assert about(context / "bin") == about(context) == ("0o755", EPOCH)


def test_a_symlink_is_written_and_never_followed(tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.write_text("untouched")
    files, inputs = prepared({"link": str(outside)}, {"link": LINK})
    _, context = materialise(files, inputs, tmp_path / "build")
    assert (context / "link").readlink() == outside
    assert about(context / "link")[1] == EPOCH
    assert outside.read_text() == "untouched"
    assert outside.stat().st_mtime != EPOCH


@pytest.mark.parametrize(
    "path",
    [
        "../a",
        "a/../../b",
        "/etc/passwd",
        ".git/config",
        "a/.GIT/hooks/x",
        "a//b",
        "./a",
        "",
        "link/x",
        "nul\0",
    ],
)
def test_a_path_that_leaves_is_refused_before_anything_is_written(tmp_path: Path, path: str) -> None:
    files, inputs = prepared({"link": "/tmp", path: "x"}, {"link": LINK})
    with pytest.raises(BuildError):
        materialise(files, inputs, tmp_path / "build")
    assert not (tmp_path / "build").exists()


def test_a_submodule_is_refused(tmp_path: Path) -> None:
    files, inputs = prepared({"sub": "x"}, {"sub": "160000"})
    with pytest.raises(BuildError, match="submodule"):
        materialise(files, inputs, tmp_path / "build")


def test_a_pointer_of_git_lfs_is_refused(tmp_path: Path) -> None:
    files, inputs = prepared({"model.bin": POINTER})
    with pytest.raises(BuildError, match="git lfs pull") as caught:
        materialise(files, inputs, tmp_path / "build")
    assert caught.value.where == "cann:1 linux/amd64"


def test_the_name_of_the_context_follows_its_content(tmp_path: Path) -> None:
    names = []
    for number, text in enumerate(["aaaa", "bbbb", "aaaa"]):
        files, inputs = prepared({"a": text})
        names.append(materialise(files, inputs, tmp_path / str(number))[1].name)
    assert names[0] == names[2] != names[1]


def test_large_contexts_are_read_in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_BATCH", 4)  # no test wants 64 MiB
    files, inputs = prepared({"a": "aa", "b": "bbb", "c": "c"})
    _, context = materialise(files, inputs, tmp_path)
    assert {path.name: path.read_text() for path in context.iterdir()} == {"a": "aa", "b": "bbb", "c": "c"}
    assert files.reads == 3


def test_a_disk_that_refuses_is_a_build_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    files, inputs = prepared({"a": "1"})
    with pytest.raises(BuildError, match="cannot be written"):
        materialise(files, inputs, tmp_path / "file")
