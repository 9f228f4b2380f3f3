"""Images that an engine gets as a file: loaded, tested by id, and gone again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import docker
import pytest

from publisher.errors import EngineUnavailable
from publisher.oci.digest import Digest
from publisher.ports.engine import Engine
from publisher.tools.engine import DockerEngine
from publisher.tools.engine_judge import FileFacts
from tests.contract.engines import World
from tests.contract.tiny_image import files_layer
from tests.fakes.engine import FakeEngine, FakeImage
from tests.stack import Stack

LOADED = 'files: [{name: note, path: /note, contains: "^loaded"}]'


@pytest.fixture(params=["fake", "docker"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "fake":
        return FakeEngine()
    stack: Stack = request.getfixturevalue("stack")
    return DockerEngine(stack.endpoint("docker"))


def write_archive(path: Path, note: str) -> str:
    """Write an image as `docker save` does, without a name; give its id."""
    layer = files_layer({"note": note.encode()})
    rootfs = {"type": "layers", "diff_ids": [Digest.of(layer)]}
    config = json.dumps({"architecture": "amd64", "os": "linux", "config": {}, "rootfs": rootfs}).encode()
    name = f"{Digest.of(config).hex}.json"
    listed = [{"Config": name, "RepoTags": None, "Layers": ["layer.tar"]}]
    path.write_bytes(
        files_layer({name: config, "layer.tar": layer, "manifest.json": json.dumps(listed).encode()})
    )
    return Digest.of(config)


def load(engine: Engine, archive: Path, note: str) -> World:
    """Load an image that shows `note`; the fake must be told what it shows."""
    image = write_archive(archive, note)
    if isinstance(engine, FakeEngine):
        facts = FileFacts("-rw-r--r--", 0o644, 0, 0, note.encode())
        engine.images[image] = FakeImage(files={"/note": facts})
    assert engine.load(archive) == image
    return World(engine, image)


def test_an_image_from_a_file_is_tested_by_its_id_and_leaves_again(engine: Engine, tmp_path: Path) -> None:
    world = load(engine, tmp_path / "image.tar", f"loaded for {tmp_path}")
    try:
        assert world.verdicts(LOADED) == {"note": True}
    finally:
        engine.unload(world.image)
    with pytest.raises(EngineUnavailable):
        world.verdicts(LOADED)
    engine.unload(world.image)


@pytest.mark.parametrize("content", [b"", b"no archive at all", files_layer({"manifest.json": b"[]"})])
def test_a_file_that_is_no_image_is_refused(engine: Engine, tmp_path: Path, content: bytes) -> None:
    archive = tmp_path / "image.tar"
    archive.write_bytes(content)
    with pytest.raises(EngineUnavailable, match="cannot load the image") as caught:
        engine.load(archive)
    assert caught.value.where == str(archive)
    assert caught.value.hint


def test_an_engine_that_is_gone_loads_nothing(tmp_path: Path) -> None:
    write_archive(tmp_path / "image.tar", "x")
    engines: list[Engine] = [FakeEngine(gone=True), DockerEngine("unix:///nowhere/docker.sock")]
    for engine in engines:
        with pytest.raises(EngineUnavailable, match="no docker engine answers"):
            engine.load(tmp_path / "image.tar")


@pytest.fixture
def client(stack: Stack) -> Iterator[Any]:
    with closing(docker.APIClient(stack.endpoint("docker"))) as found:
        yield found


def test_an_image_that_has_a_name_is_its_owners(stack: Stack, client: Any, tmp_path: Path) -> None:
    engine = DockerEngine(stack.endpoint("docker"))
    world = load(engine, tmp_path / "image.tar", f"named by {tmp_path}")
    name = f"publisher-contract/{Digest.of(str(tmp_path).encode()).short}"
    client.tag(world.image, name, "1")
    try:
        engine.unload(world.image)
        assert client.inspect_image(world.image)["RepoTags"] == [f"{name}:1"]
    finally:
        client.remove_image(f"{name}:1")
