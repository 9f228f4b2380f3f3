"""Disks without room: at a registry, and under the publisher's own folders."""

from __future__ import annotations

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from tests.integration.expectations import expect_failure, expect_published
from tests.integration.gated import IMAGE, Gated, only_base
from tests.integration.small import REGISTRIES, small_catalog
from tests.stack import Stack, processes, tool_folder
from tests.stack.registries import Distribution
from tests.stack.services import Place


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Mount a file system of a few kilobytes until the block ends."""
    folder.mkdir(parents=True)
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        pytest.skip(f"a small file system cannot be mounted here: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)


def enlarge(folder: Path) -> None:
    """Make room."""
    subprocess.run(["mount", "-o", "remount,size=64m", str(folder)], check=True)


@dataclass
class Elsewhere:
    """A stack, one registry of which is another."""

    stack: Stack
    name: str
    host: str

    def url(self, name: str) -> str:
        """Give host and port of a registry."""
        return self.host if name == self.name else self.stack.url(name)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.stack, name)


@contextmanager
def registry_of_its_own(place: Place) -> Iterator[str]:
    """Run distribution 3 with its data in `place.data`.

    Debian's distribution 2 would not do: on a full disk it leaves empty link files behind, and answers 500
    to whoever asks for those blobs ever after.
    """
    kind = Distribution("registry")
    argv = kind.prepare(place)
    environment = processes.service_environment(tool_folder())
    program = shutil.which(argv[0], path=environment["PATH"])
    assert program, argv[0]
    process = processes.spawn([program, *argv[1:]], env=environment, output=place.output, errors=place.errors)
    try:
        while not kind.answers(place):
            assert processes.is_alive(process), place.errors.read_text()
            time.sleep(0.02)
        yield f"127.0.0.1:{place.port}"
    finally:
        processes.stop([process])


def free_port() -> int:
    """Find a port that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.mark.parametrize("name", ["hub", "staging"])
def test_a_registry_without_room(stack: Stack, tmp_path: Path, name: str) -> None:
    place = Place(name, tmp_path / "registry", tmp_path, tool_folder(), {name: free_port()})
    with small_disk(place.data / "store", "12k") as store, registry_of_its_own(place) as host:
        catalog = small_catalog(cast(Stack, Elsewhere(stack, name, host)), tmp_path)
        only_base(catalog)
        catalog.commit("Keep one image")

        ran = catalog.run("run", "--base", "empty")

        code = {"hub": 7, "staging": 4}[name]
        expect_failure(ran, code, host, "disk" if name == "hub" else "")
        assert not any(catalog.tags(registry, IMAGE) for registry in REGISTRIES)
        enlarge(store)
        again = catalog.run("run", "--base", "empty")
        assert again.code == 0, again.text
        expect_published(catalog, IMAGE)


@pytest.mark.parametrize(
    ("variable", "size"), [("XDG_STATE_HOME", "4k"), ("XDG_STATE_HOME", "16k"), ("TMPDIR", "4k")]
)
def test_no_room_for_our_own_files(gated: Gated, tmp_path: Path, variable: str, size: str) -> None:
    gated.new_edition(f"no room in {variable}, {size}")
    tags = gated.catalog.all_tags()
    with small_disk(tmp_path / "small", size) as folder:
        (folder / "others").write_bytes(bytes(4096))

        ran = gated.run_with({variable: str(folder)}, "run")

        assert ran.code in (1, 4, 6), ran.text
        message = expect_failure(ran, ran.code)
        assert "space" in message or "disk full" in message, message
        assert str(folder) in message or "TMPDIR" in message, message
        assert gated.catalog.all_tags() == tags
        enlarge(folder)
        again = gated.run_with({variable: str(folder)}, "run")
        assert again.code == 0, again.text
    expect_published(gated.catalog, IMAGE)
